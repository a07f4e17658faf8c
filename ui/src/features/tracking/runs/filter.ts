import type { FieldFacts, Kind } from '~/features/tracking/runs/fields'
import { type Completion, type Completions, completeWord, quoteKey } from '~/lib/filters'

const NAMESPACE: Record<Exclude<Kind, 'attribute'>, string> = {
  metric: 'metrics',
  param: 'params',
  tag: 'tags',
}

export function fieldName(kind: Exclude<Kind, 'attribute'>, key: string): string {
  return `${NAMESPACE[kind]}.${quoteKey(key)}`
}

const ATTRIBUTES: Completion[] = [
  { text: 'attributes.status', detail: 'RUNNING, FINISHED, FAILED…' },
  { text: 'attributes.run_name', detail: 'name of the run' },
  { text: 'attributes.start_time', detail: 'milliseconds' },
  { text: 'attributes.end_time', detail: 'milliseconds' },
  { text: 'attributes.run_id', detail: 'id of the run' },
  { text: 'tags.`mlflow.user`', detail: 'who started it' },
  { text: 'datasets.name', detail: 'data that went in' },
]

const STATUSES = ['RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SCHEDULED']

function candidates(before: string, facts: readonly FieldFacts[]): Completion[] {
  const operand = before.trimEnd()
  if (/status\s*(=|!=)$/i.test(operand)) {
    return STATUSES.map((status) => ({ text: `'${status}'`, detail: 'status' }))
  }
  if (/(=|<|>|like|in|null|not|is)$/i.test(operand)) return []
  if (operand && !/\b(and)$/i.test(operand)) {
    if (/(metrics|start_time|end_time)\S*$/.test(operand)) {
      return ['>', '<', '>=', '<=', '=', '!='].map((text) => ({ text, detail: 'comparison' }))
    }
    if (/[\w`"]$/.test(operand) && !/'\s*$/.test(operand) && /\.\S+$/.test(operand)) {
      return ['=', '!=', 'LIKE', 'ILIKE'].map((text) => ({ text, detail: 'comparison' }))
    }
    return [{ text: 'AND', detail: 'and also' }]
  }
  const own = facts.map((each) => ({
    text: fieldName(each.kind as 'metric', each.key),
    detail: each.kind === 'metric' ? 'metric' : each.kind === 'param' ? 'param' : 'tag',
  }))
  return [...own, ...ATTRIBUTES]
}

/** What could stand at the caret, and from where on it would replace the text. */
export function complete(text: string, caret: number, facts: readonly FieldFacts[]): Completions {
  return completeWord(text, caret, (before) => candidates(before, facts))
}
