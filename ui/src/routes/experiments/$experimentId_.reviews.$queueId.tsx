import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { useCallback } from 'react'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { queueQuery } from '~/features/evaluation/reviews/queries'
import { ReviewDesk } from '~/features/evaluation/reviews/ReviewDesk'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'
import { TracePanel } from '~/routes/traces/-TracePanel'

export const Route = createFileRoute('/experiments/$experimentId_/reviews/$queueId')({
  validateSearch: v.object({ item: text(), trace: text(), span: text(), part: text() }),
  loader: ({ context: { queryClient }, params: { experimentId, queueId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchQuery(queueQuery(queueId))
  },
  component: ReviewPage,
})

function ReviewPage() {
  const { experimentId, queueId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const queue = useQuery(queueQuery(queueId))
  useTitle(queue.data?.name)
  const change = useCallback(
    (part: Partial<typeof search>) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
    [navigate],
  )
  const failed = [experiment, queue].find((query) => query.isError && !query.data)
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <div className="flex h-10 shrink-0 items-center gap-2 border-b px-4 md:px-5">
        <Link
          to="/experiments/$experimentId/reviews"
          params={{ experimentId }}
          className="text-muted hover:text-ink hover:underline"
        >
          Reviews
        </Link>
        <span aria-hidden className="text-line-strong">
          /
        </span>
        <h2 className="min-w-0 truncate font-semibold">{queue.data?.name}</h2>
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {queue.data ? (
          <ReviewDesk
            queue={queue.data}
            current={search.item}
            onCurrent={(item) => change({ item })}
            onOpen={(trace) => change({ trace })}
          />
        ) : (
          <SkeletonLines lines={8} height={40} />
        )}
        {search.trace && <TracePanel traceId={search.trace} search={search} onSearch={change} />}
      </div>
    </>
  )
}
