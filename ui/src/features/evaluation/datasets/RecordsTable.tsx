import { useInfiniteQuery } from '@tanstack/react-query'
import { Plus, Rows3, Trash2 } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { Button } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Checkbox } from '~/components/Controls'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { SearchField } from '~/components/Field'
import { SkeletonLines } from '~/components/Skeleton'
import { Absent, Ago } from '~/components/Time'
import { notify } from '~/components/Toasts'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import {
  type DatasetRecord,
  recordsQuery,
  useDeleteRecords,
} from '~/features/evaluation/datasets/queries'
import { RecordDialog } from '~/features/evaluation/datasets/RecordDialog'
import { plural } from '~/lib/numbers'
import { previewLine } from '~/lib/previews'

const NONE: DatasetRecord[] = []
const idOf = (record: DatasetRecord) => record.dataset_record_id

/** On one line; of a map with one text in it, that text. */
function plain(value: unknown): string {
  if (value == null) return ''
  const [only, ...others] = typeof value === 'object' ? Object.values(value) : []
  if (typeof only === 'string' && others.length === 0) return previewLine(only)
  return previewLine(JSON.stringify(value))
}

/** The records of a data set: to read, to search, to edit. */
export function RecordsTable({ datasetId }: { datasetId: string }) {
  const query = useInfiniteQuery(recordsQuery(datasetId))
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const records = useMemo(() => data?.pages.flatMap((page) => page.records) ?? NONE, [data])
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const [words, setWords] = useState('')
  const [selection, setSelection] = useState<string[]>([])
  const [edited, setEdited] = useState<DatasetRecord | 'new'>()
  const [confirming, setConfirming] = useState(false)
  const erase = useDeleteRecords(datasetId)
  const found = useMemo(() => {
    const wanted = words.trim().toLowerCase()
    return wanted
      ? records.filter((record) => JSON.stringify(record).toLowerCase().includes(wanted))
      : records
  }, [records, words])
  const columns = useMemo(
    () =>
      columnsOf(selection, (record) =>
        setSelection((ids) =>
          ids.includes(idOf(record))
            ? ids.filter((id) => id !== idOf(record))
            : [...ids, idOf(record)],
        ),
      ),
    [selection],
  )
  if (query.isPending) return <SkeletonLines lines={10} />
  if (query.isError && !data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const add = (
    <Button onClick={() => setEdited('new')}>
      <Plus size={14} /> Add record
    </Button>
  )
  return (
    <>
      {records.length === 0 ? (
        <EmptyState title="No records yet" icon={<Rows3 size={18} />} actions={add}>
          A record has inputs, and may say what would be right to answer.
        </EmptyState>
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2.5 md:px-5">
            <SearchField
              value={words}
              onChange={setWords}
              label="Search records"
              className="w-full sm:w-72"
            />
            <span className="flex-1" />
            {selection.length > 0 && (
              <Button onClick={() => setConfirming(true)}>
                <Trash2 size={14} /> Delete {selection.length}
              </Button>
            )}
            {add}
          </div>
          <DataTable
            label="Records"
            memory="evaluation-records"
            columns={columns}
            rows={found}
            rowId={idOf}
            onOpen={setEdited}
            isSelected={(record) => selection.includes(idOf(record))}
            onEnd={more}
            footer={
              <p className="sticky left-0 px-4 py-3 text-xs text-faint tabular">
                {hasNextPage
                  ? `${records.length} records loaded, more below…`
                  : words.trim()
                    ? `${found.length} of ${plural(records.length, 'record')}`
                    : plural(records.length, 'record')}
              </p>
            }
          />
        </>
      )}
      {edited && (
        <RecordDialog
          datasetId={datasetId}
          record={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() =>
          erase.mutate(selection, {
            onSuccess: () => {
              notify(`Deleted ${plural(selection.length, 'record')}`)
              setSelection([])
              setConfirming(false)
            },
          })
        }
        title={`Delete ${plural(selection.length, 'record')}?`}
        action="Delete"
        busy={erase.isPending}
        error={erase.error}
      >
        Evaluations that used them keep what was answered.
      </ConfirmDialog>
    </>
  )
}

function columnsOf(
  selection: string[],
  toggle: (record: DatasetRecord) => void,
): Column<DatasetRecord>[] {
  const text = (
    id: string,
    header: string,
    width: number,
    of: (record: DatasetRecord) => unknown,
  ): Column<DatasetRecord> => ({
    id,
    header,
    label: header,
    width,
    cell: (record) => {
      const shown = plain(of(record))
      return shown && shown !== '{}' ? <span title={shown}>{shown}</span> : <Absent />
    },
  })
  return [
    {
      id: 'select',
      header: <span className="sr-only">Selection</span>,
      label: 'Selection',
      width: 36,
      fixedWidth: true,
      pinned: true,
      cell: (record) => (
        <Checkbox
          label="Select record"
          checked={selection.includes(idOf(record))}
          onChange={() => toggle(record)}
        />
      ),
    },
    text('inputs', 'Inputs', 360, (record) => record.inputs),
    text('expectations', 'Expectations', 340, (record) => record.expectations),
    text('outputs', 'Outputs', 160, (record) => record.outputs),
    {
      id: 'tags',
      header: 'Tags',
      label: 'Tags',
      width: 200,
      cell: (record) => {
        const tags = Object.entries(record.tags ?? {}).filter(([key]) => !key.startsWith('mlflow.'))
        return tags.length > 0 ? (
          <span className="text-muted">
            {tags.map(([key, value]) => `${key}: ${value}`).join(', ')}
          </span>
        ) : (
          <Absent />
        )
      },
    },
    {
      id: 'source',
      header: 'Source',
      label: 'Source',
      width: 100,
      cell: (record) => (
        <span className="text-muted">
          {record.source?.source_type?.toLowerCase() ?? <Absent />}
        </span>
      ),
    },
    {
      id: 'changed',
      header: 'Changed',
      label: 'Changed',
      width: 96,
      cell: (record) => (
        <span className="text-muted">
          <Ago time={record.last_update_time} />
        </span>
      ),
    },
  ]
}
