import { useMemo } from 'react'
import { MetricCharts } from '~/features/tracking/metrics/MetricCharts'
import type { ChartSettings } from '~/features/tracking/metrics/settings'
import type { Run } from '~/lib/wire'
import { chartRuns, drawnMetrics } from '~/routes/-drawnMetrics'

interface Props {
  runs: Run[]
  colors: ReadonlyMap<string, string>
  settings: ChartSettings
  onSettings: (change: Partial<ChartSettings>) => void
}

export default function CompareCharts({ runs, colors, settings, onSettings }: Props) {
  const lines = useMemo(() => chartRuns(runs, colors), [runs, colors])
  const metrics = useMemo(() => drawnMetrics(runs), [runs])
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <ul
        aria-label="Runs"
        className="flex shrink-0 flex-wrap gap-x-4 gap-y-1 border-b px-4 py-2 text-xs md:px-5"
      >
        {lines.map((line) => (
          <li key={line.id} className="flex max-w-56 items-center gap-1.5">
            <span
              aria-hidden
              className="size-2 shrink-0 rounded-full"
              style={{ background: line.color }}
            />
            <span className="truncate">{line.name}</span>
          </li>
        ))}
      </ul>
      <MetricCharts runs={lines} metrics={metrics} settings={settings} onSettings={onSettings} />
    </div>
  )
}
