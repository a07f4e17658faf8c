export type XKind = 'step' | 'relative' | 'time'

export interface Line {
  id: string
  label: string
  color: string
  x: number[]
  y: (number | null)[]
  /** Drawn thin and pale and left out of the hover card: the raw values behind a smoothed line. */
  faint?: boolean
}

/**
 * Exponential moving average whose first values are not pulled towards zero. Weight 0 changes
 * nothing, towards 1 it smooths more. Gaps stay gaps.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let average = 0
  let seen = 0
  return values.map((value) => {
    if (value === null) return null
    average = average * weight + (1 - weight) * value
    seen += 1
    return average / (1 - weight ** seen)
  })
}

/** The point of a line whose x is nearest; x ascends. */
export function nearestPoint(line: Line, x: number): { x: number; y: number } | undefined {
  let low = 0
  let high = line.x.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((line.x[middle] ?? 0) < x) low = middle + 1
    else high = middle
  }
  let best: { x: number; y: number } | undefined
  for (const index of [low - 1, low]) {
    const px = line.x[index]
    const py = line.y[index]
    if (px === undefined || py === null || py === undefined) continue
    if (!best || Math.abs(px - x) < Math.abs(best.x - x)) best = { x: px, y: py }
  }
  return best
}
