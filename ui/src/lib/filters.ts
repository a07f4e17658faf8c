// What the filter languages of runs and traces have in common.

/** A key as the filter language wants it: bare where it can be, else in backticks or double quotes. */
export function quoteKey(key: string): string {
  if (/^[A-Za-z_]\w*$/.test(key)) return key
  return key.includes('`') ? `"${key}"` : `\`${key}\``
}

/** A value in single quotes, or in double ones where it holds single ones. */
export function quoteValue(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`
}

export interface Completion {
  text: string
  detail: string
}

export interface Completions {
  /** Where the text begins that an option would replace. */
  from: number
  options: Completion[]
}

const MOST_OPTIONS = 8

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

/** What could stand at the caret, of what `candidates` knows to follow the text before the word. */
export function completeWord(
  text: string,
  caret: number,
  candidates: (before: string) => Completion[],
): Completions {
  const before = text.slice(0, caret)
  const from = wordStart(before)
  const plain = (word: string) => word.toLowerCase().replace(/[`"']/g, '')
  const word = plain(before.slice(from))
  const options = candidates(before.slice(0, from)).filter(
    (option) => plain(option.text).includes(word) && plain(option.text) !== word,
  )
  return { from, options: options.slice(0, MOST_OPTIONS) }
}
