import type { FieldFacts, Kind } from '~/features/tracking/runs/fields'

/** A key as the filter language wants it: bare where it can be, else in backticks or double quotes. */
export function quoteKey(key: string): string {
  if (/^[A-Za-z_]\w*$/.test(key)) return key
  return key.includes('`') ? `"${key}"` : `\`${key}\``
}

/** A value in single quotes, or in double ones where it holds single ones. */
export function quoteValue(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`
}

const NAMESPACE: Record<Exclude<Kind, 'attribute'>, string> = {
  metric: 'metrics',
  param: 'params',
  tag: 'tags',
}

export function fieldName(kind: Exclude<Kind, 'attribute'>, key: string): string {
  return `${NAMESPACE[kind]}.${quoteKey(key)}`
}

export interface Completion {
  text: string
  detail: string
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

/** The start of the word that the caret is in, backticks and quotes included. */
function wordStart(text: string): number {
  let start = 0
  let quote = ''
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string
    if (quote) {
      if (char === quote) quote = ''
    } else if (char === '`' || char === '"' || char === "'") quote = char
    else if (/[\s=<>!(,]/.test(char)) start = index + 1
  }
  return start
}

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
export function complete(
  text: string,
  caret: number,
  facts: readonly FieldFacts[],
): { from: number; options: Completion[] } {
  const before = text.slice(0, caret)
  const from = wordStart(before)
  const word = before.slice(from).toLowerCase().replace(/[`"']/g, '')
  const options = candidates(before.slice(0, from), facts).filter((option) => {
    const plain = option.text.toLowerCase().replace(/[`"']/g, '')
    return plain.includes(word) && plain !== word
  })
  return { from, options: options.slice(0, 8) }
}
