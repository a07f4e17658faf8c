import { Check, CircleDashed, X } from 'lucide-react'
import { classes } from '~/components/classes'
import type { TraceState } from '~/lib/traces'

const LOOK: Record<TraceState, { label: string; tone: string }> = {
  OK: { label: 'OK', tone: 'text-good' },
  ERROR: { label: 'Error', tone: 'text-bad' },
  IN_PROGRESS: { label: 'In progress', tone: 'text-accent' },
  STATE_UNSPECIFIED: { label: 'No status', tone: 'text-faint' },
}

/** How a trace or a span ended. */
export function TraceStatus({
  state = 'STATE_UNSPECIFIED',
  compact,
}: {
  state: TraceState | undefined
  compact?: boolean
}) {
  const { label, tone } = LOOK[state] ?? LOOK.STATE_UNSPECIFIED
  const Icon = state === 'OK' ? Check : state === 'ERROR' ? X : CircleDashed
  return (
    <span
      className={classes('inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap', tone)}
      title={compact ? label : undefined}
    >
      <Icon aria-hidden size={14} strokeWidth={2.4} />
      <span className={compact ? 'sr-only' : ''}>{label}</span>
    </span>
  )
}
