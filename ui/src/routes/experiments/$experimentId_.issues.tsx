import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { IssuesList } from '~/features/evaluation/issues/IssuesList'
import { issuesQuery, STATUSES } from '~/features/evaluation/issues/queries'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { choice } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/issues')({
  validateSearch: v.object({ status: choice(STATUSES) }),
  loaderDeps: ({ search: { status } }) => ({ status }),
  loader: ({ context: { queryClient }, params: { experimentId }, deps: { status } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchInfiniteQuery(issuesQuery(experimentId, status))
  },
  component: IssuesPage,
})

function IssuesPage() {
  const { experimentId } = Route.useParams()
  const { status } = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Issues of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <IssuesList
        experimentId={experimentId}
        status={status}
        onStatus={(next) => void navigate({ search: { status: next }, replace: true })}
      />
    </>
  )
}
