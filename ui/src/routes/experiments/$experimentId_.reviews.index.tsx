import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ErrorState } from '~/components/ErrorState'
import { QueuesList } from '~/features/evaluation/reviews/QueuesList'
import { queuesQuery } from '~/features/evaluation/reviews/queries'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/reviews/')({
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchInfiniteQuery(queuesQuery(experimentId))
  },
  component: ReviewsPage,
})

function ReviewsPage() {
  const { experimentId } = Route.useParams()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Reviews of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <QueuesList experimentId={experimentId} />
    </>
  )
}
