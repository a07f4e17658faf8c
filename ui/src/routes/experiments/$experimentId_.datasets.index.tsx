import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ErrorState } from '~/components/ErrorState'
import { DatasetsTable } from '~/features/evaluation/datasets/DatasetsTable'
import { datasetsQuery } from '~/features/evaluation/datasets/queries'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/datasets/')({
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchInfiniteQuery(datasetsQuery(experimentId))
  },
  component: DatasetsPage,
})

function DatasetsPage() {
  const { experimentId } = Route.useParams()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Data sets of ${name}`)
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <DatasetsTable experimentId={experimentId} />
    </>
  )
}
