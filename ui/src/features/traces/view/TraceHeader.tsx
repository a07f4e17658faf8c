import { MoreHorizontal, PanelRight, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { CopyButton } from '~/components/CopyButton'
import { FactLine } from '~/components/FactLine'
import { Menu, MenuItem } from '~/components/Menu'
import { notify } from '~/components/Toasts'
import { TraceStatus } from '~/components/TraceStatus'
import { useDeleteTrace } from '~/features/traces/view/queries'
import { formatCost, formatCount, plural } from '~/lib/numbers'
import { formatAgo, formatDuration, formatExact } from '~/lib/time'
import {
  shortTraceId,
  type Trace,
  traceCost,
  traceDuration,
  traceExperiment,
  traceName,
  traceStart,
  traceTokens,
} from '~/lib/traces'

interface Props {
  trace: Trace
  spanCount: number | undefined
  /** Whether the column of assessments is open; undefined where there is none. */
  aside: boolean | undefined
  onAside: () => void
  actions: ReactNode
  /** Without it the trace cannot be deleted here. */
  onDeleted: (() => void) | undefined
}

export function TraceHeader({ trace, spanCount, aside, onAside, actions, onDeleted }: Props) {
  const start = traceStart(trace)
  const duration = traceDuration(trace)
  const tokens = traceTokens(trace)?.total_tokens
  const cost = traceCost(trace)?.total_cost
  const facts = [
    duration !== undefined && formatDuration(duration),
    spanCount !== undefined && plural(spanCount, 'span'),
    tokens !== undefined && `${formatCount(tokens)} tokens`,
    cost !== undefined && formatCost(cost),
    start !== undefined && formatAgo(start, Date.now()),
  ]
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-x-3 px-4 py-2">
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-0.5">
        <h1 className="flex max-w-full min-w-0 items-center gap-2 text-base font-semibold tracking-[-0.01em]">
          <TraceStatus state={trace.state} compact />
          <span className="truncate">{traceName(trace) ?? shortTraceId(trace.trace_id)}</span>
          <CopyButton
            text={trace.trace_id}
            label="Copy trace id"
            className="-ml-1 size-6 shrink-0 opacity-70"
          />
        </h1>
        <FactLine facts={facts} title={start === undefined ? undefined : formatExact(start)} />
      </div>
      <div className="flex shrink-0 items-center gap-1">
        {aside !== undefined && (
          <IconButton label="Assessments and details" pressed={aside} onClick={onAside}>
            <PanelRight size={15} />
          </IconButton>
        )}
        {onDeleted && <TraceMenu trace={trace} onDeleted={onDeleted} />}
        {actions}
      </div>
    </header>
  )
}

function TraceMenu({ trace, onDeleted }: { trace: Trace; onDeleted: () => void }) {
  const [confirming, setConfirming] = useState(false)
  const remove = useDeleteTrace()
  const experimentId = traceExperiment(trace)
  if (!experimentId) return null
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label="Actions for this trace"
            className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink data-[popup-open]:bg-hover"
          >
            <MoreHorizontal size={15} />
          </button>
        }
      >
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() =>
          remove.mutate(
            { id: trace.trace_id, experimentId },
            {
              onSuccess: () => {
                notify('Deleted the trace')
                onDeleted()
              },
            },
          )
        }
        title="Delete this trace?"
        action="Delete trace"
        busy={remove.isPending}
        error={remove.error}
      >
        Its spans and assessments go with it. This cannot be undone.
      </ConfirmDialog>
    </>
  )
}
