import { type QueryClient, queryOptions } from '@tanstack/react-query'
import type { Line, XKind } from '~/components/chart/lines'
import { smooth } from '~/components/chart/lines'
import { get } from '~/lib/api'
import { toNumber } from '~/lib/numbers'
import type { Metric } from '~/lib/wire'

export interface ChartRun {
  id: string
  name: string
  color: string
  /** Milliseconds; relative time counts from here. */
  start: number | undefined
  live: boolean
}

/** The server thins each history to about this many points: more than a chart has pixels for is waste. */
const POINTS = 600
const MOST_RUNS = 100

export type Steps = [number, number] | undefined

export const historyQuery = (key: string, runs: readonly ChartRun[], steps: Steps) =>
  queryOptions({
    queryKey: ['history', key, runs.map((run) => run.id), steps],
    queryFn: async ({ signal }) => {
      const { metrics } = await get<{ metrics?: Metric[] }>(
        'metrics/get-history-bulk-interval',
        {
          run_ids: runs.slice(0, MOST_RUNS).map((run) => run.id),
          metric_key: key,
          max_results: POINTS,
          start_step: steps?.[0],
          end_step: steps?.[1],
        },
        signal,
      )
      return metrics ?? []
    },
    enabled: runs.length > 0,
    staleTime: runs.some((run) => run.live) ? 10_000 : 5 * 60_000,
  })

/** Adds points that have just been logged to the histories that are shown. */
export function addPoints(client: QueryClient, points: readonly Metric[]): void {
  if (points.length === 0) return
  for (const [queryKey, data] of client.getQueriesData<Metric[]>({ queryKey: ['history'] })) {
    const [, key, ids, steps] = queryKey as [string, string, string[], Steps]
    const own = points.filter(
      ({ key: name, run_id = '', step = 0 }) =>
        name === key && ids.includes(run_id) && (!steps || (step >= steps[0] && step <= steps[1])),
    )
    if (!data || own.length === 0) continue
    client.setQueryData<Metric[]>(queryKey, [...data, ...own])
    // The server thins what has grown far beyond what a chart can show.
    if (data.length > ids.length * POINTS * 2) void client.invalidateQueries({ queryKey })
  }
}

function position(metric: Metric, run: ChartRun, kind: XKind): number {
  if (kind === 'step') return metric.step ?? 0
  if (kind === 'time') return metric.timestamp / 1000
  return (metric.timestamp - (run.start ?? metric.timestamp)) / 1000
}

/** One line a run; where smoothed, the raw values stand pale behind it. */
export function toLines(
  metrics: readonly Metric[],
  runs: readonly ChartRun[],
  kind: XKind,
  weight: number,
): Line[] {
  const byRun = new Map<string, Metric[]>()
  for (const metric of metrics) {
    const id = metric.run_id ?? ''
    const list = byRun.get(id)
    if (list) list.push(metric)
    else byRun.set(id, [metric])
  }
  return runs.flatMap((run) => {
    const points = (byRun.get(run.id) ?? [])
      .map((metric) => ({
        x: position(metric, run, kind),
        y: toNumber(metric.value),
        at: metric.timestamp,
      }))
      .sort((a, b) => a.x - b.x || a.at - b.at)
      // Values of the same x: the last one counts, as in the table.
      .filter((point, index, all) => point.x !== all[index + 1]?.x)
    if (points.length === 0) return []
    const raw: Line = {
      id: run.id,
      label: run.name,
      color: run.color,
      x: points.map((point) => point.x),
      y: points.map((point) => (Number.isFinite(point.y) ? point.y : null)),
    }
    if (weight === 0 || points.length < 3) return [raw]
    return [
      { ...raw, faint: true },
      { ...raw, y: smooth(raw.y, weight) },
    ]
  })
}
