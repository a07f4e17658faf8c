import {
  type FieldFacts,
  type FieldKey,
  fieldValue,
  parseField,
} from '~/features/tracking/runs/fields'
import type { RunRow } from '~/features/tracking/runs/tree'
import { toNumber } from '~/lib/numbers'
import { isLive, runSource, runUser } from '~/lib/runs'
import type { Metric, Param, Run } from '~/lib/wire'

// Runs with the same value of a param, a tag or an attribute under one row that sums them up.

const ATTRIBUTES: Record<string, { label: string; of: (run: Run) => string | undefined }> = {
  user: { label: 'User', of: runUser },
  source: { label: 'Source', of: runSource },
  status: { label: 'Status', of: (run) => run.info.status.toLowerCase() },
}

function groupValue(run: Run, key: FieldKey): string {
  const value = key.kind === 'attribute' ? ATTRIBUTES[key.key]?.of(run) : fieldValue(run, key)
  return value === undefined ? '' : String(value)
}

const MOST = 12

/** What runs can be grouped by: attributes, and the params and tags that differ. */
export function groupings(facts: readonly FieldFacts[]): { value: string; label: string }[] {
  const attributes = Object.entries(ATTRIBUTES).map(([key, { label }]) => ({
    value: `attribute:${key}`,
    label,
  }))
  const fields = facts
    .filter((each) => each.kind !== 'metric' && each.varies && each.longest <= 40)
    .sort((a, b) => b.runs - a.runs || a.key.localeCompare(b.key, 'en', { numeric: true }))
    .slice(0, MOST)
    .map((each) => ({ value: each.id, label: each.key }))
  return [...attributes, ...fields]
}

function mean(runs: readonly Run[]): Metric[] {
  const sums = new Map<string, { sum: number; count: number; at: number }>()
  for (const run of runs) {
    for (const { key, value, timestamp } of run.data.metrics ?? []) {
      const number = toNumber(value)
      if (!Number.isFinite(number)) continue
      const known = sums.get(key) ?? { sum: 0, count: 0, at: 0 }
      sums.set(key, {
        sum: known.sum + number,
        count: known.count + 1,
        at: Math.max(known.at, timestamp),
      })
    }
  }
  return [...sums].map(([key, { sum, count, at }]) => ({
    key,
    value: sum / count,
    timestamp: at,
    step: 0,
  }))
}

function common(runs: readonly Run[]): Param[] {
  const [first, ...others] = runs
  const tables = others.map(
    (run) => new Map(run.data.params?.map((each) => [each.key, each.value])),
  )
  return (first?.data.params ?? []).filter(({ key, value }) =>
    tables.every((table) => table.get(key) === value),
  )
}

/** The row that stands for a group: the mean of each metric, and the params that all have. */
function summary(id: string, value: string, runs: readonly Run[]): Run {
  const [first] = runs
  return {
    info: {
      run_id: id,
      run_uuid: id,
      run_name: value || 'none',
      user_id: '',
      start_time: 0,
      experiment_id: first?.info.experiment_id ?? '',
      status: runs.some(isLive) ? 'RUNNING' : 'FINISHED',
      lifecycle_stage: 'active',
    },
    data: { metrics: mean(runs), params: common(runs), tags: [] },
    inputs: {},
  }
}

export function group(runs: readonly Run[], by: string, unfolded: ReadonlySet<string>): RunRow[] {
  const key = parseField(by)
  if (!key) return []
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const value = groupValue(run, key)
    const members = groups.get(value)
    if (members) members.push(run)
    else groups.set(value, [run])
  }
  return [...groups].flatMap(([value, members]) => {
    const id = `group:${value}`
    const open = unfolded.has(id)
    const head: RunRow = {
      run: summary(id, value, members),
      depth: 0,
      children: members.length,
      open,
      members: members.map((run) => run.info.run_id),
    }
    const rows = members.map((run): RunRow => ({ run, depth: 1, children: 0, open: false }))
    return open ? [head, ...rows] : [head]
  })
}
