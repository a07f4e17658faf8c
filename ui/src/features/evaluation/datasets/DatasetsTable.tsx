import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Database, Plus } from 'lucide-react'
import { type FormEvent, useCallback, useMemo, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { TagChip } from '~/components/TagChip'
import { Absent, Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import {
  type Dataset,
  datasetsQuery,
  recordCount,
  useCreateDataset,
} from '~/features/evaluation/datasets/queries'
import { datasetSnippet } from '~/lib/evaluationSnippets'
import { plural } from '~/lib/numbers'
import { parseObject } from '~/lib/traces'

const NONE: Dataset[] = []
const idOf = (dataset: Dataset) => dataset.dataset_id

/** The data sets that an experiment is evaluated with. */
export function DatasetsTable({ experimentId }: { experimentId: string }) {
  const query = useInfiniteQuery(datasetsQuery(experimentId))
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const datasets = useMemo(() => data?.pages.flatMap((page) => page.datasets ?? []) ?? NONE, [data])
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const navigate = useNavigate()
  const columns = useMemo(() => columnsOf(experimentId), [experimentId])
  const [creating, setCreating] = useState(false)
  const open = (datasetId: string) =>
    void navigate({
      to: '/experiments/$experimentId/datasets/$datasetId',
      params: { experimentId, datasetId },
    })
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus size={14} /> New data set
    </Button>
  )
  return (
    <>
      {query.isPending ? (
        <SkeletonLines lines={8} />
      ) : query.isError && !data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : datasets.length === 0 ? (
        <EmptyState title="No data sets yet" icon={<Database size={18} />} actions={create}>
          <p>
            A data set holds the questions to evaluate with, and what would be right to answer. It
            may belong to several experiments.
          </p>
          <Snippet code={datasetSnippet(experimentId)} />
        </EmptyState>
      ) : (
        <>
          <div className="flex justify-end border-b px-4 py-2.5 md:px-5">{create}</div>
          <DataTable
            label="Data sets"
            memory="evaluation-datasets"
            columns={columns}
            rows={datasets}
            rowId={idOf}
            onOpen={(dataset) => open(dataset.dataset_id)}
            onEnd={more}
            footer={
              <p className="sticky left-0 px-4 py-3 text-xs text-faint tabular">
                {hasNextPage ? 'More below…' : plural(datasets.length, 'data set')}
              </p>
            }
          />
        </>
      )}
      <Dialog open={creating} onClose={() => setCreating(false)} title="New data set">
        <CreateForm experimentId={experimentId} onDone={open} onCancel={() => setCreating(false)} />
      </Dialog>
    </>
  )
}

interface CreateProps {
  experimentId: string
  onDone: (datasetId: string) => void
  onCancel: () => void
}

function CreateForm({ experimentId, onDone, onCancel }: CreateProps) {
  const [name, setName] = useState('')
  const create = useCreateDataset()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(
      { name: name.trim(), experimentId },
      { onSuccess: (dataset) => onDone(dataset.dataset_id) },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LabelledInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      {create.error && <ErrorNote error={create.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={!name.trim() || create.isPending}>
          Create data set
        </Button>
      </div>
    </form>
  )
}

function columnsOf(experimentId: string): Column<Dataset>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      label: 'Name',
      width: 260,
      pinned: true,
      cell: (dataset) => (
        <Link
          to="/experiments/$experimentId/datasets/$datasetId"
          params={{ experimentId, datasetId: dataset.dataset_id }}
          className="font-medium hover:underline"
        >
          {dataset.name}
        </Link>
      ),
    },
    {
      id: 'records',
      header: 'Records',
      label: 'Records',
      width: 90,
      align: 'end',
      cell: (dataset) => {
        const count = recordCount(dataset)
        return count === undefined ? (
          <Absent />
        ) : (
          <span className="tabular">{count.toLocaleString('en-US')}</span>
        )
      },
    },
    {
      id: 'changed',
      header: 'Changed',
      label: 'Changed',
      width: 110,
      cell: (dataset) => (
        <span className="text-muted">
          <Ago time={dataset.last_update_time} />
        </span>
      ),
    },
    {
      id: 'tags',
      header: 'Tags',
      label: 'Tags',
      width: 300,
      cell: (dataset) => (
        <span className="flex gap-1">
          {Object.entries(parseObject<Record<string, string>>(dataset.tags) ?? {})
            .filter(([key]) => !key.startsWith('mlflow.'))
            .map(([key, value]) => (
              <TagChip key={key} tag={{ key, value: String(value) }} />
            ))}
        </span>
      ),
    },
    {
      id: 'by',
      header: 'Created by',
      label: 'Created by',
      width: 140,
      cell: (dataset) =>
        dataset.created_by ? <span className="text-muted">{dataset.created_by}</span> : <Absent />,
    },
  ]
}
