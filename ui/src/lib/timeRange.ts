// Which time a view is about: a length up to now, or a part between two moments.

export const RANGES = [
  { value: '15m', label: 'Last 15 minutes', length: 15 * 60_000 },
  { value: '1h', label: 'Last hour', length: 3_600_000 },
  { value: '24h', label: 'Last 24 hours', length: 86_400_000 },
  { value: '7d', label: 'Last 7 days', length: 7 * 86_400_000 },
  { value: '30d', label: 'Last 30 days', length: 30 * 86_400_000 },
] as const

export type RangeName = (typeof RANGES)[number]['value']
export const RANGE_NAMES = RANGES.map((range) => range.value) as [RangeName, ...RangeName[]]

export interface TimeRange {
  range?: RangeName
  /** ISO times; either may be absent. */
  from?: string
  to?: string
}

/** Milliseconds since 1970, first and last; undefined where there is no limit. */
export function limits(range: TimeRange, now: number): { from?: number; to?: number } {
  const known = RANGES.find((each) => each.value === range.range)
  if (known) return { from: now - known.length }
  const parse = (text: string | undefined) => {
    const time = Date.parse(text ?? '')
    return Number.isNaN(time) ? undefined : time
  }
  return { from: parse(range.from), to: parse(range.to) }
}
