import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { classes } from '~/components/classes'
import { Card } from '~/features/traces/overview/Card'
import type { ChartProps } from '~/features/traces/overview/charts'
import {
  AVERAGE,
  COUNT,
  type DataPoint,
  groupBy,
  metricQuery,
} from '~/features/traces/overview/metrics'
import { verdictOf } from '~/lib/assessments'
import { quoteKey, quoteValue } from '~/lib/filters'
import { formatCount, formatShare } from '~/lib/numbers'
import { attributeValue } from '~/lib/spans'
import { formatDuration } from '~/lib/time'

const NOTHING: DataPoint[] = []
const HEIGHT = 120
const MOST_ROWS = 12
const MOST_VALUES = 5

const countOf = (points: readonly DataPoint[]) =>
  points.reduce((sum, point) => sum + (point.values?.COUNT ?? 0), 0)

interface Value {
  text: string
  count: number
  raw: unknown
}

/** How often each assessment had which value; a value leads to its traces. */
export function AssessmentValues({ experimentId, span, onPick }: ChartProps) {
  const query = useQuery(
    metricQuery(experimentId, span, {
      view: 'ASSESSMENTS',
      metric: 'assessment_count',
      aggregations: [COUNT],
      dimensions: ['assessment_name', 'assessment_value'],
    }),
  )
  const rows = useMemo(
    () =>
      [...groupBy(query.data ?? NOTHING, 'assessment_name')]
        .map(([name, points]) => ({
          name,
          total: countOf(points),
          values: points
            .map((point): Value => {
              const raw = attributeValue(point.dimensions?.assessment_value)
              return {
                raw,
                text: typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? 'none'),
                count: point.values?.COUNT ?? 0,
              }
            })
            .sort((a, b) => b.count - a.count),
        }))
        .filter((row) => row.values.some(({ raw }) => typeof raw !== 'object' || raw === null))
        .sort((a, b) => a.name.localeCompare(b.name))
        .slice(0, MOST_ROWS),
    [query.data],
  )
  return (
    <Card
      title="Assessments"
      pending={query.isPending}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={rows.length === 0 ? 'Nothing was assessed in this time' : undefined}
      height={HEIGHT}
    >
      <ul className="flex flex-col gap-2.5 px-2 pb-2">
        {rows.map((row) => (
          <li key={row.name} className="min-w-0">
            <div className="flex justify-between gap-3 pb-1 text-xs">
              <span className="truncate font-medium" title={row.name}>
                {row.name}
              </span>
              <span className="text-faint tabular">{formatCount(row.total)}</span>
            </div>
            {row.values.length > MOST_VALUES ? (
              <p className="text-xs text-muted">{row.values.length} different values</p>
            ) : (
              <div className="flex h-5 gap-px overflow-hidden rounded-sm">
                {row.values.map((value) => (
                  <button
                    key={value.text}
                    type="button"
                    title={`${value.text}: ${value.count}`}
                    onClick={() => onPick(span.from, span.to, filterFor(row.name, value.raw))}
                    style={{ flexGrow: value.count }}
                    className={classes(
                      'min-w-8 truncate px-1.5 text-left text-2xs leading-5 font-medium hover:brightness-95',
                      TONES[verdictOf(value.raw)],
                    )}
                  >
                    {value.text} {formatCount(value.count)}
                  </button>
                ))}
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

const TONES = {
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  neutral: 'bg-pressed text-ink',
} as const

function filterFor(name: string, value: unknown): string {
  const written =
    typeof value === 'number' ? String(value) : quoteValue(String(value).replaceAll('\n', ' '))
  return `feedback.${quoteKey(name)} = ${written}`
}

/** The tools that agents called: how often, how long, and how many calls failed. */
export function Tools({ experimentId, span, onPick }: ChartProps) {
  const filters = ["span.type = 'TOOL'"]
  const counts = useQuery(
    metricQuery(experimentId, span, {
      view: 'SPANS',
      metric: 'span_count',
      aggregations: [COUNT],
      dimensions: ['span_name', 'span_status'],
      filters,
    }),
  )
  const latencies = useQuery(
    metricQuery(experimentId, span, {
      view: 'SPANS',
      metric: 'latency',
      aggregations: [AVERAGE],
      dimensions: ['span_name'],
      filters,
    }),
  )
  const rows = useMemo(() => {
    const latency = groupBy(latencies.data ?? NOTHING, 'span_name')
    return [...groupBy(counts.data ?? NOTHING, 'span_name')]
      .map(([name, points]) => ({
        name,
        calls: countOf(points),
        failed: countOf(points.filter((point) => point.dimensions?.span_status === 'ERROR')),
        latency: latency.get(name)?.[0]?.values?.AVG,
      }))
      .sort((a, b) => b.calls - a.calls)
      .slice(0, MOST_ROWS)
  }, [counts.data, latencies.data])
  return (
    <Card
      title="Tools"
      pending={counts.isPending}
      error={counts.error}
      onRetry={() => void counts.refetch()}
      empty={rows.length === 0 ? 'No tool was called in this time' : undefined}
      height={HEIGHT}
    >
      <table className="w-full table-fixed text-left">
        <thead className="text-xs text-faint">
          <tr>
            <th className="px-2 py-1 font-medium">Tool</th>
            <th className="w-20 px-2 py-1 text-right font-medium">Calls</th>
            <th className="w-20 px-2 py-1 text-right font-medium">Failed</th>
            <th className="w-24 px-2 py-1 text-right font-medium">Latency</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} className="border-t border-line/70 hover:bg-hover">
              <th scope="row" className="truncate px-2 py-1 font-normal">
                <button
                  type="button"
                  className="max-w-full truncate hover:underline"
                  onClick={() => onPick(span.from, span.to, `span.name = ${quoteValue(row.name)}`)}
                >
                  {row.name}
                </button>
              </th>
              <td className="px-2 py-1 text-right text-muted tabular">{formatCount(row.calls)}</td>
              <td
                className={classes(
                  'px-2 py-1 text-right tabular',
                  row.failed > 0 ? 'text-bad' : 'text-faint',
                )}
              >
                {row.failed > 0 ? formatShare(row.failed / row.calls) : '0'}
              </td>
              <td className="px-2 py-1 text-right text-muted tabular">
                {row.latency === undefined ? '' : formatDuration(row.latency)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
