import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { AliasChip } from '~/components/AliasChip'
import { Checkbox } from '~/components/Controls'
import { TagChip } from '~/components/TagChip'
import { Absent, Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { StageBadge } from '~/features/registry/StageBadge'
import { VersionStatus } from '~/features/registry/VersionStatus'
import { firstLine } from '~/lib/markdown'
import { useNarrow } from '~/lib/narrow'
import {
  aliasesByVersion,
  type ModelVersion,
  plainTags,
  type RegisteredModel,
} from '~/lib/registry'

interface Props {
  model: RegisteredModel
  versions: ModelVersion[]
  selection: string[]
  onSelection: (versions: string[]) => void
  onEnd: () => void
}

export function VersionsTable({ model, versions, selection, onSelection, onEnd }: Props) {
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(() => {
    const aliases = aliasesByVersion(model.aliases)
    const staged = versions.some((row) => row.current_stage && row.current_stage !== 'None')
    const described = versions.some((row) => row.description)
    const columns: (Column<ModelVersion> | false)[] = [
      {
        id: 'select',
        header: <span className="sr-only">Select</span>,
        label: 'Select',
        width: 44,
        fixedWidth: true,
        cell: (row) => (
          <Checkbox
            label={`Select version ${row.version}`}
            checked={selection.includes(row.version)}
            onChange={() => onSelection(toggled(selection, row.version))}
            className="ml-1.5"
          />
        ),
      },
      {
        id: 'version',
        header: 'Version',
        label: 'Version',
        width: 130,
        cell: (row) => (
          <span className="flex items-center gap-2">
            <Link
              to="/models/$name/versions/$version"
              params={{ name: row.name, version: row.version }}
              className="font-medium whitespace-nowrap tabular hover:underline"
            >
              Version {row.version}
            </Link>
            <VersionStatus version={row} />
          </span>
        ),
      },
      {
        id: 'aliases',
        header: 'Aliases',
        label: 'Aliases',
        width: narrow ? 150 : 210,
        cell: (row) => (
          <span className="flex gap-1 overflow-hidden">
            {(aliases.get(row.version) ?? []).map((alias) => (
              <AliasChip key={alias} alias={alias} />
            ))}
          </span>
        ),
      },
      staged && {
        id: 'stage',
        header: 'Stage',
        label: 'Stage',
        width: 104,
        cell: (row) => <StageBadge stage={row.current_stage} />,
      },
      {
        id: 'created',
        header: 'Created',
        label: 'Created',
        width: 100,
        cell: (row) => (
          <span className="text-muted">
            <Ago time={row.creation_timestamp} />
          </span>
        ),
      },
      {
        id: 'run',
        header: 'Run',
        label: 'Source run',
        width: 104,
        cell: (row) =>
          row.run_id ? (
            <Link
              to="/runs/$runId"
              params={{ runId: row.run_id }}
              className="font-mono text-xs text-muted hover:text-ink hover:underline"
            >
              {row.run_id.slice(0, 8)}
            </Link>
          ) : (
            <Absent />
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
      described && {
        id: 'description',
        header: 'Description',
        label: 'Description',
        width: 300,
        cell: (row) => <span className="text-muted">{firstLine(row.description)}</span>,
      },
    ]
    return columns.filter((column) => column !== false)
  }, [model.aliases, versions, selection, onSelection, narrow])
  return (
    <DataTable
      label={`Versions of ${model.name}`}
      memory="model-versions"
      columns={columns}
      rows={versions}
      rowId={(row) => row.version}
      isSelected={(row) => selection.includes(row.version)}
      onToggle={(row) => onSelection(toggled(selection, row.version))}
      onOpen={(row) =>
        navigate({
          to: '/models/$name/versions/$version',
          params: { name: row.name, version: row.version },
        })
      }
      onEnd={onEnd}
    />
  )
}

function toggled(list: string[], item: string): string[] {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item]
}
