import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartColumn } from 'lucide-react'
import { Button } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { RangePicker } from '~/components/RangePicker'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import {
  type ChartProps,
  CostChart,
  LatencyChart,
  QualityChart,
  TokensChart,
  VolumeChart,
} from '~/features/traces/overview/charts'
import { spanQuery } from '~/features/traces/overview/metrics'
import { AssessmentValues, Tools } from '~/features/traces/overview/tables'
import { formatDuration } from '~/lib/time'
import type { TimeRange } from '~/lib/timeRange'
import { firstTraceSnippet } from '~/lib/traceSnippets'

interface Props {
  experimentId: string
  experiment: string
  range: TimeRange
  onRange: (range: TimeRange) => void
  onPick: ChartProps['onPick']
}

const iso = (time: number) => new Date(time).toISOString()

/** How an application does over time: volume, latency, errors, tokens, cost and quality. */
export default function Overview({ experimentId, experiment, range, onRange, onPick }: Props) {
  const query = useQuery({ ...spanQuery(experimentId, range), placeholderData: keepPreviousData })
  if (query.isPending) return <SkeletonLines lines={12} height={48} />
  if (query.isError && query.data === undefined)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) {
    return (
      <EmptyState title="Nothing to watch yet" icon={<ChartColumn size={18} />}>
        <p>Charts of volume, latency, errors, tokens, cost and quality grow from traces.</p>
        <Snippet code={firstTraceSnippet(experiment)} />
      </EmptyState>
    )
  }
  const span = query.data
  const props: ChartProps = {
    experimentId,
    span,
    onPick,
    onZoom: (from, to) => onRange({ from: iso(from), to: iso(to) }),
  }
  const custom = Boolean(range.from || range.to)
  return (
    <>
      <div className="flex items-center gap-3 border-b px-4 py-2.5 md:px-5">
        <RangePicker value={range} onChange={onRange} />
        {custom && (
          <Button kind="plain" onClick={() => onRange({})}>
            Show all
          </Button>
        )}
        <span className="hidden text-xs text-faint sm:inline">
          {formatDuration(span.interval)} a point; drag over a line to zoom, click a bar for its
          traces
        </span>
      </div>
      <div
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto bg-canvas p-3 focus-visible:-outline-offset-2 md:p-4"
      >
        <div className="mx-auto grid max-w-[1500px] gap-3 lg:grid-cols-2">
          <VolumeChart {...props} />
          <LatencyChart {...props} />
          <QualityChart {...props} />
          <TokensChart {...props} />
          <CostChart {...props} />
          <AssessmentValues {...props} />
          <Tools {...props} />
        </div>
      </div>
    </>
  )
}
