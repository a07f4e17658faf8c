import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { TagChip } from '~/components/TagChip'
import { Ago } from '~/components/Time'
import { type Column, sortingBy } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { ExperimentMenu } from '~/features/tracking/experiments/ExperimentMenu'
import { firstLine } from '~/lib/markdown'
import { useNarrow } from '~/lib/narrow'
import { NOTE, tagValue, userTags } from '~/lib/runs'
import type { Experiment } from '~/lib/wire'

interface Props {
  experiments: Experiment[]
  order: string
  onOrder: (order: string) => void
  onEnd: () => void
}

export function ExperimentsTable({ experiments, order, onOrder, onEnd }: Props) {
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(() => {
    const sorting = sortingBy(order, onOrder)
    return [
      {
        id: 'name',
        header: 'Name',
        label: 'Name',
        width: narrow ? 220 : 360,
        ...sorting('name', 'ASC'),
        cell: (row) => (
          <Link
            to="/experiments/$experimentId"
            params={{ experimentId: row.experiment_id }}
            className="font-medium hover:underline"
          >
            {row.name}
          </Link>
        ),
      },
      {
        id: 'updated',
        header: 'Updated',
        label: 'Last updated',
        width: 110,
        ...sorting('last_update_time', 'DESC'),
        cell: (row) => (
          <span className="text-muted">
            <Ago time={row.last_update_time} />
          </span>
        ),
      },
      {
        id: 'created',
        header: 'Created',
        label: 'Created',
        width: 110,
        ...sorting('creation_time', 'DESC'),
        cell: (row) => (
          <span className="text-muted">
            <Ago time={row.creation_time} />
          </span>
        ),
      },
      {
        id: 'tags',
        header: 'Tags',
        label: 'Tags',
        width: 320,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {userTags(row.tags).map((tag) => (
              <TagChip key={tag.key} tag={tag} />
            ))}
          </span>
        ),
      },
      {
        id: 'description',
        header: 'Description',
        label: 'Description',
        width: 280,
        cell: (row) => <span className="text-muted">{firstLine(tagValue(row.tags, NOTE))}</span>,
      },
      {
        id: 'actions',
        header: <span className="sr-only">Actions</span>,
        label: 'Actions',
        width: 48,
        fixedWidth: true,
        cell: (row) => <ExperimentMenu experiment={row} />,
      },
    ] satisfies Column<Experiment>[]
  }, [order, onOrder, narrow])
  return (
    <DataTable
      label="Experiments"
      memory={narrow ? 'experiments-narrow' : 'experiments'}
      columns={columns}
      rows={experiments}
      rowId={(row) => row.experiment_id}
      onOpen={(row) =>
        navigate({ to: '/experiments/$experimentId', params: { experimentId: row.experiment_id } })
      }
      onEnd={onEnd}
    />
  )
}
