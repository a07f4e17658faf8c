import type { ChartRun } from '~/features/tracking/metrics/history'
import { SYSTEM_PREFIX } from '~/features/tracking/runs/fields'
import { isLive, runName } from '~/lib/runs'
import type { Run } from '~/lib/wire'

export function chartRuns(runs: readonly Run[], colors: ReadonlyMap<string, string>): ChartRun[] {
  return runs.map((run) => ({
    id: run.info.run_id,
    name: runName(run),
    color: colors.get(run.info.run_id) ?? '',
    start: run.info.start_time,
    live: isLive(run),
  }))
}

/**
 * Every metric that one of the runs has, with the runs that have it. Those that are the same for all
 * runs come late, those of the machine last.
 */
export function drawnMetrics(runs: readonly Run[]): { key: string; runIds: Set<string> }[] {
  const byKey = new Map<string, { runIds: Set<string>; values: Set<unknown> }>()
  for (const run of runs) {
    for (const { key, value } of run.data.metrics ?? []) {
      const known = byKey.get(key) ?? { runIds: new Set(), values: new Set() }
      byKey.set(key, known)
      known.runIds.add(run.info.run_id)
      known.values.add(value)
    }
  }
  const rank = (key: string, values: Set<unknown>) =>
    Number(key.startsWith(SYSTEM_PREFIX)) * 2 + Number(values.size === 1 && runs.length > 1)
  return [...byKey]
    .map(([key, { runIds, values }]) => ({ key, runIds, rank: rank(key, values) }))
    .sort((a, b) => a.rank - b.rank || a.key.localeCompare(b.key, 'en', { numeric: true }))
}
