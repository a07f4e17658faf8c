import { queryOptions } from '@tanstack/react-query'
import { post } from '~/lib/api'
import { limits, type TimeRange } from '~/lib/timeRange'
import { type Trace, traceStart } from '~/lib/traces'

/** The whole number of milliseconds that a page of charts is about. */
export interface TimeSpan {
  from: number
  to: number
  /** Length of a bucket, in milliseconds. */
  interval: number
}

interface Aggregation {
  aggregation_type: 'COUNT' | 'SUM' | 'AVG' | 'PERCENTILE'
  percentile_value?: number
}

export const COUNT: Aggregation = { aggregation_type: 'COUNT' }
export const SUM: Aggregation = { aggregation_type: 'SUM' }
export const AVERAGE: Aggregation = { aggregation_type: 'AVG' }
export const percentile = (value: number): Aggregation => ({
  aggregation_type: 'PERCENTILE',
  percentile_value: value,
})

export interface DataPoint {
  dimensions?: Record<string, string>
  values?: Record<string, number>
}

interface Page {
  data_points?: DataPoint[]
  next_page_token?: string
}

interface Question {
  view: 'TRACES' | 'SPANS' | 'ASSESSMENTS'
  metric: string
  aggregations: Aggregation[]
  dimensions?: string[]
  filters?: string[]
  /** One value a bucket of time, rather than one of all. */
  overTime?: boolean
}

const MOST_PAGES = 10

export const metricQuery = (experimentId: string, span: TimeSpan, question: Question) =>
  queryOptions({
    queryKey: ['traces', 'metrics', experimentId, span, question],
    queryFn: async ({ signal }) => {
      const points: DataPoint[] = []
      let token: string | undefined
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await post<Page>(
          '3.0/traces/metrics',
          {
            experiment_ids: [experimentId],
            view_type: question.view,
            metric_name: question.metric,
            aggregations: question.aggregations,
            dimensions: question.dimensions,
            filters: question.filters,
            time_interval_seconds: question.overTime ? span.interval / 1000 : undefined,
            start_time_ms: span.from,
            end_time_ms: span.to,
            page_token: token,
          },
          signal,
        )
        points.push(...(answer.data_points ?? []))
        token = answer.next_page_token || undefined
        if (!token) break
      }
      return points
    },
    staleTime: 30_000,
  })

const SECOND = 1000
const INTERVALS = [30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 86_400, 604_800].map(
  (seconds) => seconds * SECOND,
)
const MOST_BUCKETS = 60

/** A span of time in whole buckets, few enough to tell apart. */
export function spanOf(from: number, to: number): TimeSpan {
  const interval =
    INTERVALS.find((each) => (to - from) / each <= MOST_BUCKETS) ?? 4 * 7 * 86_400 * SECOND
  return {
    from: Math.floor(from / interval) * interval,
    to: Math.ceil(to / interval) * interval - 1,
    interval,
  }
}

/** What the range means now; without limits, from the first trace to the last. */
export const spanQuery = (experimentId: string, range: TimeRange) =>
  queryOptions({
    queryKey: ['traces', 'metrics-span', experimentId, range],
    queryFn: async ({ signal }) => {
      const now = Date.now()
      const { from, to } = limits(range, now)
      const edge = async (order: 'ASC' | 'DESC') => {
        const { traces = [] } = await post<{ traces?: Trace[] }>(
          '3.0/traces/search',
          {
            locations: [
              { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
            ],
            order_by: [`timestamp_ms ${order}`],
            max_results: 1,
          },
          signal,
        )
        return traces[0] && traceStart(traces[0])
      }
      const [first, last] = await Promise.all([edge('ASC'), edge('DESC')])
      // An experiment without a trace has nothing to draw.
      if (first === undefined || last === undefined) return null
      return spanOf(from ?? first, to ?? (range.range ? Math.max(now, last) : last + SECOND))
    },
    staleTime: 30_000,
    refetchInterval: 60_000,
  })

/** The starts of all buckets. */
export function bucketStarts({ from, to, interval }: TimeSpan): number[] {
  const count = Math.ceil((to + 1 - from) / interval)
  return Array.from({ length: Math.min(count, 400) }, (_, index) => from + index * interval)
}

/** Milliseconds of the bucket that a point is of. */
export const bucketOf = (point: DataPoint) => Date.parse(point.dimensions?.time_bucket ?? '')

/** The values of points at each bucket; undefined where there is none. */
export function alongTime(
  span: TimeSpan,
  points: readonly DataPoint[],
  read: (point: DataPoint) => number | undefined,
): (number | undefined)[] {
  const found = new Map(points.map((point) => [bucketOf(point), read(point)]))
  return bucketStarts(span).map((start) => found.get(start))
}

/** The value of a percentile, whose name the server writes as "P50.0" or "P50". */
export function percentileValue(point: DataPoint | undefined, value: number): number | undefined {
  return point?.values?.[`P${value}.0`] ?? point?.values?.[`P${value}`]
}

export function groupBy(points: readonly DataPoint[], dimension: string): Map<string, DataPoint[]> {
  const groups = new Map<string, DataPoint[]>()
  for (const point of points) {
    const key = point.dimensions?.[dimension] ?? ''
    const group = groups.get(key)
    if (group) group.push(point)
    else groups.set(key, [point])
  }
  return groups
}
