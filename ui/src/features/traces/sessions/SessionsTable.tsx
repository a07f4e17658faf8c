import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { MessagesSquare } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { AssessmentValue } from '~/components/AssessmentValue'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { Absent, Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { groupSessions, type Session } from '~/features/traces/sessions/group'
import { sessionsQuery } from '~/features/traces/sessions/queries'
import { assessmentValue, verdictOf } from '~/lib/assessments'
import { useNarrow } from '~/lib/narrow'
import { formatCost, formatCount, plural } from '~/lib/numbers'
import { previewLine } from '~/lib/previews'
import { formatDuration } from '~/lib/time'
import { sessionSnippet } from '~/lib/traceSnippets'

interface Props {
  experimentId: string
  experiment: string
}

const NO_SESSIONS: Session[] = []
const idOf = (session: Session) => session.id

/** The conversations of an experiment. */
export function SessionsTable({ experimentId, experiment }: Props) {
  const query = useInfiniteQuery(sessionsQuery(experimentId))
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const sessions = useMemo(
    () => (data ? groupSessions(data.pages.flatMap((page) => page.traces ?? [])) : NO_SESSIONS),
    [data],
  )
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(
    () => columnsOf(experimentId, narrow, hasNextPage),
    [experimentId, narrow, hasNextPage],
  )
  if (query.isPending) return <SkeletonLines lines={14} />
  if (query.isError && !data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (sessions.length === 0) {
    return (
      <EmptyState title="No sessions yet" icon={<MessagesSquare size={18} />}>
        <p>
          A session is a conversation: traces that share the metadata{' '}
          <code className="font-mono text-xs">mlflow.trace.session</code>.
        </p>
        <Snippet code={sessionSnippet(experiment)} />
      </EmptyState>
    )
  }
  return (
    <DataTable
      label="Sessions"
      memory={narrow ? 'sessions-narrow' : 'sessions'}
      columns={columns}
      rows={sessions}
      rowId={idOf}
      onOpen={(session) =>
        navigate({
          to: '/experiments/$experimentId/sessions/$sessionId',
          params: { experimentId, sessionId: session.id },
        })
      }
      onEnd={more}
      footer={
        <p className="sticky left-0 px-4 py-3 text-xs text-faint tabular">
          {hasNextPage
            ? `${sessions.length} sessions loaded, more below…`
            : plural(sessions.length, 'session')}
        </p>
      }
    />
  )
}

function columnsOf(experimentId: string, narrow: boolean, more: boolean): Column<Session>[] {
  const simple = (
    id: string,
    header: string,
    width: number,
    cell: Column<Session>['cell'],
    align?: 'end',
  ): Column<Session> => ({ id, header, label: header, width, cell, align })
  return [
    {
      ...simple('session', 'Session', narrow ? 150 : 190, (session) => (
        <Link
          to="/experiments/$experimentId/sessions/$sessionId"
          params={{ experimentId, sessionId: session.id }}
          title={session.id}
          className="font-medium hover:underline"
        >
          {session.id}
        </Link>
      )),
      pinned: true,
    },
    simple('request', 'Begins with', narrow ? 220 : 340, (session) => (
      <span className="text-muted">{previewLine(session.request) || <Absent />}</span>
    )),
    simple(
      'turns',
      'Turns',
      64,
      // Older turns may be on pages that are not loaded yet.
      (session) => <span className="tabular">{`${session.turns}${more ? '+' : ''}`}</span>,
      'end',
    ),
    simple(
      'errors',
      'Errors',
      66,
      (session) =>
        session.errors > 0 ? (
          <span className="font-medium text-bad tabular">{session.errors}</span>
        ) : (
          <Absent />
        ),
      'end',
    ),
    simple('quality', 'Feedback', 130, (session) => <Quality session={session} />),
    simple('latest', 'Last turn', 90, (session) => (
      <span className="text-muted">
        <Ago time={session.latest} />
      </span>
    )),
    simple(
      'duration',
      'Latency',
      80,
      (session) => (
        <span className="text-muted tabular" title="Of all turns together">
          {formatDuration(session.duration)}
        </span>
      ),
      'end',
    ),
    simple(
      'tokens',
      'Tokens',
      76,
      (session) =>
        session.tokens > 0 ? (
          <span className="text-muted tabular">{formatCount(session.tokens)}</span>
        ) : (
          <Absent />
        ),
      'end',
    ),
    simple(
      'cost',
      'Cost',
      80,
      (session) =>
        session.cost > 0 ? (
          <span className="text-muted tabular">{formatCost(session.cost)}</span>
        ) : (
          <Absent />
        ),
      'end',
    ),
    simple('user', 'User', 150, (session) =>
      session.user ? <span className="text-muted">{session.user}</span> : <Absent />,
    ),
  ]
}

/** How many judged it well and how many badly; where nobody did either, the first value. */
function Quality({ session }: { session: Session }) {
  const verdicts = session.assessments
    .filter((each) => each.feedback && !each.feedback.error)
    .map((each) => verdictOf(assessmentValue(each)))
  const good = verdicts.filter((each) => each === 'good').length
  const bad = verdicts.filter((each) => each === 'bad').length
  const [first] = session.assessments
  if (good + bad === 0) return first ? <AssessmentValue assessment={first} /> : <Absent />
  return (
    <span
      className="flex items-center gap-2"
      title={`${plural(good, 'good assessment')}, ${plural(bad, 'bad one')}`}
    >
      <span className="flex h-1.5 w-14 overflow-hidden rounded-full bg-bad-solid">
        <span className="bg-good" style={{ width: `${(100 * good) / (good + bad)}%` }} />
      </span>
      <span className="text-xs text-muted tabular">
        {good}/{good + bad}
      </span>
    </span>
  )
}
