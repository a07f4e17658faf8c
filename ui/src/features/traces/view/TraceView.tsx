import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { Segmented } from '~/components/Controls'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { SpanDetails } from '~/features/traces/view/SpanDetails'
import { SpanTree } from '~/features/traces/view/SpanTree'
import { Splitter } from '~/features/traces/view/Splitter'
import { TraceAside } from '~/features/traces/view/TraceAside'
import { TraceHeader } from '~/features/traces/view/TraceHeader'
import { useNarrow } from '~/lib/narrow'
import { useRemembered } from '~/lib/storage'
import { spansQuery, traceQuery } from '~/lib/traceQueries'
import { isUnfinished } from '~/lib/traces'

export interface TraceChoice {
  span?: string | undefined
  part?: string | undefined
}

interface Props {
  traceId: string
  choice: TraceChoice
  onChoice: (choice: TraceChoice) => void
  /** Buttons of the place that the trace is shown in. */
  actions?: ReactNode
  /** Called when the trace was deleted; without it, it cannot be. */
  onDeleted?: () => void
  /** Inside a frame of another page. */
  compact?: boolean
}

type Pane = 'spans' | 'span' | 'trace'

/** A trace: its spans over time, the chosen one, and what people and judges think of it. */
export function TraceView({ traceId, choice, onChoice, actions, onDeleted, compact }: Props) {
  const { data: trace, error, refetch } = useQuery(traceQuery(traceId))
  const live = trace !== undefined && isUnfinished(trace)
  const spans = useQuery(spansQuery(traceId, live))
  const narrow = useNarrow()
  // In a small frame the column takes too much, so there it begins closed.
  const [aside, setAside] = useRemembered(compact ? 'notebook-aside' : 'trace-aside')
  const asideOpen = compact ? aside === 'open' : aside !== 'closed'
  const [pane, setPane] = useState<Pane>('spans')
  const { data } = spans
  // biome-ignore lint/correctness/useExhaustiveDependencies: another trace starts with its spans
  useEffect(() => setPane('spans'), [traceId])

  if (!trace) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonLines lines={12} height={36} />
    )
  }
  const nodes = data?.nodes ?? []
  const selected = (choice.span && data?.byId.get(choice.span)) || nodes[0]?.span
  const select = (id: string) => {
    onChoice({ ...choice, span: id === nodes[0]?.span.id ? undefined : id })
  }
  const tree = spans.isPending ? (
    <SkeletonLines lines={10} height={28} />
  ) : spans.isError ? (
    <div className="p-4">
      <ErrorNote error={spans.error} />
      <button
        type="button"
        onClick={() => void spans.refetch()}
        className="mt-2 text-accent hover:underline"
      >
        Try again
      </button>
    </div>
  ) : nodes.length === 0 ? (
    <p className="p-4 text-muted">
      {live ? 'The spans of this trace have not arrived yet.' : 'This trace has no spans.'}
    </p>
  ) : (
    <SpanTree
      key={traceId}
      nodes={nodes}
      frame={data?.frame ?? { start: 0, end: 1 }}
      selected={selected?.id}
      onSelect={(id) => {
        select(id)
        if (narrow) setPane('span')
      }}
    />
  )
  const details = selected && (
    <SpanDetails
      span={selected}
      origin={data?.frame.start ?? 0}
      part={choice.part}
      onPart={(part) => onChoice({ ...choice, part })}
    />
  )
  const about = (
    <div tabIndex={0} className="h-full overflow-y-auto px-4 py-3 focus-visible:-outline-offset-2">
      <TraceAside trace={trace} span={selected} spans={data?.byId} onSpan={select} />
    </div>
  )
  const header = (
    <TraceHeader
      trace={trace}
      spanCount={data?.nodes.length}
      aside={narrow ? undefined : asideOpen}
      onAside={() =>
        setAside(asideOpen === Boolean(compact) ? undefined : asideOpen ? 'closed' : 'open')
      }
      actions={actions}
      onDeleted={onDeleted}
    />
  )
  if (narrow) {
    return (
      <div className="flex min-h-0 flex-1 flex-col">
        {header}
        <div className="flex shrink-0 border-b px-4 pb-2">
          <Segmented
            label="Part of the trace"
            value={pane}
            options={[
              { value: 'spans', label: 'Spans' },
              { value: 'span', label: 'Content' },
              { value: 'trace', label: 'Assessments' },
            ]}
            onChange={setPane}
          />
        </div>
        <div className="flex min-h-0 flex-1 flex-col">
          {pane === 'spans' ? tree : pane === 'span' ? details : about}
        </div>
      </div>
    )
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {header}
      <div className="flex min-h-0 flex-1 border-t">
        <Splitter memory="trace-tree" initial={37} label="Width of the span tree">
          {tree}
        </Splitter>
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">{details}</div>
        {asideOpen && <aside className="w-72 shrink-0 border-l">{about}</aside>}
      </div>
    </div>
  )
}
