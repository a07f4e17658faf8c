import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import * as v from 'valibot'
import { CopyButton } from '~/components/CopyButton'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { LinkTabs } from '~/components/LinkTabs'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { DeliveriesTable } from '~/features/webhooks/DeliveriesTable'
import { DeliveryDialog } from '~/features/webhooks/DeliveryDialog'
import { type DeliveryState, deliveriesQuery, webhookQuery } from '~/features/webhooks/queries'
import { WebhookActions } from '~/features/webhooks/WebhookActions'
import { choice, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

const STATES = ['PENDING', 'DELIVERED', 'FAILED'] as const

const TABS: { value: DeliveryState | 'ALL'; label: string }[] = [
  { value: 'ALL', label: 'All deliveries' },
  { value: 'PENDING', label: 'Waiting' },
  { value: 'DELIVERED', label: 'Delivered' },
  { value: 'FAILED', label: 'Given up' },
]

export const Route = createFileRoute('/webhooks_/$webhookId')({
  validateSearch: v.object({ state: choice(STATES), delivery: text() }),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(webhookQuery(params.webhookId))
  },
  component: WebhookPage,
})

function WebhookPage() {
  const { webhookId } = Route.useParams()
  const { state, delivery } = Route.useSearch()
  const navigate = Route.useNavigate()
  const leave = useNavigate()
  const webhook = useQuery(webhookQuery(webhookId))
  const name = webhook.data?.name ?? 'Webhook'
  useTitle(`${name} · Webhooks`)
  const show = useCallback(
    (next: string | undefined) =>
      void navigate({ search: (before) => ({ ...before, delivery: next }), replace: true }),
    [navigate],
  )
  if (webhook.isError) {
    return <ErrorState error={webhook.error} onRetry={() => void webhook.refetch()} />
  }
  return (
    <>
      <PageHeader
        trail={
          <Link to="/webhooks" className="hover:underline">
            Webhooks
          </Link>
        }
        title={name}
        meta={webhook.data?.status === 'DISABLED' && <span className="text-muted">Off</span>}
        actions={
          webhook.data && (
            <WebhookActions
              webhook={webhook.data}
              onDeleted={() => void leave({ to: '/webhooks' })}
            />
          )
        }
      />
      <div className="flex min-w-0 items-center gap-1 px-4 pb-1 text-muted md:px-5">
        <span className="truncate font-mono text-xs">{webhook.data?.url}</span>
        {webhook.data && (
          <CopyButton text={webhook.data.url} label="Copy the URL" className="size-6" />
        )}
      </div>
      <div className="border-b px-4 md:px-5">
        <LinkTabs label="Deliveries by state" param="state" value={state ?? 'ALL'} tabs={TABS} />
      </div>
      <Deliveries webhookId={webhookId} state={state} onOpen={show} />
      {delivery && (
        <DeliveryDialog webhookId={webhookId} eventId={delivery} onClose={() => show(undefined)} />
      )}
    </>
  )
}

interface DeliveriesProps {
  webhookId: string
  state: DeliveryState | undefined
  onOpen: (eventId: string) => void
}

function Deliveries({ webhookId, state, onOpen }: DeliveriesProps) {
  const query = useInfiniteQuery({
    ...deliveriesQuery(webhookId, state),
    placeholderData: keepPreviousData,
  })
  const deliveries = useMemo(
    () => query.data?.pages.flatMap((page) => page.deliveries ?? []) ?? [],
    [query.data],
  )
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  if (query.isPending) return <SkeletonLines lines={8} />
  if (query.isError && deliveries.length === 0) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  if (deliveries.length === 0) {
    return (
      <EmptyState
        title={state ? 'Nothing in this state' : 'Nothing was sent yet'}
        icon={<Send size={18} />}
      >
        Every event that this webhook hears of is listed here, with what was sent and what came
        back.
      </EmptyState>
    )
  }
  return (
    <DeliveriesTable
      deliveries={deliveries}
      onOpen={(delivery) => onOpen(delivery.event_id)}
      onEnd={more}
    />
  )
}
