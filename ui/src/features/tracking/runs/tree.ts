import { runParent } from '~/lib/runs'
import type { Run } from '~/lib/wire'

export type Nesting = 'open' | 'closed' | 'flat'

export interface RunRow {
  run: Run
  depth: number
  /** Runs directly below this one, as far as they are loaded. */
  children: number
  open: boolean
  /** The runs that a row stands for that is no run itself but a group. */
  members?: string[]
  pinned?: boolean
}

/** Parents that loaded runs name but that are not loaded themselves. */
export function missingParents(runs: readonly Run[]): string[] {
  const known = new Set(runs.map((run) => run.info.run_id))
  const missing = new Set<string>()
  for (const run of runs) {
    const parent = runParent(run)
    if (parent && !known.has(parent)) missing.add(parent)
  }
  return [...missing].sort()
}

const flatRows = new WeakMap<Run, RunRow>()

function flatRow(run: Run): RunRow {
  const row = flatRows.get(run) ?? { run, depth: 0, children: 0, open: false }
  flatRows.set(run, row)
  return row
}

/** Pinned runs first, in the order in which they were pinned. */
export function pinFirst(rows: RunRow[], runs: readonly Run[], pins: readonly string[]): RunRow[] {
  if (pins.length === 0) return rows
  const known = new Map(runs.map((run) => [run.info.run_id, run]))
  const pinned = pins.flatMap((id): RunRow[] => {
    const run = known.get(id)
    return run ? [{ run, depth: 0, children: 0, open: false, pinned: true }] : []
  })
  const above = new Set(pinned.map((row) => row.run.info.run_id))
  // A family's head stays with its family.
  return [...pinned, ...rows.filter((row) => row.children > 0 || !above.has(row.run.info.run_id))]
}

/**
 * Rows with children below their parents. A family stands where its first member stands, so that
 * pages that load later only add rows further down. A run whose parent is nowhere stays at the top.
 */
export function nest(
  runs: readonly Run[],
  parents: readonly Run[],
  nesting: Nesting,
  exceptions: ReadonlySet<string>,
): RunRow[] {
  if (nesting === 'flat' || !runs.some(runParent)) return runs.map(flatRow)
  const known = new Map<string, Run>()
  for (const run of [...parents, ...runs]) known.set(run.info.run_id, run)

  const roots = new Set<string>()
  const below = new Map<string, Set<string>>()
  for (const run of runs) {
    const seen = new Set<string>()
    let id = run.info.run_id
    for (;;) {
      seen.add(id)
      const parent = runParent(known.get(id) as Run)
      if (!parent || !known.has(parent) || seen.has(parent)) break
      const siblings = below.get(parent) ?? new Set()
      below.set(parent, siblings.add(id))
      id = parent
    }
    roots.add(id)
  }

  const rows: RunRow[] = []
  const placed = new Set<string>()
  const place = (id: string, depth: number) => {
    const run = known.get(id)
    if (!run || placed.has(id)) return
    placed.add(id)
    const children = below.get(id)
    const open = (nesting === 'open') !== exceptions.has(id)
    rows.push({ run, depth, children: children?.size ?? 0, open })
    if (open) for (const child of children ?? []) place(child, depth + 1)
  }
  for (const root of roots) place(root, 0)
  return rows
}
