import { useMemo } from 'react'
import type { ChartRun } from '~/features/tracking/metrics/history'
import { MetricCharts } from '~/features/tracking/metrics/MetricCharts'
import type { ChartSettings } from '~/features/tracking/metrics/settings'
import { SYSTEM_PREFIX } from '~/features/tracking/runs/fields'
import { PALETTE } from '~/lib/palette'
import { isLive, runName } from '~/lib/runs'
import type { Run } from '~/lib/wire'

interface Props {
  run: Run
  system: boolean
  settings: ChartSettings
  onSettings: (change: Partial<ChartSettings>) => void
}

/** The charts of one run: its own metrics, or those of the machine that it ran on. */
export default function RunCharts({ run, system, settings, onSettings }: Props) {
  const { run_id: id, start_time: start } = run.info
  const name = runName(run)
  const live = isLive(run)
  const runs = useMemo(
    (): ChartRun[] => [{ id, name, color: PALETTE[0], start, live }],
    [id, name, start, live],
  )
  const keys = (run.data.metrics ?? [])
    .filter((metric) => metric.key.startsWith(SYSTEM_PREFIX) === system)
    // A history makes a chart; single values follow behind.
    .sort(
      (a, b) =>
        Number((b.step ?? 0) > 0) - Number((a.step ?? 0) > 0) ||
        a.key.localeCompare(b.key, 'en', { numeric: true }),
    )
    .map((metric) => metric.key)
    .join('\n')
  const metrics = useMemo(
    () => (keys ? keys.split('\n').map((key) => ({ key, runIds: new Set([id]) })) : []),
    [keys, id],
  )
  return <MetricCharts runs={runs} metrics={metrics} settings={settings} onSettings={onSettings} />
}
