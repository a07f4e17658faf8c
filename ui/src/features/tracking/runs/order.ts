import type { Sorted } from '~/components/table/columns'
import { parseField } from '~/features/tracking/runs/fields'
import { quoteKey } from '~/lib/filters'

// A sorted view names its field in the link, with a minus in front where it descends.

export const DEFAULT_SORT = '-attribute:created'

const ATTRIBUTE_ORDERS: Record<string, string> = {
  created: 'attributes.start_time',
  name: 'attributes.run_name',
  status: 'attributes.status',
  user: 'tags.`mlflow.user`',
  source: 'tags.`mlflow.source.name`',
}

const TABLES = { metric: 'metrics', param: 'params', tag: 'tags' } as const

/** The server's order clauses for a sort; none where the sort is not a known one. */
export function orderBy(sort: string): string[] {
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC'
  const field = parseField(sort.replace(/^-/, ''))
  if (!field) return []
  const column =
    field.kind === 'attribute'
      ? ATTRIBUTE_ORDERS[field.key]
      : `${TABLES[field.kind]}.${quoteKey(field.key)}`
  return column ? [`${column} ${direction}`] : []
}

export function isSortable(id: string): boolean {
  return orderBy(id).length > 0
}

export function sortedAs(sort: string, id: string): Sorted {
  if (sort === id) return 'asc'
  return sort === `-${id}` ? 'desc' : undefined
}

/** What a click on a header leads to: down, up, and back to the newest first. */
export function nextSort(sort: string, id: string): string | undefined {
  const [first, second] =
    id.startsWith('metric:') || id === 'attribute:created' ? [`-${id}`, id] : [id, `-${id}`]
  if (sort === first) return second
  return sort === second || first === DEFAULT_SORT ? undefined : first
}
