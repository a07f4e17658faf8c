import { validAssessments } from '~/lib/assessments'
import {
  type Assessment,
  type Trace,
  traceCost,
  traceDuration,
  traceSession,
  traceStart,
  traceTokens,
  traceUser,
} from '~/lib/traces'

export interface Session {
  id: string
  user: string | undefined
  turns: number
  errors: number
  /** What the conversation began with, as far as it is loaded. */
  request: string | undefined
  start: number
  /** When its last turn began. */
  latest: number
  /** Milliseconds of all turns together. */
  duration: number
  tokens: number
  cost: number
  assessments: Assessment[]
}

function add(session: Session, trace: Trace): void {
  const time = traceStart(trace) ?? 0
  session.turns += 1
  session.errors += Number(trace.state === 'ERROR')
  session.user ??= traceUser(trace)
  session.duration += traceDuration(trace) ?? 0
  session.tokens += traceTokens(trace)?.total_tokens ?? 0
  session.cost += traceCost(trace)?.total_cost ?? 0
  session.assessments.push(...validAssessments(trace))
  session.latest = Math.max(session.latest, time)
  if (time <= session.start) {
    session.start = time
    session.request = trace.request_preview
  }
}

/** The sessions of traces, that with the latest turn first. */
export function groupSessions(traces: readonly Trace[]): Session[] {
  const sessions = new Map<string, Session>()
  for (const trace of traces) {
    const id = traceSession(trace)
    if (!id) continue
    const session: Session = sessions.get(id) ?? {
      id,
      user: undefined,
      turns: 0,
      errors: 0,
      request: undefined,
      start: Number.POSITIVE_INFINITY,
      latest: 0,
      duration: 0,
      tokens: 0,
      cost: 0,
      assessments: [],
    }
    sessions.set(id, session)
    add(session, trace)
  }
  return [...sessions.values()].sort((a, b) => b.latest - a.latest)
}
