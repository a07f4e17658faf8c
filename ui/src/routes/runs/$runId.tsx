import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { LinkTabs } from '~/components/LinkTabs'
import { SkeletonLines } from '~/components/Skeleton'
import { RegisterModel } from '~/features/registry/RegisterDialog'
import { tracesSearch } from '~/features/traces/table/search'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { X_KINDS } from '~/features/tracking/metrics/settings'
import { SYSTEM_PREFIX } from '~/features/tracking/runs/fields'
import { runQuery } from '~/features/tracking/runs/queries'
import { RunHeader } from '~/features/tracking/runs/RunHeader'
import { RunOverview } from '~/features/tracking/runs/RunOverview'
import { runName } from '~/lib/runs'
import { amount, choice, flag, text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { useLiveRuns } from '~/routes/-live'

const RunCharts = lazy(() => import('~/routes/runs/-charts'))
const RunTraces = lazy(() => import('~/routes/runs/-traces'))
const Artifacts = lazy(async () => ({
  default: (await import('~/features/artifacts/ArtifactBrowser')).ArtifactBrowser,
}))

export const Route = createFileRoute('/runs/$runId')({
  validateSearch: v.object({
    tab: choice(['overview', 'charts', 'system', 'artifacts', 'traces']),
    path: text(),
    x: choice(X_KINDS),
    log: flag(),
    smooth: amount(0, 0.99),
    ...tracesSearch,
  }),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(runQuery(params.runId))
  },
  component: RunPage,
})

function RunPage() {
  const { runId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data: run, error, refetch } = useQuery(runQuery(runId))
  const experimentId = run?.info.experiment_id
  const experiment = useQuery({
    ...experimentQuery(experimentId ?? ''),
    enabled: experimentId !== undefined,
  })
  useTitle(run && runName(run))
  useLiveRuns(experimentId)
  if (!run) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonLines lines={12} height={40} />
    )
  }

  const metrics = run.data.metrics ?? []
  const system = metrics.filter((metric) => metric.key.startsWith(SYSTEM_PREFIX))
  const tab = search.tab ?? 'overview'
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true })
  const experimentLink = (
    <Link
      to="/experiments/$experimentId"
      params={{ experimentId: run.info.experiment_id }}
      className="truncate hover:text-ink hover:underline"
    >
      {experiment.data?.name ?? `Experiment ${run.info.experiment_id}`}
    </Link>
  )
  return (
    <>
      <RunHeader
        run={run}
        trail={experimentLink}
        actions={
          <RegisterModel
            runId={runId}
            modelIds={(run.outputs?.model_outputs ?? []).map((model) => model.model_id)}
          />
        }
      />
      <div className="border-b px-4 md:px-5">
        <LinkTabs
          label="Parts of the run"
          value={tab}
          tabs={[
            { value: 'overview', label: 'Overview' },
            {
              value: 'charts',
              label: 'Charts',
              count: metrics.length - system.length || undefined,
            },
            { value: 'system', label: 'System', count: system.length || undefined },
            { value: 'artifacts', label: 'Artifacts' },
            { value: 'traces', label: 'Traces' },
          ]}
        />
      </div>
      {tab === 'overview' && <RunOverview run={run} experiment={experimentLink} />}
      <Suspense fallback={<SkeletonLines lines={6} />}>
        {(tab === 'charts' || tab === 'system') && (
          <RunCharts
            key={tab}
            run={run}
            system={tab === 'system'}
            settings={{
              x: search.x ?? 'step',
              log: search.log ?? false,
              smoothing: search.smooth ?? 0,
            }}
            onSettings={({ x, log, smoothing }) =>
              change({
                ...(x && { x: x === 'step' ? undefined : x }),
                ...(log !== undefined && { log: log || undefined }),
                ...(smoothing !== undefined && { smooth: smoothing || undefined }),
              })
            }
          />
        )}
        {tab === 'traces' && <RunTraces key={runId} run={run} search={search} onSearch={change} />}
        {tab === 'artifacts' && (
          <Artifacts
            key={runId}
            root={{ runId }}
            target={
              run.info.lifecycle_stage === 'active'
                ? { runId, artifactUri: run.info.artifact_uri ?? '' }
                : undefined
            }
            path={search.path}
            onPath={(path) => change({ path })}
          />
        )}
      </Suspense>
    </>
  )
}
