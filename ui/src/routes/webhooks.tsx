import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { Plus, Webhook as WebhookIcon } from 'lucide-react'
import * as v from 'valibot'
import { Button } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { eventText, type Webhook, webhooksQuery } from '~/features/webhooks/queries'
import { WebhookActions } from '~/features/webhooks/WebhookActions'
import { WebhookDialog } from '~/features/webhooks/WebhookDialog'
import { plural } from '~/lib/numbers'
import { flag } from '~/lib/search'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/webhooks')({
  validateSearch: v.object({ new: flag() }),
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(webhooksQuery)
  },
  component: WebhooksPage,
})

const said = ({ events = [] }: Webhook) => events.map(eventText)

const COLUMNS: Column<Webhook>[] = [
  {
    id: 'name',
    header: 'Name',
    label: 'Name',
    width: 200,
    cell: (row) => (
      <Link
        to="/webhooks/$webhookId"
        params={{ webhookId: row.webhook_id }}
        className="font-medium hover:underline"
        title={row.description}
      >
        {row.name}
      </Link>
    ),
  },
  {
    id: 'actions',
    header: <span className="sr-only">Actions</span>,
    label: 'Actions',
    width: 116,
    fixedWidth: true,
    cell: (row) => <WebhookActions webhook={row} />,
  },
  {
    id: 'status',
    header: 'Status',
    label: 'Status',
    width: 84,
    cell: (row) =>
      row.status === 'DISABLED' ? (
        <span className="text-muted">Off</span>
      ) : (
        <span className="text-good">On</span>
      ),
  },
  {
    id: 'url',
    header: 'URL',
    label: 'URL',
    width: 320,
    cell: (row) => (
      <span className="font-mono text-xs" title={row.url}>
        {row.url}
      </span>
    ),
  },
  {
    id: 'events',
    header: 'Events',
    label: 'Events',
    width: 260,
    cell: (row) => {
      const events = said(row)
      return (
        <span className="text-muted" title={events.join('\n')}>
          {events.length === 1 ? events[0] : plural(events.length, 'event')}
        </span>
      )
    },
  },
  {
    id: 'updated',
    header: 'Updated',
    label: 'Last updated',
    width: 110,
    cell: (row) => (
      <span className="text-muted">
        <Ago time={row.last_updated_timestamp} />
      </span>
    ),
  },
]

function WebhooksPage() {
  useTitle('Webhooks')
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data, error, refetch } = useQuery(webhooksQuery)
  const open = (next: boolean) =>
    void navigate({ search: next ? { new: true } : {}, replace: true })
  return (
    <>
      <PageHeader
        title="Webhooks"
        actions={
          <Button kind="solid" onClick={() => open(true)}>
            <Plus size={14} /> New webhook
          </Button>
        }
      />
      <div className="flex min-h-0 flex-1 flex-col border-t">
        {!data ? (
          error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <SkeletonLines lines={6} />
          )
        ) : data.length === 0 ? (
          <EmptyState
            title="Tell other systems what changes"
            icon={<WebhookIcon size={18} />}
            actions={<Button onClick={() => open(true)}>New webhook</Button>}
          >
            A webhook sends a signed message to a URL whenever a model or prompt is registered or
            tagged, a run ends, or a trace is assessed.
          </EmptyState>
        ) : (
          <DataTable
            label="Webhooks"
            memory="webhooks"
            columns={COLUMNS}
            rows={data}
            rowId={(row) => row.webhook_id}
          />
        )}
      </div>
      {search.new && <WebhookDialog onClose={() => open(false)} />}
    </>
  )
}
