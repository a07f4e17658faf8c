const EXPRESSION = /^\s*(?:attributes?\.|tags?\.|name\s|creation_time\s|last_update_time\s)/i
const OPERATOR = /=|<|>|\b(?:i?like|in|is)\b/i

/** True where the text is already a filter, not a part of a name. */
export function isExpression(text: string): boolean {
  return EXPRESSION.test(text) && OPERATOR.test(text)
}

/** The filter for what was typed into the search field of experiments. */
export function experimentFilter(text: string): string {
  const trimmed = text.trim()
  if (!trimmed) return ''
  if (isExpression(trimmed)) return trimmed
  // A value may stand in either kind of quotes; a name with both is looked up by its longest plain part.
  if (!trimmed.includes("'")) return `name ILIKE '%${trimmed}%'`
  if (!trimmed.includes('"')) return `name ILIKE "%${trimmed}%"`
  const plain = trimmed.split(/['"]/).sort((a, b) => b.length - a.length)[0]
  return `name ILIKE '%${plain}%'`
}
