import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ErrorState } from '~/components/ErrorState'
import { sessionsQuery } from '~/features/traces/sessions/queries'
import { SessionsTable } from '~/features/traces/sessions/SessionsTable'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/sessions/')({
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchInfiniteQuery(sessionsQuery(experimentId))
  },
  component: SessionsPage,
})

function SessionsPage() {
  const { experimentId } = Route.useParams()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Sessions of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <SessionsTable experimentId={experimentId} experiment={name ?? ''} />
    </>
  )
}
