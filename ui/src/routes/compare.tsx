import { useQueries } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { GitCompareArrows } from 'lucide-react'
import { lazy, Suspense, useMemo } from 'react'
import * as v from 'valibot'
import { buttonClass } from '~/components/Button'
import { Switch } from '~/components/Controls'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { LinkTabs } from '~/components/LinkTabs'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { X_KINDS } from '~/features/tracking/metrics/settings'
import { CompareTable } from '~/features/tracking/runs/CompareTable'
import { runQuery } from '~/features/tracking/runs/queries'
import { assignColors } from '~/lib/palette'
import { amount, choice, flag, list } from '~/lib/search'
import { useTitle } from '~/lib/title'
import type { Run } from '~/lib/wire'
import { useLiveRuns } from '~/routes/-live'

const CompareCharts = lazy(() => import('~/routes/-compareCharts'))

export const Route = createFileRoute('/compare')({
  validateSearch: v.object({
    runs: list(),
    tab: choice(['values', 'charts']),
    all: flag(),
    x: choice(X_KINDS),
    log: flag(),
    smooth: amount(0, 0.99),
  }),
  component: ComparePage,
})

const MOST_RUNS = 50

function ComparePage() {
  useTitle('Compare runs')
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const ids = useMemo(() => [...new Set(search.runs ?? [])].slice(0, MOST_RUNS), [search.runs])
  const { runs, pending, error } = useQueries({
    queries: ids.map((id) => runQuery(id)),
    combine: (results) => ({
      runs: results.flatMap((result): Run[] => (result.data ? [result.data] : [])),
      pending: results.some((result) => result.isPending),
      error: results.find((result) => result.error)?.error,
    }),
  })
  const colors = useMemo(() => assignColors(ids), [ids])
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true })
  const experimentId = runs[0]?.info.experiment_id
  useLiveRuns(experimentId)

  if (ids.length === 0) {
    return (
      <EmptyState
        title="Nothing to compare yet"
        icon={<GitCompareArrows size={18} />}
        actions={
          <Link to="/experiments" className={buttonClass()}>
            All experiments
          </Link>
        }
      >
        Open an experiment, tick two or more runs, and choose Compare.
      </EmptyState>
    )
  }
  const tab = search.tab ?? 'values'
  return (
    <>
      <PageHeader
        trail={
          experimentId && (
            <Link
              to="/experiments/$experimentId"
              params={{ experimentId }}
              search={{ sel: ids }}
              className="hover:text-ink hover:underline"
            >
              Runs
            </Link>
          )
        }
        title={`Compare ${ids.length} ${ids.length === 1 ? 'run' : 'runs'}`}
        actions={
          tab === 'values' && (
            <Switch
              checked={!search.all}
              onChange={(only) => change({ all: only ? undefined : true })}
            >
              Only differences
            </Switch>
          )
        }
      />
      <div className="border-b px-4 md:px-5">
        <LinkTabs
          label="Parts of the comparison"
          value={tab}
          tabs={[
            { value: 'values', label: 'Values' },
            { value: 'charts', label: 'Charts' },
          ]}
        />
      </div>
      {error && runs.length === 0 ? (
        <ErrorState error={error} />
      ) : pending ? (
        <SkeletonLines lines={14} />
      ) : tab === 'values' ? (
        <CompareTable
          runs={runs}
          colors={colors}
          onlyDifferences={!search.all}
          onRemove={(id) => change({ runs: ids.filter((each) => each !== id) })}
        />
      ) : (
        <Suspense fallback={<SkeletonLines lines={6} />}>
          <CompareCharts
            runs={runs}
            colors={colors}
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
        </Suspense>
      )}
    </>
  )
}
