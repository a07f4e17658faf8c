import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { choice, text } from '~/lib/search'
import { RANGE_NAMES } from '~/lib/timeRange'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

const Overview = lazy(() => import('~/features/traces/overview/Overview'))

export const Route = createFileRoute('/experiments/$experimentId_/monitoring')({
  validateSearch: v.object({ range: choice(RANGE_NAMES), from: text(), to: text() }),
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
  },
  component: MonitoringPage,
})

const iso = (time: number) => new Date(time).toISOString()

function MonitoringPage() {
  const { experimentId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Monitoring of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <Suspense fallback={<SkeletonLines lines={12} height={48} />}>
        <Overview
          experimentId={experimentId}
          experiment={name ?? ''}
          range={search}
          onRange={({ range, from, to }) => void navigate({ search: { range, from, to } })}
          onPick={(from, to, filter) =>
            void navigate({
              to: '/experiments/$experimentId/traces',
              params: { experimentId },
              search: { from: iso(from), to: iso(to), filter },
            })
          }
        />
      </Suspense>
    </>
  )
}
