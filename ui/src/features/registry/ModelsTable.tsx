import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { AliasChip } from '~/components/AliasChip'
import { TagChip } from '~/components/TagChip'
import { Absent, Ago } from '~/components/Time'
import { type Column, sortingBy } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { StageBadge } from '~/features/registry/StageBadge'
import { firstLine } from '~/lib/markdown'
import { useNarrow } from '~/lib/narrow'
import { latestVersion, plainTags, type RegisteredModel } from '~/lib/registry'

interface Props {
  models: RegisteredModel[]
  order: string
  onOrder: (order: string) => void
  onEnd: () => void
}

export function ModelsTable({ models, order, onOrder, onEnd }: Props) {
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(() => {
    const sorting = sortingBy(order, onOrder)
    return [
      {
        id: 'name',
        header: 'Name',
        label: 'Name',
        width: narrow ? 190 : 280,
        ...sorting('name', 'ASC'),
        cell: (row) => (
          <Link
            to="/models/$name"
            params={{ name: row.name }}
            className="font-medium hover:underline"
          >
            {row.name}
          </Link>
        ),
      },
      {
        id: 'latest',
        header: 'Latest',
        label: 'Latest version',
        width: 84,
        cell: (row) => {
          const latest = latestVersion(row)
          if (latest === undefined) return <Absent />
          return (
            <Link
              to="/models/$name/versions/$version"
              params={{ name: row.name, version: String(latest) }}
              className="text-muted tabular hover:text-ink hover:underline"
            >
              v{latest}
            </Link>
          )
        },
      },
      {
        id: 'aliases',
        header: 'Aliases and stages',
        label: 'Aliases and stages',
        width: 300,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {(row.aliases ?? []).map(({ alias, version }) => (
              <AliasChip key={alias} alias={alias} version={version} />
            ))}
            {(row.latest_versions ?? [])
              .filter(({ current_stage: stage }) => stage === 'Production' || stage === 'Staging')
              .map((version) => (
                <StageBadge key={version.version} stage={version.current_stage} />
              ))}
          </span>
        ),
      },
      {
        id: 'updated',
        header: 'Updated',
        label: 'Last updated',
        width: 110,
        ...sorting('last_updated_timestamp', 'DESC'),
        cell: (row) => (
          <span className="text-muted">
            <Ago time={row.last_updated_timestamp} />
          </span>
        ),
      },
      {
        id: 'tags',
        header: 'Tags',
        label: 'Tags',
        width: 220,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {plainTags(row.tags).map((tag) => (
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
        cell: (row) => <span className="text-muted">{firstLine(row.description)}</span>,
      },
    ] satisfies Column<RegisteredModel>[]
  }, [order, onOrder, narrow])
  return (
    <DataTable
      label="Models"
      memory={narrow ? 'models-narrow' : 'models'}
      columns={columns}
      rows={models}
      rowId={(row) => row.name}
      onOpen={(row) => navigate({ to: '/models/$name', params: { name: row.name } })}
      onEnd={onEnd}
    />
  )
}
