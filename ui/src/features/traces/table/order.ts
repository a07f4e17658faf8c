import type { Sorted } from '~/components/table/columns'

// A sorted view names its column in the link, with a minus in front where it descends.

export const DEFAULT_SORT = '-time'

const COLUMNS: Record<string, string> = {
  time: 'timestamp_ms',
  latency: 'execution_time_ms',
  name: 'name',
  request: 'status',
}

/** The server's order clauses for a sort; the newest first where the sort is not a known one. */
export function orderBy(sort: string): string[] {
  const column = COLUMNS[sort.replace(/^-/, '')]
  if (!column) return ['timestamp_ms DESC']
  const clause = `${column} ${sort.startsWith('-') ? 'DESC' : 'ASC'}`
  return column === 'timestamp_ms' ? [clause] : [clause, 'timestamp_ms DESC']
}

export function isSortable(id: string): boolean {
  return id in COLUMNS && id !== 'request'
}

export function sortedAs(sort: string, id: string): Sorted {
  if (sort === id) return 'asc'
  return sort === `-${id}` ? 'desc' : undefined
}

/** What a click on a header leads to: down, up, and back to the newest first. */
export function nextSort(sort: string, id: string): string | undefined {
  const [first, second] = id === 'name' ? [id, `-${id}`] : [`-${id}`, id]
  if (sort === first) return second
  return sort === second ? undefined : first
}
