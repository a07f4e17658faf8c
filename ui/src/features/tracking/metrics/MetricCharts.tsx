import { ChartLine, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { classes } from '~/components/classes'
import { EmptyState } from '~/components/EmptyState'
import { ChartCard } from '~/features/tracking/metrics/ChartCard'
import { ChartToolbar } from '~/features/tracking/metrics/ChartToolbar'
import type { ChartRun } from '~/features/tracking/metrics/history'
import { sectionsOf } from '~/features/tracking/metrics/sections'
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
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const fold = (prefix: string) => {
    const next = new Set(folded)
    if (!next.delete(prefix)) next.add(prefix)
    setFolded(next)
  }
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
          <div className="flex flex-col gap-5">
            {sectionsOf(shown).map(({ prefix, metrics: own }, index, all) => (
              <div key={prefix} className="flex flex-col gap-2">
                {all.length > 1 && (
                  <button
                    type="button"
                    aria-expanded={!folded.has(prefix)}
                    onClick={() => fold(prefix)}
                    className="flex h-6 items-center gap-1.5 self-start rounded-sm text-sm font-semibold hover:text-accent"
                  >
                    <ChevronRight
                      size={13}
                      className={classes(
                        'text-faint transition-transform duration-100',
                        !folded.has(prefix) && 'rotate-90',
                      )}
                    />
                    {prefix || (index === 0 ? 'Metrics' : 'Other metrics')}
                    <span className="font-normal text-faint tabular">{own.length}</span>
                  </button>
                )}
                {!folded.has(prefix) && (
                  <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,340px),1fr))] gap-3">
                    {own.map((metric) => (
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
              </div>
            ))}
          </div>
        )}
      </section>
    </div>
  )
}
