/** How much a param has to do with a metric. */
export interface Importance {
  key: string
  /** The share of the metric's variation that the param explains by itself, from 0 to 1. */
  explained: number
  /** Rank correlation from -1 to 1, of numbers only. */
  direction: number | undefined
}

/** Runs in a bin of a numeric param at least, and bins at most. */
const FEWEST = 4
const BINS = 6

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value)
  const result = new Array<number>(values.length).fill(0)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (order[end + 1]?.value === order[start]?.value) end += 1
    for (let at = start; at <= end; at += 1) result[order[at]?.index ?? 0] = (start + end) / 2
    start = end + 1
  }
  return result
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const average = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
  const meanA = average(a)
  const meanB = average(b)
  let both = 0
  let squareA = 0
  let squareB = 0
  a.forEach((x, index) => {
    const dx = x - meanA
    const dy = (b[index] ?? 0) - meanB
    both += dx * dy
    squareA += dx * dx
    squareB += dy * dy
  })
  return squareA > 0 && squareB > 0 ? both / Math.sqrt(squareA * squareB) : 0
}

/** Bins with about as many runs each; equal values stay together. */
function binned(numbers: readonly number[]): string[] {
  const bins = Math.max(2, Math.min(BINS, Math.floor(numbers.length / FEWEST)))
  if (new Set(numbers).size <= bins) return numbers.map(String)
  return ranks(numbers).map((rank) => String(Math.floor((rank * bins) / numbers.length)))
}

/**
 * The share of the ranks' variance that lies between groups, less what as many groups of chance
 * would explain (adjusted eta squared).
 */
function explained(groups: readonly string[], ranked: readonly number[]): number {
  const count = ranked.length
  const mean = ranked.reduce((sum, x) => sum + x, 0) / count
  const byGroup = new Map<string, number[]>()
  groups.forEach((name, index) => {
    byGroup.set(name, [...(byGroup.get(name) ?? []), ranked[index] ?? 0])
  })
  const total = ranked.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  if (total === 0 || byGroup.size < 2 || byGroup.size >= count) return 0
  let within = 0
  for (const members of byGroup.values()) {
    const own = members.reduce((sum, x) => sum + x, 0) / members.length
    within += members.reduce((sum, x) => sum + (x - own) ** 2, 0)
  }
  return Math.max(0, 1 - (within / total) * ((count - 1) / (count - byGroup.size)))
}

/** Fewer runs than this say nothing. */
export const FEWEST_RUNS = 8

/** Each param's part in a metric, the greatest first. Ranks are compared, so no scale matters. */
export function importances(
  params: readonly { key: string; values: readonly (string | undefined)[] }[],
  metric: readonly number[],
): Importance[] {
  return params
    .flatMap(({ key, values }): Importance[] => {
      const known = metric.flatMap((y, index) => {
        const value = values[index]
        return Number.isFinite(y) && value !== undefined ? [{ value, y }] : []
      })
      if (known.length < FEWEST_RUNS || new Set(known.map((each) => each.value)).size < 2) return []
      const ranked = ranks(known.map((each) => each.y))
      const numbers = known.map((each) => (each.value === '' ? Number.NaN : Number(each.value)))
      const isNumeric = numbers.every(Number.isFinite)
      const groups = isNumeric ? binned(numbers) : known.map((each) => each.value)
      return [
        {
          key,
          explained: explained(groups, ranked),
          direction: isNumeric ? correlation(ranks(numbers), ranked) : undefined,
        },
      ]
    })
    .sort((a, b) => b.explained - a.explained || a.key.localeCompare(b.key))
}
