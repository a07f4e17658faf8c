import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { scorersQuery } from '~/features/evaluation/scorers/queries'
import { ScorersList } from '~/features/evaluation/scorers/ScorersList'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/scorers')({
  validateSearch: v.object({ name: text() }),
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchQuery(scorersQuery(experimentId))
  },
  component: ScorersPage,
})

function ScorersPage() {
  const { experimentId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Scorers of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <ScorersList
        experimentId={experimentId}
        experiment={name ?? ''}
        open={search.name}
        onOpen={(next) => void navigate({ search: { name: next }, replace: true })}
      />
    </>
  )
}
