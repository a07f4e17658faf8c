import type { TraceFacts } from '~/features/traces/table/fields'
import {
  type Completion,
  type Completions,
  completeWord,
  quoteKey,
  quoteValue,
} from '~/lib/filters'

const COMPARED =
  /^[\w.`"' -]*?[\w`"]\s*(=|!=|<|>|i?like\s*['"]|rlike\s*['"]|(not\s+)?in\s*\(|is\s+(not\s+)?null)/i

/** False for plain words, which are then looked for in the text of the spans. */
export function isExpression(filter: string): boolean {
  return COMPARED.test(filter)
}

interface Scope {
  filter: string
  run?: string | undefined
  from?: number | undefined
  to?: number | undefined
}

/** The server's filter for what a view shows. */
export function serverFilter({ filter, run, from, to }: Scope): string {
  const text = filter.trim()
  return [
    text && (isExpression(text) ? text : `trace.text ILIKE ${quoteValue(`%${text}%`)}`),
    run && `run_id = ${quoteValue(run)}`,
    from !== undefined && `timestamp_ms >= ${Math.floor(from)}`,
    to !== undefined && `timestamp_ms <= ${Math.ceil(to)}`,
  ]
    .filter(Boolean)
    .join(' AND ')
}

const ATTRIBUTES: Completion[] = [
  { text: 'status', detail: 'OK, ERROR, IN_PROGRESS' },
  { text: 'trace.text', detail: 'words in any span' },
  { text: 'name', detail: 'name of the trace' },
  { text: 'execution_time_ms', detail: 'milliseconds' },
  { text: 'timestamp_ms', detail: 'milliseconds' },
  { text: 'span.name', detail: 'of any span' },
  { text: 'span.type', detail: 'LLM, TOOL, RETRIEVER…' },
  { text: 'span.status', detail: 'of any span' },
  { text: 'span.attributes.', detail: 'attribute of a span' },
  { text: 'metadata.`mlflow.trace.session`', detail: 'session' },
  { text: 'metadata.`mlflow.trace.user`', detail: 'user' },
  { text: 'run_id', detail: 'run that made it' },
  { text: 'request_id', detail: 'id of the trace' },
  { text: 'prompt', detail: 'name/version' },
]

const STATES = ['OK', 'ERROR', 'IN_PROGRESS']
const SPAN_TYPES = [
  'LLM',
  'CHAT_MODEL',
  'TOOL',
  'AGENT',
  'CHAIN',
  'RETRIEVER',
  'EMBEDDING',
  'RERANKER',
  'PARSER',
  'MEMORY',
  'WORKFLOW',
  'TASK',
  'GUARDRAIL',
  'EVALUATOR',
  'UNKNOWN',
]

const quoted = (values: readonly string[], detail: string) =>
  values.map((value) => ({ text: quoteValue(value), detail }))
const operators = (...names: string[]) => names.map((text) => ({ text, detail: 'comparison' }))

function values(operand: string, facts: TraceFacts): Completion[] {
  const before = /([\w.`"-]+)\s*(=|!=)$/.exec(operand)?.[1]
  if (!before) return []
  if (before === 'span.type') return quoted(SPAN_TYPES, 'type')
  if (/(^|\.)status$/.test(before)) return quoted(STATES, 'state')
  if (/^(trace\.|attributes\.)?name$/.test(before)) return quoted(facts.names, 'name')
  const plain = before.replaceAll(/[`"]/g, '')
  if (plain === 'metadata.mlflow.trace.session') return quoted(facts.sessions, 'session')
  if (plain === 'metadata.mlflow.trace.user') return quoted(facts.users, 'user')
  const name = /^feedback\.(.+)$/.exec(plain)?.[1]
  return quoted(facts.assessments.find((each) => each.name === name)?.values ?? [], 'value')
}

function candidates(before: string, facts: TraceFacts): Completion[] {
  const operand = before.trimEnd()
  if (/[=<>]$/.test(operand)) return values(operand, facts)
  if (/\b(like|in|is|not|null)$/i.test(operand)) return []
  if (operand && !/\band$/i.test(operand)) {
    if (/(timestamp_ms|execution_time_ms|end_time_ms)$/.test(operand))
      return operators('>', '<', '>=', '<=', '=')
    if (/(text|content)$/.test(operand)) return operators('ILIKE', 'LIKE')
    if (/(feedback|expectation)\.[\w`"]+$/.test(operand))
      return operators('=', '!=', '>', '<', 'IS NULL', 'IS NOT NULL')
    if (/(tags|metadata)\.\S+$/.test(operand))
      return operators('=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL')
    if (/(^|\s)[\w.`"]*[\w`"]$/.test(operand) && !/['"\d]$/.test(operand))
      return operators('=', '!=', 'LIKE', 'ILIKE')
    return [{ text: 'AND', detail: 'and also' }]
  }
  const assessments = facts.assessments.map((each) => ({
    text: `${each.kind === 'expectation' ? 'expectation' : 'feedback'}.${quoteKey(each.name)}`,
    detail: each.kind,
  }))
  const tags = facts.tags.map((key) => ({ text: `tags.${quoteKey(key)}`, detail: 'tag' }))
  return [...ATTRIBUTES.slice(0, 3), ...assessments, ...tags, ...ATTRIBUTES.slice(3)]
}

/** What could stand at the caret, and from where on it would replace the text. */
export function complete(text: string, caret: number, facts: TraceFacts): Completions {
  return completeWord(text, caret, (before) => candidates(before, facts))
}
