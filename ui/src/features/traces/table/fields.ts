import { type AssessmentKind, assessmentKind, assessmentValue } from '~/lib/assessments'
import {
  SESSION,
  type Trace,
  traceCost,
  traceName,
  traceRun,
  traceSession,
  traceUser,
  traceUserTags,
} from '~/lib/traces'

export interface AssessmentFacts {
  name: string
  kind: AssessmentKind
  /** The different texts and truths that it has, at most a few. */
  values: string[]
}

/** What a set of traces has: the base of columns and of completions. */
export interface TraceFacts {
  names: string[]
  sessions: string[]
  users: string[]
  assessments: AssessmentFacts[]
  tags: string[]
  metadata: string[]
  hasCost: boolean
  hasRun: boolean
  hasIssues: boolean
}

const MOST_VALUES = 12

const byUse = (counts: ReadonlyMap<string, number>) =>
  [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([key]) => key)

export function surveyTraces(traces: readonly Trace[]): TraceFacts {
  const names = new Map<string, number>()
  const sessions = new Map<string, number>()
  const users = new Map<string, number>()
  const tags = new Map<string, number>()
  const metadata = new Map<string, number>()
  const assessments = new Map<string, AssessmentFacts>()
  let hasIssues = false
  const count = (counts: Map<string, number>, key: string | undefined) => {
    if (key) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const trace of traces) {
    count(names, traceName(trace))
    count(sessions, traceSession(trace))
    count(users, traceUser(trace))
    for (const tag of traceUserTags(trace)) count(tags, tag.key)
    for (const key of Object.keys(trace.trace_metadata ?? {})) {
      if (!key.startsWith('mlflow.') || key === SESSION) count(metadata, key)
    }
    for (const each of trace.assessments ?? []) {
      const kind = assessmentKind(each)
      if (kind === 'issue') {
        hasIssues = true
        continue
      }
      const name = each.assessment_name
      const facts = assessments.get(name) ?? { name, kind, values: [] }
      assessments.set(name, facts)
      const value = assessmentValue(each)
      if (typeof value !== 'string' && typeof value !== 'boolean') continue
      const text = String(value)
      if (text.length <= 40 && facts.values.length < MOST_VALUES && !facts.values.includes(text))
        facts.values.push(text)
    }
  }
  metadata.delete(SESSION)
  return {
    names: byUse(names),
    sessions: byUse(sessions),
    users: byUse(users),
    assessments: [...assessments.values()].sort((a, b) => a.name.localeCompare(b.name)),
    tags: byUse(tags),
    metadata: byUse(metadata),
    hasCost: traces.some((trace) => traceCost(trace)?.total_cost !== undefined),
    hasRun: traces.some((trace) => traceRun(trace) !== undefined),
    hasIssues,
  }
}

/** The columns of a table that nobody has arranged: what is there and differs. */
export function automaticColumns(facts: TraceFacts): string[] {
  return [
    'response',
    'time',
    'latency',
    'tokens',
    ...(facts.hasCost ? ['cost'] : []),
    ...(facts.hasIssues ? ['issues'] : []),
    ...facts.assessments.slice(0, 6).map((each) => `assessment:${each.name}`),
    ...(facts.names.length > 1 ? ['name'] : []),
    ...(facts.sessions.length > 0 ? ['session'] : []),
    ...(facts.users.length > 0 ? ['user'] : []),
  ]
}

export const ATTRIBUTE_COLUMNS = [
  ['response', 'Response'],
  ['name', 'Name'],
  ['time', 'Time'],
  ['latency', 'Latency'],
  ['tokens', 'Tokens'],
  ['cost', 'Cost'],
  ['spans', 'Spans'],
  ['issues', 'Issues'],
  ['session', 'Session'],
  ['user', 'User'],
  ['run', 'Run'],
  ['prompts', 'Prompts'],
  ['source', 'Source'],
  ['id', 'Trace ID'],
] as const

const ORDER = [
  'response',
  'time',
  'latency',
  'tokens',
  'cost',
  'spans',
  'issues',
  'assessment',
  'name',
  'session',
  'user',
  'run',
  'prompts',
  'source',
  'tag',
  'metadata',
  'id',
]

/** Columns of a kind stand together, in the order in which they were chosen. */
export function inOrder(ids: readonly string[]): string[] {
  const rank = (id: string) => ORDER.indexOf(id.split(':')[0] ?? '')
  return ids
    .map((id, index) => ({ id, index }))
    .sort((a, b) => rank(a.id) - rank(b.id) || a.index - b.index)
    .map(({ id }) => id)
}
