import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import * as v from 'valibot'
import { AliasChip } from '~/components/AliasChip'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { LinkTabs } from '~/components/LinkTabs'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { readSource, versionQuery } from '~/features/registry/queries'
import { StageBadge } from '~/features/registry/StageBadge'
import { VersionMenu } from '~/features/registry/VersionMenu'
import { VersionOverview } from '~/features/registry/VersionOverview'
import { VersionStatus } from '~/features/registry/VersionStatus'
import { runQuery } from '~/features/tracking/runs/queries'
import { registeredModelQuery } from '~/lib/registry'
import { runName } from '~/lib/runs'
import { choice, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

const Artifacts = lazy(async () => ({
  default: (await import('~/features/artifacts/ArtifactBrowser')).ArtifactBrowser,
}))

export const Route = createFileRoute('/models/$name/versions/$version')({
  validateSearch: v.object({ tab: choice(['overview', 'artifacts']), path: text() }),
  loader: ({ context: { queryClient }, params: { name, version } }) => {
    void queryClient.prefetchQuery(versionQuery(name, version))
    void queryClient.prefetchQuery(registeredModelQuery(name))
  },
  component: VersionPage,
})

function VersionPage() {
  const { name, version: number } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data: version, error, refetch } = useQuery(versionQuery(name, number))
  const model = useQuery(registeredModelQuery(name))
  useTitle(`${name} ${number}`)
  const runId = version?.run_id
  const run = useQuery({ ...runQuery(runId ?? ''), enabled: Boolean(runId) })
  if (!version) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonLines lines={12} height={40} />
    )
  }
  const aliases = model.data?.aliases ?? []
  const own = aliases.filter((alias) => alias.version === number)
  const tab = search.tab ?? 'overview'
  return (
    <>
      <PageHeader
        trail={
          <>
            <Link to="/models" className="hover:text-ink hover:underline">
              Models
            </Link>
            <span aria-hidden className="px-2 text-line-strong">
              /
            </span>
            <Link to="/models/$name" params={{ name }} className="hover:text-ink hover:underline">
              {name}
            </Link>
          </>
        }
        title={
          <>
            <span className="sr-only">{name} </span>Version {number}
          </>
        }
        meta={
          <span className="flex items-center gap-1.5 pl-2">
            {own.map(({ alias }) => (
              <AliasChip key={alias} alias={alias} />
            ))}
            <StageBadge stage={version.current_stage} />
            <VersionStatus version={version} />
          </span>
        }
        actions={<VersionMenu name={name} version={number} />}
      />
      <div className="border-b px-4 md:px-5">
        <LinkTabs
          label="Parts of the version"
          value={tab}
          tabs={[
            { value: 'overview', label: 'Overview' },
            { value: 'artifacts', label: 'Artifacts' },
          ]}
        />
      </div>
      {tab === 'overview' ? (
        <VersionOverview
          version={version}
          aliases={aliases}
          run={
            runId && (
              <Link to="/runs/$runId" params={{ runId }} className="truncate hover:underline">
                {run.data ? runName(run.data) : runId.slice(0, 8)}
              </Link>
            )
          }
        />
      ) : (
        <Suspense fallback={<SkeletonLines lines={6} />}>
          <Files
            source={version.source}
            path={search.path}
            onPath={(path) =>
              void navigate({ search: (before) => ({ ...before, path }), replace: true })
            }
          />
        </Suspense>
      )}
    </>
  )
}

interface FilesProps {
  source: string | undefined
  path: string | undefined
  onPath: (path: string | undefined) => void
}

function Files({ source, path, onPath }: FilesProps) {
  const { modelId, runId, path: folder } = readSource(source)
  if (modelId) return <Artifacts root={{ modelId }} path={path} onPath={onPath} />
  if (runId) return <Artifacts root={{ runId, folder }} path={path} onPath={onPath} />
  return (
    <EmptyState title="The files are elsewhere">
      <p>
        This version points at <code className="font-mono text-xs break-all">{source}</code>, which
        this server does not list.
      </p>
    </EmptyState>
  )
}
