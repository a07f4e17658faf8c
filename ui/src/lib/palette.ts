/** Line colours that stay apart from each other on light and on dark ground. */
export const PALETTE = [
  '#1c86c4',
  '#e0772b',
  '#2c9f6b',
  '#c4497f',
  '#8466d1',
  '#b8901f',
  '#159aa5',
  '#d1544a',
  '#6a8f2f',
  '#a05bb5',
  '#4f79d6',
  '#9a6b43',
] as const

function hash(id: string): number {
  let value = 2166136261
  for (let index = 0; index < id.length; index += 1) {
    value = Math.imul(value ^ id.charCodeAt(index), 16777619)
  }
  return value >>> 0
}

/**
 * A colour for each id. An id has the same colour wherever it stands, unless another one of the same
 * set took it first: then the next free one, so that up to twelve lines never look alike.
 */
export function assignColors(ids: readonly string[]): Map<string, string> {
  const colors = new Map<string, string>()
  let taken = new Set<number>()
  for (const id of ids) {
    if (colors.has(id)) continue
    if (taken.size === PALETTE.length) taken = new Set()
    let slot = hash(id) % PALETTE.length
    while (taken.has(slot)) slot = (slot + 1) % PALETTE.length
    taken.add(slot)
    colors.set(id, PALETTE[slot] ?? PALETTE[0])
  }
  return colors
}
