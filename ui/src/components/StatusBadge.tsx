import { Ban, Check, Clock, X } from 'lucide-react'
import { classes } from '~/components/classes'
import type { RunStatus } from '~/lib/wire'

const LOOK: Record<RunStatus, { label: string; tone: string }> = {
  RUNNING: { label: 'Running', tone: 'text-accent' },
  SCHEDULED: { label: 'Scheduled', tone: 'text-muted' },
  FINISHED: { label: 'Finished', tone: 'text-good' },
  FAILED: { label: 'Failed', tone: 'text-bad' },
  KILLED: { label: 'Killed', tone: 'text-warn' },
}

function Glyph({ status }: { status: RunStatus }) {
  if (status === 'RUNNING') {
    return (
      <span
        aria-hidden
        className="mx-[3px] size-2 rounded-full bg-accent"
        style={{
          boxShadow: '0 0 0 0 color-mix(in oklab, var(--color-accent) 55%, transparent)',
          animation: 'pulse-ring 1.6s ease-out infinite',
        }}
      />
    )
  }
  const Icon =
    status === 'FINISHED' ? Check : status === 'FAILED' ? X : status === 'KILLED' ? Ban : Clock
  return <Icon aria-hidden size={14} strokeWidth={2.4} />
}

export function StatusBadge({ status, compact }: { status: RunStatus; compact?: boolean }) {
  const { label, tone } = LOOK[status] ?? LOOK.SCHEDULED
  return (
    <span
      className={classes('inline-flex items-center gap-1.5 whitespace-nowrap', tone)}
      title={compact ? label : undefined}
    >
      <Glyph status={status} />
      <span className={compact ? 'sr-only' : ''}>{label}</span>
    </span>
  )
}
