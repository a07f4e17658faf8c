import type { Tag } from '~/lib/wire'

// A named view is the address of a view of an experiment, kept as one of its tags: whoever opens
// the experiment finds it there. Each has a tag of its own, so that two who save do not collide.

export const VIEW_TAG = 'headwater.view.'

export interface NamedView {
  key: string
  name: string
  /** The search part of the address. */
  search: Record<string, unknown>
}

export function namedViews(tags: readonly Tag[] | undefined): NamedView[] {
  return (tags ?? [])
    .filter((tag) => tag.key.startsWith(VIEW_TAG))
    .flatMap(({ key, value }): NamedView[] => {
      try {
        const { name, search } = JSON.parse(value) as Partial<NamedView>
        const usable = typeof name === 'string' && typeof search === 'object' && search !== null
        return usable ? [{ key, name, search }] : []
      } catch {
        return []
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** What a view is without what belongs to the moment. */
export function viewSearch(search: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(search).filter(([key, value]) => key !== 'sel' && value !== undefined),
  )
}

/** The tag that keeps a view; saving under a name again replaces what it was. */
export function viewTag(views: readonly NamedView[], name: string, search: object): Tag {
  const before = views.find((view) => view.name === name)
  const key = before?.key ?? `${VIEW_TAG}${crypto.randomUUID?.() ?? Date.now().toString(36)}`
  return { key, value: JSON.stringify({ name, search }) }
}
