import { Link } from '@tanstack/react-router'
import { AliasChip } from '~/components/AliasChip'
import { Ago } from '~/components/Time'
import type { ModelVersion } from '~/lib/registry'

interface Props {
  versions: ModelVersion[]
  aliases: Map<string, string[]>
  current: string
}

/** The versions of a prompt, newest first; a click shows one. */
export function VersionRail({ versions, aliases, current }: Props) {
  return (
    <ul className="flex gap-1 overflow-x-auto p-2 md:flex-col">
      {versions.map((version) => (
        <li key={version.version} className="shrink-0">
          <Link
            to="."
            search={(before: Record<string, unknown>) => ({ ...before, v: version.version })}
            replace
            activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
            data-current={version.version === current || undefined}
            className="flex w-52 flex-col gap-0.5 rounded-md px-2.5 py-1.5 hover:bg-hover data-current:bg-selected md:w-full"
          >
            <span className="flex items-center gap-1.5">
              <span className="font-medium whitespace-nowrap tabular">
                Version {version.version}
              </span>
              <span className="flex-1" />
              <span className="text-xs text-muted">
                <Ago time={version.creation_timestamp} />
              </span>
            </span>
            <span className="truncate text-xs text-muted">
              {version.description || 'No message'}
            </span>
            <span className="flex flex-wrap gap-1 empty:hidden">
              {aliases.get(version.version)?.map((alias) => (
                <AliasChip key={alias} alias={alias} />
              ))}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
