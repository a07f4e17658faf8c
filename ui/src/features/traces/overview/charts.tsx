import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useMemo } from 'react'
import type { Line } from '~/components/chart/lines'
import { type BarBucket, type BarSeries, TimeBars } from '~/components/chart/TimeBars'
import { Card } from '~/features/traces/overview/Card'
import {
  AVERAGE,
  alongTime,
  bucketStarts,
  COUNT,
  type DataPoint,
  groupBy,
  metricQuery,
  percentile,
  percentileValue,
  SUM,
  type TimeSpan,
} from '~/features/traces/overview/metrics'
import { formatCost, formatCount, formatShare } from '~/lib/numbers'
import { PALETTE } from '~/lib/palette'
import { formatDuration } from '~/lib/time'

const LineChart = lazy(() => import('~/components/chart/LineChart'))

const HEIGHT = 190
const FAILED = 'oklch(0.62 0.19 25)'
const NOTHING: DataPoint[] = []
const MOST_SERIES = 6

export interface ChartProps {
  experimentId: string
  span: TimeSpan
  /** Opens the traces of a part of the time. */
  onPick: (from: number, to: number, filter?: string) => void
  onZoom: (from: number, to: number) => void
}

const colorAt = (index: number) => PALETTE[index] ?? PALETTE[0]

const sumOf = (values: readonly (number | undefined)[]) =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

function stack(span: TimeSpan, rows: (number | undefined)[][]): BarBucket[] {
  return bucketStarts(span).map((start, index) => ({
    start,
    values: rows.map((row) => row[index] ?? 0),
  }))
}

export function VolumeChart({ experimentId, span, onPick }: ChartProps) {
  const query = useQuery(
    metricQuery(experimentId, span, {
      view: 'TRACES',
      metric: 'trace_count',
      aggregations: [COUNT],
      dimensions: ['trace_status'],
      overTime: true,
    }),
  )
  const { good, bad } = useMemo(() => {
    const points = query.data ?? NOTHING
    const along = (failed: boolean) => {
      const own = points.filter((point) => (point.dimensions?.trace_status === 'ERROR') === failed)
      const sums = new Map<string, DataPoint>()
      for (const point of own) {
        const key = point.dimensions?.time_bucket ?? ''
        const before = sums.get(key)?.values?.COUNT ?? 0
        sums.set(key, { ...point, values: { COUNT: before + (point.values?.COUNT ?? 0) } })
      }
      return alongTime(span, [...sums.values()], (point) => point.values?.COUNT)
    }
    return { good: along(false), bad: along(true) }
  }, [query.data, span])
  const [ok, failed] = [sumOf(good), sumOf(bad)]
  const frame = {
    pending: query.isPending,
    error: query.error,
    onRetry: () => void query.refetch(),
  }
  const end = (bucket: BarBucket) => bucket.start + span.interval - 1
  const none = ok + failed === 0 ? 'No traces in this time' : undefined
  return (
    <>
      <Card
        title="Traces"
        value={formatCount(ok + failed)}
        legend={[
          { label: 'OK', color: PALETTE[0] },
          { label: 'Error', color: FAILED },
        ]}
        {...frame}
        empty={none}
        height={HEIGHT}
      >
        <TimeBars
          label="Traces over time"
          least={2}
          series={[
            { id: 'ok', label: 'OK', color: PALETTE[0] },
            { id: 'error', label: 'Error', color: FAILED },
          ]}
          buckets={stack(span, [good, bad])}
          interval={span.interval}
          height={HEIGHT}
          onPick={(bucket) => onPick(bucket.start, end(bucket))}
        />
      </Card>
      <Card
        title="Errors"
        value={ok + failed > 0 && formatShare(failed / (ok + failed))}
        {...frame}
        empty={none ?? (failed === 0 ? 'No trace failed in this time' : undefined)}
        height={HEIGHT}
      >
        <TimeBars
          label="Failed traces over time"
          least={2}
          series={[{ id: 'error', label: 'Failed', color: FAILED }]}
          buckets={stack(span, [bad])}
          interval={span.interval}
          height={HEIGHT}
          onPick={(bucket) => onPick(bucket.start, end(bucket), "status = 'ERROR'")}
        />
      </Card>
    </>
  )
}

const PERCENTILES = [50, 90, 99]

export function LatencyChart({ experimentId, span, onZoom }: ChartProps) {
  const aggregations = PERCENTILES.map(percentile)
  const question = { view: 'TRACES', metric: 'latency', aggregations } as const
  const query = useQuery(metricQuery(experimentId, span, { ...question, overTime: true }))
  const total = useQuery(metricQuery(experimentId, span, question))
  const lines = useMemo(
    () =>
      PERCENTILES.map((share, index) =>
        lineOf(
          span,
          `p${share}`,
          PALETTE[[2, 0, 1][index] ?? 0] ?? PALETTE[0],
          query.data ?? NOTHING,
          (point) => percentileValue(point, share),
        ),
      ),
    [query.data, span],
  )
  const median = percentileValue(total.data?.[0], 50)
  const high = percentileValue(total.data?.[0], 99)
  return (
    <Card
      title="Latency"
      value={
        median !== undefined &&
        high !== undefined &&
        `p50 ${formatDuration(median)}, p99 ${formatDuration(high)}`
      }
      legend={lines}
      pending={query.isPending}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={query.data?.length === 0 ? 'No finished traces in this time' : undefined}
      height={HEIGHT}
    >
      <Lines label="Latency over time" lines={lines} format={formatDuration} onZoom={onZoom} />
    </Card>
  )
}

function lineOf(
  span: TimeSpan,
  label: string,
  color: string,
  points: readonly DataPoint[],
  read: (point: DataPoint) => number | undefined,
): Line {
  const starts = bucketStarts(span)
  const values = alongTime(span, points, read)
  const known = starts.flatMap((start, index) => {
    const y = values[index]
    return y === undefined ? [] : [{ x: start / 1000, y }]
  })
  return { id: label, label, color, x: known.map((each) => each.x), y: known.map((each) => each.y) }
}

interface LinesProps {
  label: string
  lines: Line[]
  format: (value: number) => string
  onZoom: (from: number, to: number) => void
}

function Lines({ label, lines, format, onZoom }: LinesProps) {
  const zoom = useCallback(
    (part: [number, number] | undefined) => part && onZoom(part[0] * 1000, part[1] * 1000),
    [onZoom],
  )
  return (
    <Suspense fallback={<div style={{ height: HEIGHT }} />}>
      <LineChart
        label={label}
        lines={lines}
        xKind="time"
        logY={false}
        height={HEIGHT}
        zoom={undefined}
        onZoom={zoom}
        group="monitoring"
        formatY={format}
      />
    </Suspense>
  )
}

const TOKEN_SERIES: BarSeries[] = [
  { id: 'input', label: 'Input', color: PALETTE[4] },
  { id: 'output', label: 'Output', color: PALETTE[2] },
]

export function TokensChart({ experimentId, span, onPick }: ChartProps) {
  const question = { view: 'TRACES', aggregations: [SUM], overTime: true } as const
  const input = useQuery(
    metricQuery(experimentId, span, { ...question, metric: 'input_tokens', aggregations: [SUM] }),
  )
  const output = useQuery(
    metricQuery(experimentId, span, { ...question, metric: 'output_tokens', aggregations: [SUM] }),
  )
  const rows = useMemo(
    () =>
      [input.data, output.data].map((points) =>
        alongTime(span, points ?? NOTHING, (point) => point.values?.SUM),
      ),
    [input.data, output.data, span],
  )
  const total = sumOf(rows.flat())
  return (
    <Card
      title="Tokens"
      value={formatCount(total)}
      legend={TOKEN_SERIES}
      pending={input.isPending || output.isPending}
      error={input.error ?? output.error}
      onRetry={() => void Promise.all([input.refetch(), output.refetch()])}
      empty={total === 0 ? 'No token usage was recorded in this time' : undefined}
      height={HEIGHT}
    >
      <TimeBars
        label="Tokens over time"
        series={TOKEN_SERIES}
        buckets={stack(span, rows)}
        interval={span.interval}
        height={HEIGHT}
        onPick={(bucket) => onPick(bucket.start, bucket.start + span.interval - 1)}
      />
    </Card>
  )
}

export function CostChart({ experimentId, span, onPick }: ChartProps) {
  const query = useQuery(
    metricQuery(experimentId, span, {
      view: 'SPANS',
      metric: 'total_cost',
      aggregations: [SUM],
      dimensions: ['span_model_name'],
      overTime: true,
    }),
  )
  const { series, rows } = useMemo(() => {
    const models = [...groupBy(query.data ?? NOTHING, 'span_model_name')]
      .map(([name, points]) => {
        const row = alongTime(span, points, (point) => point.values?.SUM)
        return { name: name || 'unknown model', row, total: sumOf(row) }
      })
      .filter((model) => model.total > 0)
      .sort((a, b) => b.total - a.total)
      .slice(0, MOST_SERIES)
    return {
      series: models.map(({ name }, index) => ({
        id: name,
        label: name,
        color: colorAt(index),
      })),
      rows: models.map((model) => model.row),
    }
  }, [query.data, span])
  const total = sumOf(rows.flat())
  return (
    <Card
      title="Cost"
      value={formatCost(total)}
      legend={series}
      pending={query.isPending}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={total === 0 ? 'No cost was recorded in this time' : undefined}
      height={HEIGHT}
    >
      <TimeBars
        label="Cost over time"
        series={series}
        buckets={stack(span, rows)}
        interval={span.interval}
        height={HEIGHT}
        format={formatCost}
        onPick={(bucket) => onPick(bucket.start, bucket.start + span.interval - 1)}
      />
    </Card>
  )
}

const unit = (value: number) => String(Number(value.toFixed(2)))

export function QualityChart({ experimentId, span, onZoom }: ChartProps) {
  const query = useQuery(
    metricQuery(experimentId, span, {
      view: 'ASSESSMENTS',
      metric: 'assessment_value',
      aggregations: [AVERAGE],
      dimensions: ['assessment_name'],
      overTime: true,
    }),
  )
  const lines = useMemo(() => {
    const groups = [...groupBy(query.data ?? NOTHING, 'assessment_name')]
      .filter(([, points]) => points.some((point) => point.values?.AVG !== undefined))
      .sort(([a], [b]) => a.localeCompare(b))
      .slice(0, MOST_SERIES)
    return groups.map(([name, points], index) =>
      lineOf(span, name, colorAt(index), points, (point) => point.values?.AVG),
    )
  }, [query.data, span])
  return (
    <Card
      title="Quality"
      legend={lines}
      pending={query.isPending}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={lines.length === 0 ? 'Nothing was assessed in this time' : undefined}
      height={HEIGHT}
    >
      <Lines label="Average assessments over time" lines={lines} format={unit} onZoom={onZoom} />
    </Card>
  )
}
