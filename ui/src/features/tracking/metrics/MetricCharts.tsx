import { ChartLine } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '~/components/EmptyState'
import { ChartCard } from '~/features/tracking/metrics/ChartCard'
import { ChartToolbar } from '~/features/tracking/metrics/ChartToolbar'
import type { ChartRun } from '~/features/tracking/metrics/history'
import type { ChartSettings } from '~/features/tracking/metrics/settings'

interface Props {
  runs: ChartRun[]
  /** The metrics to draw, each with the runs that have it. */
  metrics: { key: string; runIds: ReadonlySet<string> }[]
  settings: ChartSettings
  onSettings: (change: Partial<ChartSettings>) => void
  highlighted?: string
}

/** All metrics of some runs, one chart each. */
export function MetricCharts({ runs, metrics, settings, onSettings, highlighted }: Props) {
  const [search, setSearch] = useState('')
  const [zoom, setZoom] = useState<[number, number]>()
  // A zoom means nothing on another axis.
  const [axis, setAxis] = useState(settings.x)
  if (axis !== settings.x) {
    setAxis(settings.x)
    setZoom(undefined)
  }
  const shown = metrics.filter((metric) => metric.key.toLowerCase().includes(search.toLowerCase()))
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="border-b px-4 py-2 md:px-5">
        <ChartToolbar
          settings={settings}
          onSettings={onSettings}
          search={search}
          onSearch={setSearch}
          zoomed={zoom !== undefined}
          onShowAll={() => setZoom(undefined)}
        />
      </div>
      <section
        aria-label="Charts"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto bg-canvas p-4 md:p-5"
      >
        {metrics.length === 0 ? (
          <EmptyState title="No metrics to draw" icon={<ChartLine size={18} />}>
            These runs have logged none yet. A line appears as soon as{' '}
            <code>mlflow.log_metric</code> is called.
          </EmptyState>
        ) : shown.length === 0 ? (
          <p className="py-10 text-center text-muted">No metric is named like “{search}”.</p>
        ) : (
          <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,340px),1fr))] gap-3">
            {shown.map((metric) => (
              <ChartCard
                key={metric.key}
                metricKey={metric.key}
                runs={runs}
                runIds={metric.runIds}
                settings={settings}
                zoom={zoom}
                onZoom={setZoom}
                highlighted={highlighted}
              />
            ))}
          </div>
        )}
      </section>
    </div>
  )
}
