import { useMemo, useState } from 'react'
import { MetricCharts } from '~/features/tracking/metrics/MetricCharts'
import type { ChartSettings } from '~/features/tracking/metrics/settings'
import { RunPicker } from '~/features/tracking/runs/RunPicker'
import type { RunRow } from '~/features/tracking/runs/tree'
import { assignColors } from '~/lib/palette'
import type { Run } from '~/lib/wire'
import { chartRuns, drawnMetrics } from '~/routes/-drawnMetrics'

interface Props {
  runs: Run[]
  rows: RunRow[]
  selection: string[]
  onSelection: (ids: string[]) => void
  settings: ChartSettings
  onSettings: (change: Partial<ChartSettings>) => void
  onEnd: () => void
}

const DRAWN_AT_FIRST = 12
const MOST_DRAWN = 100

/** The charts of an experiment beside its runs. Nested runs are drawn whether or not they are folded. */
export default function RunsCharts(props: Props) {
  const { runs, rows, selection, onSelection, settings, onSettings, onEnd } = props
  const [highlighted, setHighlighted] = useState<string>()
  const drawn = useMemo(() => {
    if (selection.length === 0) {
      return runs.filter((run) => (run.data.metrics ?? []).length > 0).slice(0, DRAWN_AT_FIRST)
    }
    const chosen = new Set(selection)
    return runs.filter((run) => chosen.has(run.info.run_id)).slice(0, MOST_DRAWN)
  }, [runs, selection])
  const colors = useMemo(() => assignColors(drawn.map((run) => run.info.run_id)), [drawn])
  const lines = useMemo(() => chartRuns(drawn, colors), [drawn, colors])
  const metrics = useMemo(() => drawnMetrics(drawn), [drawn])
  return (
    <div className="flex min-h-0 flex-1">
      <div className="hidden w-64 shrink-0 flex-col border-r md:flex">
        <p className="flex h-11 shrink-0 items-center justify-between border-b px-3 text-xs text-faint">
          <span>
            {selection.length > 0
              ? `${drawn.length} chosen`
              : `The first ${drawn.length} are drawn`}
          </span>
        </p>
        <RunPicker
          rows={rows}
          colors={colors}
          selection={selection}
          onSelection={onSelection}
          onHighlight={setHighlighted}
          onEnd={onEnd}
        />
      </div>
      <MetricCharts
        runs={lines}
        metrics={metrics}
        settings={settings}
        onSettings={onSettings}
        highlighted={highlighted}
      />
    </div>
  )
}
