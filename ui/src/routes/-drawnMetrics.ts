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

/** Every metric that one of the runs has, with the runs that have it; those of the machine come last. */
export function drawnMetrics(runs: readonly Run[]): { key: string; runIds: Set<string> }[] {
  const byKey = new Map<string, Set<string>>()
  for (const run of runs) {
    for (const { key } of run.data.metrics ?? []) {
      const ids = byKey.get(key)
      if (ids) ids.add(run.info.run_id)
      else byKey.set(key, new Set([run.info.run_id]))
    }
  }
  const system = (key: string) => Number(key.startsWith(SYSTEM_PREFIX))
  return [...byKey]
    .map(([key, runIds]) => ({ key, runIds }))
    .sort(
      (a, b) =>
        system(a.key) - system(b.key) || a.key.localeCompare(b.key, 'en', { numeric: true }),
    )
}
