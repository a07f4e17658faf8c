import { useInfiniteQuery, useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ClipboardList, User, Users } from 'lucide-react'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { FactLine } from '~/components/FactLine'
import { SkeletonLines } from '~/components/Skeleton'
import { itemsQuery, type Queue, queuesQuery } from '~/features/evaluation/reviews/queries'
import { plural } from '~/lib/numbers'

/** The queues of traces that people are to look at, and how far each is. */
export function QueuesList({ experimentId }: { experimentId: string }) {
  const query = useInfiniteQuery(queuesQuery(experimentId))
  const queues = query.data?.pages.flatMap((page) => page.review_queues ?? []) ?? []
  const items = useQueries({ queries: queues.map((queue) => itemsQuery(queue.queue_id)) })
  if (query.isPending) return <SkeletonLines lines={5} height={56} />
  if (query.isError && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (queues.length === 0) {
    return (
      <EmptyState title="No review queues yet" icon={<ClipboardList size={18} />}>
        In a review queue people look at traces one after another and answer the same questions
        about each. Queues are made with the client:{' '}
        <code className="font-mono text-xs">mlflow.genai</code>.
      </EmptyState>
    )
  }
  return (
    <ul aria-label="Review queues" className="min-h-0 flex-1 overflow-y-auto">
      {queues.map((queue, index) => {
        const all = items[index]?.data ?? []
        const done = all.filter(({ status }) => status !== 'PENDING').length
        return <QueueItem key={queue.queue_id} queue={queue} done={done} count={all.length} />
      })}
    </ul>
  )
}

function QueueItem({ queue, done, count }: { queue: Queue; done: number; count: number }) {
  const Icon = queue.queue_type === 'USER' ? User : Users
  return (
    <li>
      <Link
        to="/experiments/$experimentId/reviews/$queueId"
        params={{ experimentId: queue.experiment_id, queueId: queue.queue_id }}
        className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line/70 px-4 py-3 hover:bg-hover md:px-5"
      >
        <Icon size={16} aria-hidden className="shrink-0 text-faint" />
        <span className="min-w-0 flex-1 basis-52">
          <span className="block truncate font-medium">{queue.name}</span>
          <FactLine
            facts={[
              queue.queue_type === 'USER' ? 'Own queue of a reviewer' : undefined,
              queue.queue_type === 'CUSTOM' ? queue.users?.join(', ') : undefined,
              plural(count, 'trace'),
            ]}
          />
        </span>
        <span className="flex items-center gap-2 text-xs text-muted tabular">
          <span aria-hidden className="flex h-1.5 w-28 overflow-hidden rounded-full bg-pressed">
            <span
              className="bg-good"
              style={{ width: `${count === 0 ? 0 : (100 * done) / count}%` }}
            />
          </span>
          {done} of {count} done
        </span>
      </Link>
    </li>
  )
}
