import { parseObject } from '~/lib/traces'

const TELLING = [
  'question',
  'query',
  'prompt',
  'input',
  'text',
  'content',
  'answer',
  'output',
  'response',
]

function find(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > 4) return undefined
  if (Array.isArray(value)) return find(value.at(-1), depth + 1)
  const object = value as Record<string, unknown>
  for (const key of ['messages', 'choices', 'message', ...TELLING]) {
    const found = key in object ? find(object[key], depth + 1) : undefined
    if (found) return found
  }
  return undefined
}

/** What a trace was asked or answered: out of JSON, the words that tell the most. */
export function previewText(preview: string | undefined): string {
  if (!preview) return ''
  const parsed = /^\s*[[{]/.test(preview) ? parseObject(preview) : undefined
  return (parsed && find(parsed, 0)) || preview.replace(/^"(.*)"$/s, '$1')
}

/** The same on one line, without the marks of Markdown. */
export function previewLine(preview: string | undefined): string {
  return previewText(preview)
    .replaceAll(/\*\*|`+|^#+ /gm, '')
    .replaceAll(/\s+|\\n/g, ' ')
    .trim()
}

/** The server cuts previews at this length. */
const PREVIEW = 1000

export function isCut(preview: string | undefined): boolean {
  return (preview?.length ?? 0) >= PREVIEW - 10
}
