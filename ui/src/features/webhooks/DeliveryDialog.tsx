import { useQuery } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { Button } from '~/components/Button'
import { JsonView } from '~/components/content/JsonView'
import { LongText } from '~/components/content/LongText'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { AsideSection, Code, Fact, Facts } from '~/components/Facts'
import { SkeletonLines } from '~/components/Skeleton'
import { Ago } from '~/components/Time'
import { notify, notifyError } from '~/components/Toasts'
import { DeliveryState } from '~/features/webhooks/DeliveryState'
import { type Delivery, deliveryQuery, eventText, useResend } from '~/features/webhooks/queries'
import { formatDuration } from '~/lib/time'

interface Props {
  webhookId: string
  eventId: string
  onClose: () => void
}

/** One delivery: what was sent, what was answered, and a button that sends it again. */
export function DeliveryDialog({ webhookId, eventId, onClose }: Props) {
  const { data, error } = useQuery(deliveryQuery(webhookId, eventId))
  const title = data ? eventText(data) : 'Delivery'
  return (
    <Dialog open onClose={onClose} wide title={title}>
      {data ? (
        <Content webhookId={webhookId} delivery={data} />
      ) : error ? (
        <ErrorNote error={error} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Dialog>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function Content({ webhookId, delivery }: { webhookId: string; delivery: Delivery }) {
  const resend = useResend(webhookId)
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1">
          <Facts>
            <Fact name="State">
              <DeliveryState delivery={delivery} />
            </Fact>
            <Fact name="Event id" copy={delivery.event_id}>
              <Code>{delivery.event_id}</Code>
            </Fact>
            <Fact name="Attempts">
              <span className="tabular">{delivery.attempts}</span>
              {delivery.last_attempt_timestamp && (
                <span className="text-muted">
                  , the last <Ago time={delivery.last_attempt_timestamp} />
                  {delivery.duration_ms !== undefined &&
                    `, took ${formatDuration(delivery.duration_ms)}`}
                </span>
              )}
            </Fact>
            {delivery.error_message && (
              <Fact name="Why not">
                <span className="[overflow-wrap:anywhere]">{delivery.error_message}</span>
              </Fact>
            )}
          </Facts>
        </div>
        <Button
          disabled={resend.isPending}
          onClick={() =>
            resend.mutate(delivery.event_id, {
              onSuccess: () => notify('It is sent again'),
              onError: notifyError,
            })
          }
        >
          <RotateCw size={14} /> Send again
        </Button>
      </div>
      {delivery.payload && (
        <AsideSection title="Sent">
          <JsonView value={parsed(delivery.payload)} />
        </AsideSection>
      )}
      {delivery.response_status !== undefined && (
        <AsideSection title={`Answered ${delivery.response_status}`}>
          {delivery.response_body ? (
            <LongText text={delivery.response_body} />
          ) : (
            <span className="text-muted">Nothing but the status.</span>
          )}
        </AsideSection>
      )}
    </div>
  )
}
