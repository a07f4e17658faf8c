import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { ErrorState } from '~/components/ErrorState'
import { notify } from '~/components/Toasts'
import {
  datasetQuery,
  recordsQuery,
  useDeleteDataset,
} from '~/features/evaluation/datasets/queries'
import { RecordsTable } from '~/features/evaluation/datasets/RecordsTable'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'

export const Route = createFileRoute('/experiments/$experimentId_/datasets/$datasetId')({
  loader: ({ context: { queryClient }, params: { experimentId, datasetId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchQuery(datasetQuery(datasetId))
    void queryClient.prefetchInfiniteQuery(recordsQuery(datasetId))
  },
  component: DatasetPage,
})

function DatasetPage() {
  const { experimentId, datasetId } = Route.useParams()
  const experiment = useQuery(experimentQuery(experimentId))
  const dataset = useQuery(datasetQuery(datasetId))
  const navigate = useNavigate()
  const [confirming, setConfirming] = useState(false)
  const erase = useDeleteDataset()
  useTitle(dataset.data?.name)
  const failed = [experiment, dataset].find((query) => query.isError && !query.data)
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <div className="flex h-10 items-center gap-2 px-4 md:px-5">
        <Link
          to="/experiments/$experimentId/datasets"
          params={{ experimentId }}
          className="text-muted hover:text-ink hover:underline"
        >
          Data sets
        </Link>
        <span aria-hidden className="text-line-strong">
          /
        </span>
        <h2 className="min-w-0 flex-1 truncate font-semibold">{dataset.data?.name}</h2>
        <IconButton label="Delete data set" onClick={() => setConfirming(true)}>
          <Trash2 size={14} />
        </IconButton>
      </div>
      <RecordsTable datasetId={datasetId} />
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() =>
          erase.mutate(datasetId, {
            onSuccess: () => {
              notify(`Deleted ${dataset.data?.name ?? 'the data set'}`)
              void navigate({
                to: '/experiments/$experimentId/datasets',
                params: { experimentId },
              })
            },
          })
        }
        title={`Delete ${dataset.data?.name ?? 'this data set'}?`}
        action="Delete data set"
        busy={erase.isPending}
        error={erase.error}
      >
        Its records go with it, in all experiments that it belongs to. This cannot be undone.
      </ConfirmDialog>
    </>
  )
}
