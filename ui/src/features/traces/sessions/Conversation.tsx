import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, Waypoints } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { AssessmentValue } from '~/components/AssessmentValue'
import { Button } from '~/components/Button'
import { classes } from '~/components/classes'
import { LongText } from '~/components/content/LongText'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { FactLine } from '~/components/FactLine'
import { SkeletonLines } from '~/components/Skeleton'
import { Ago } from '~/components/Time'
import { TraceStatus } from '~/components/TraceStatus'
import { groupSessions } from '~/features/traces/sessions/group'
import { sessionQuery } from '~/features/traces/sessions/queries'
import { assessmentTitle, validAssessments } from '~/lib/assessments'
import { type Message, toMessages } from '~/lib/chat'
import { formatCost, formatCount, plural } from '~/lib/numbers'
import { isCut, previewText } from '~/lib/previews'
import { attribute } from '~/lib/spans'
import { formatDuration } from '~/lib/time'
import { spansQuery } from '~/lib/traceQueries'
import { type Trace, traceCost, traceDuration, traceStart, traceTokens } from '~/lib/traces'

interface Props {
  experimentId: string
  sessionId: string
  /** The trace that is open beside the conversation. */
  open: string | undefined
}

/** A session as what it is: a conversation, with what each turn took and how it was judged. */
export function Conversation({ experimentId, sessionId, open }: Props) {
  const query = useInfiniteQuery(sessionQuery(experimentId, sessionId))
  const traces = useMemo(
    () => query.data?.pages.flatMap((page) => page.traces ?? []) ?? [],
    [query.data],
  )
  if (query.isPending) return <SkeletonLines lines={8} height={56} />
  if (query.isError && traces.length === 0)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (traces.length === 0) {
    return (
      <EmptyState title="This session has no traces">
        Its traces may have been deleted, or the session is one of another experiment.
      </EmptyState>
    )
  }
  return (
    <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2">
      <Totals traces={traces} more={query.hasNextPage} />
      <ol className="mx-auto flex max-w-4xl flex-col gap-8 px-4 pt-2 pb-16 md:px-6">
        {traces.map((trace, index) => (
          <Turn
            key={trace.trace_id}
            trace={trace}
            number={index + 1}
            current={trace.trace_id === open}
          />
        ))}
        {query.hasNextPage && (
          <li>
            <Button onClick={() => void query.fetchNextPage()} disabled={query.isFetchingNextPage}>
              More turns
            </Button>
          </li>
        )}
      </ol>
    </div>
  )
}

function Totals({ traces, more }: { traces: Trace[]; more: boolean }) {
  const [session] = groupSessions(traces)
  if (!session) return null
  const facts = [
    `${session.turns}${more ? '+' : ''} ${session.turns === 1 ? 'turn' : 'turns'}`,
    session.user,
    session.errors > 0 && plural(session.errors, 'error'),
    session.tokens > 0 && `${formatCount(session.tokens)} tokens`,
    session.cost > 0 && formatCost(session.cost),
    `${formatDuration(session.duration)} of answering`,
  ]
  return <FactLine facts={facts} className="mx-auto max-w-4xl px-4 py-4 md:px-6" />
}

interface TurnProps {
  trace: Trace
  number: number
  current: boolean
}

function Turn({ trace, number, current }: TurnProps) {
  const { ref, request, response } = useWords(trace)
  const duration = traceDuration(trace)
  const tokens = traceTokens(trace)?.total_tokens
  const cost = traceCost(trace)?.total_cost
  const assessments = validAssessments(trace)
  return (
    <li ref={ref} aria-label={`Turn ${number}`} className="flex min-w-0 flex-col gap-3">
      <div className="flex justify-end pl-[12%]">
        <div className="max-w-full min-w-0 rounded-xl rounded-br-sm bg-accent-soft px-3.5 py-2">
          <LongText text={request || 'No request'} markdown />
        </div>
      </div>
      <div className="flex min-w-0 flex-col gap-2 pr-[6%]">
        {trace.state === 'ERROR' && (
          <p className="flex items-center gap-1.5 text-bad">
            <CircleAlert size={14} /> This turn failed.
          </p>
        )}
        {response && <LongText text={response} markdown />}
        <div
          className={classes(
            '-mx-1.5 flex flex-wrap items-center gap-x-3 gap-y-1.5 self-start rounded-md px-1.5 py-0.5 text-xs text-muted tabular',
            current && 'bg-selected',
          )}
        >
          <TraceStatus state={trace.state} compact />
          <Ago time={traceStart(trace)} />
          {duration !== undefined && <span>{formatDuration(duration)}</span>}
          {tokens !== undefined && <span>{formatCount(tokens)} tokens</span>}
          {cost !== undefined && <span>{formatCost(cost)}</span>}
          {assessments.map((each) => (
            <span key={each.assessment_id} className="flex max-w-64 min-w-0 items-center gap-1">
              <span className="truncate text-faint">{assessmentTitle(each)}</span>
              {!each.issue && <AssessmentValue assessment={each} />}
            </span>
          ))}
          <Link
            to="."
            search={(before: Record<string, unknown>) => ({
              ...before,
              trace: trace.trace_id,
              span: undefined,
            })}
            className="flex items-center gap-1 rounded-sm font-medium text-accent hover:underline"
          >
            <Waypoints size={12} /> Open trace
          </Link>
        </div>
      </div>
    </li>
  )
}

const textOf = (message: Message | undefined) =>
  message?.parts
    .flatMap((part) => (part.kind === 'text' ? [part.text] : []))
    .join('\n\n')
    .trim()

/** The words of a turn: its previews, and once it is in sight the whole of those that were cut. */
function useWords(trace: Trace) {
  const ref = useRef<HTMLLIElement>(null)
  const [seen, setSeen] = useState(false)
  const cut = isCut(trace.request_preview) || isCut(trace.response_preview)
  useEffect(() => {
    const element = ref.current
    if (!element || seen || !cut) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((each) => each.isIntersecting) && setSeen(true),
      { rootMargin: '200px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [seen, cut])
  const { data } = useQuery({ ...spansQuery(trace.trace_id, false), enabled: cut && seen })
  const root = data?.nodes[0]?.span
  const whole = (key: string, role: 'user' | 'assistant') => {
    const value = root && attribute(root, key)
    if (typeof value === 'string') return value
    return textOf(toMessages(value)?.findLast((message) => message.role === role))
  }
  return {
    ref,
    request:
      (isCut(trace.request_preview) && whole('mlflow.spanInputs', 'user')) ||
      previewText(trace.request_preview),
    response:
      (isCut(trace.response_preview) && whole('mlflow.spanOutputs', 'assistant')) ||
      previewText(trace.response_preview),
  }
}
