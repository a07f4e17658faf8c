import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { AliasChip } from '~/components/AliasChip'
import { TagChip } from '~/components/TagChip'
import { Absent, Ago } from '~/components/Time'
import { type Column, sortingBy } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { firstLine } from '~/lib/markdown'
import { useNarrow } from '~/lib/narrow'
import { latestVersion, plainTags, type RegisteredModel } from '~/lib/registry'

interface Props {
  prompts: RegisteredModel[]
  order: string
  onOrder: (order: string) => void
  onEnd: () => void
}

export function PromptsTable({ prompts, order, onOrder, onEnd }: Props) {
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(() => {
    const sorting = sortingBy(order, onOrder)
    return [
      {
        id: 'name',
        header: 'Name',
        label: 'Name',
        width: narrow ? 190 : 300,
        ...sorting('name', 'ASC'),
        cell: (row) => (
          <Link
            to="/prompts/$name"
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
        width: 76,
        cell: (row) => {
          const latest = latestVersion(row)
          if (latest === undefined) return <Absent />
          return <span className="text-muted tabular">v{latest}</span>
        },
      },
      {
        id: 'aliases',
        header: 'Aliases',
        label: 'Aliases',
        width: 260,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {(row.aliases ?? []).map(({ alias, version }) => (
              <AliasChip key={alias} alias={alias} version={version} />
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
        id: 'change',
        header: 'Last change',
        label: 'Last change',
        width: 260,
        cell: (row) => (
          <span className="text-muted">{firstLine(row.latest_versions?.[0]?.description)}</span>
        ),
      },
      {
        id: 'tags',
        header: 'Tags',
        label: 'Tags',
        width: 200,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {plainTags(row.tags).map((tag) => (
              <TagChip key={tag.key} tag={tag} />
            ))}
          </span>
        ),
      },
    ] satisfies Column<RegisteredModel>[]
  }, [order, onOrder, narrow])
  return (
    <DataTable
      label="Prompts"
      memory={narrow ? 'prompts-narrow' : 'prompts'}
      columns={columns}
      rows={prompts}
      rowId={(row) => row.name}
      onOpen={(row) => navigate({ to: '/prompts/$name', params: { name: row.name } })}
      onEnd={onEnd}
    />
  )
}
