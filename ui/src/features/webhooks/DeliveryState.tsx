import { Check, Clock, X } from 'lucide-react'
import { classes } from '~/components/classes'
import type { Delivery } from '~/features/webhooks/queries'

const LOOK = {
  PENDING: { label: 'Waiting', tone: 'text-accent', Icon: Clock },
  DELIVERED: { label: 'Delivered', tone: 'text-good', Icon: Check },
  FAILED: { label: 'Given up', tone: 'text-bad', Icon: X },
}

/** What became of a delivery; one that waits after a failure says that it will be tried again. */
export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const retries = delivery.state === 'PENDING' && Boolean(delivery.error_message)
  const { label, tone, Icon } = LOOK[delivery.state]
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1.5 whitespace-nowrap',
        retries ? 'text-warn' : tone,
      )}
    >
      <Icon aria-hidden size={14} strokeWidth={2.4} />
      {retries ? 'Retrying' : label}
    </span>
  )
}
