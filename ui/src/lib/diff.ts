/** A run of text that both sides share, or only one has. */
export interface Part {
  text: string
  changed: boolean
}

export interface DiffRow {
  /** Absent where the line is only on the other side. */
  left?: Part[]
  right?: Part[]
  same: boolean
}

type Step = 'same' | 'removed' | 'added'

/** Above this product of lengths only equal heads and tails are told apart. */
const MOST_CELLS = 4_000_000

/** The shortest way from one list to the other, by their longest common subsequence. */
function steps(left: readonly string[], right: readonly string[]): Step[] {
  let head = 0
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1
  let tail = 0
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail += 1
  const a = left.slice(head, left.length - tail)
  const b = right.slice(head, right.length - tail)
  return [
    ...Array<Step>(head).fill('same'),
    ...(a.length * b.length > MOST_CELLS
      ? [...Array<Step>(a.length).fill('removed'), ...Array<Step>(b.length).fill('added')]
      : middle(a, b)),
    ...Array<Step>(tail).fill('same'),
  ]
}

function middle(a: readonly string[], b: readonly string[]): Step[] {
  const width = b.length + 1
  // common[i * width + j]: how much a from i and b from j have in common.
  const common = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0)
    }
  }
  const found: Step[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push('same')
      i += 1
      j += 1
    } else if (
      j >= b.length ||
      (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      found.push('removed')
      i += 1
    } else {
      found.push('added')
      j += 1
    }
  }
  return found
}

/** The words that differ between two lines that stand beside each other. */
function words(left: string, right: string): { left: Part[]; right: Part[] } {
  const split = (text: string) => text.match(/\w+|\s+|[^\w\s]/g) ?? []
  const a = split(left)
  const b = split(right)
  const parts = { left: [] as Part[], right: [] as Part[] }
  const push = (side: Part[], text: string, changed: boolean) => {
    const last = side.at(-1)
    if (last?.changed === changed) last.text += text
    else side.push({ text, changed })
  }
  let i = 0
  let j = 0
  for (const step of steps(a, b)) {
    if (step !== 'added') push(parts.left, a[i] ?? '', step !== 'same')
    if (step !== 'removed') push(parts.right, b[j] ?? '', step !== 'same')
    if (step !== 'added') i += 1
    if (step !== 'removed') j += 1
  }
  return parts
}

/** Two texts line by line, changed lines beside each other with the words that differ. */
export function diffText(left: string, right: string): DiffRow[] {
  // An empty text has no line, rather than an empty one.
  const a = left ? left.split('\n') : []
  const b = right ? right.split('\n') : []
  const rows: DiffRow[] = []
  let removed: string[] = []
  let added: string[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      const before = removed[at]
      const after = added[at]
      if (before !== undefined && after !== undefined) {
        rows.push({ ...words(before, after), same: false })
      } else {
        rows.push({
          left: before === undefined ? undefined : [{ text: before, changed: true }],
          right: after === undefined ? undefined : [{ text: after, changed: true }],
          same: false,
        })
      }
    }
    removed = []
    added = []
  }
  let i = 0
  let j = 0
  for (const step of steps(a, b)) {
    if (step === 'removed') removed.push(a[i] ?? '')
    else if (step === 'added') added.push(b[j] ?? '')
    else {
      flush()
      const part = [{ text: a[i] ?? '', changed: false }]
      rows.push({ left: part, right: part, same: true })
    }
    if (step !== 'added') i += 1
    if (step !== 'removed') j += 1
  }
  flush()
  return rows
}
