export interface Section<T> {
  /** What the keys have in front of their slash; empty for those without one. */
  prefix: string
  metrics: T[]
}

/** So many charts are seen at a glance without headings. */
const FEW = 8

/**
 * Metrics of one prefix together, as their clients mean it: `train/loss` beside `train/accuracy`.
 * In one piece where that would not tell anything apart. Sections come in the order of their first metric.
 */
export function sectionsOf<T extends { key: string }>(metrics: readonly T[]): Section<T>[] {
  const byPrefix = new Map<string, T[]>()
  for (const metric of metrics) {
    const slash = metric.key.indexOf('/')
    const prefix = slash > 0 ? metric.key.slice(0, slash) : ''
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), metric])
  }
  const worthwhile =
    metrics.length > FEW &&
    byPrefix.size > 1 &&
    [...byPrefix.values()].some((list) => list.length > 1)
  if (!worthwhile) return [{ prefix: '', metrics: [...metrics] }]
  return [...byPrefix].map(([prefix, list]) => ({ prefix, metrics: list }))
}
