import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import { surveyFields, tellingFields } from '~/features/tracking/runs/fields'
import { group } from '~/features/tracking/runs/group'
import { parentsQuery, type RunsView, runsQuery } from '~/features/tracking/runs/queries'
import { missingParents, type Nesting, nest, pinFirst } from '~/features/tracking/runs/tree'

const NONE: never[] = []
const MOST_FAR = 50

/** How the runs of a view are laid out. */
export interface Arrangement {
  nesting: Nesting
  /** The field whose values make groups. */
  group: string | undefined
  pins: readonly string[]
  hidden: readonly string[]
}

/** The runs of a view, as far as they are loaded, in rows. */
export function useRunRows(view: RunsView, arrangement: Arrangement) {
  const { nesting, pins, hidden } = arrangement
  const query = useInfiniteQuery({ ...runsQuery(view), placeholderData: keepPreviousData })
  // A filter that the server refuses leaves the last good rows in sight, with the reason above them.
  const good = useRef(query.data)
  if (query.data) good.current = query.data
  const data = query.data ?? good.current
  const pages = useMemo(() => data?.pages.map((page) => page.runs ?? NONE) ?? NONE, [data])
  const loaded = useMemo(() => pages.flat(), [pages])
  const runs = useMemo(() => {
    if (hidden.length === 0) return loaded
    const out = new Set(hidden)
    return loaded.filter((run) => !out.has(run.info.run_id))
  }, [loaded, hidden])
  const missing = useMemo(() => (nesting === 'flat' ? NONE : missingParents(runs)), [runs, nesting])
  const parents = useQuery({
    ...parentsQuery(view.experimentId, missing, view.deleted),
    placeholderData: keepPreviousData,
  })
  const [exceptions, setExceptions] = useState<ReadonlySet<string>>(new Set())
  const fold = useCallback((id: string) => {
    setExceptions((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  // A pinned run is shown even where its page is far below.
  const far = useMemo(() => {
    const known = new Set(loaded.map((run) => run.info.run_id))
    return query.isPending ? NONE : pins.filter((id) => !known.has(id)).slice(0, MOST_FAR)
  }, [loaded, pins, query.isPending])
  const farRuns = useQuery(parentsQuery(view.experimentId, far, view.deleted))
  const { group: by } = arrangement
  const rows = useMemo(() => {
    if (by) return group(runs, by, exceptions)
    const all = farRuns.data ? [...runs, ...farRuns.data] : runs
    return pinFirst(nest(runs, parents.data ?? NONE, nesting, exceptions), all, pins)
  }, [runs, parents.data, farRuns.data, nesting, exceptions, by, pins])
  const facts = useMemo(() => surveyFields(pages), [pages])
  const telling = useStable(facts, view)

  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  // Until the parents are there, rows would stand at the top and then move below them.
  const settling = missing.length > 0 && parents.isPending
  return { query, runs, rows, facts, telling, fold, more, pending: query.isPending || settling }
}

function useStable(facts: ReturnType<typeof surveyFields>, view: RunsView): string[] {
  const scope = `${view.experimentId}\n${view.filter}\n${view.deleted}`
  const [shown, setShown] = useState({ scope, ids: NONE as string[] })
  const next = useMemo(
    () => tellingFields(facts, shown.scope === scope ? shown.ids : NONE),
    [facts, shown, scope],
  )
  const same =
    shown.scope === scope &&
    next.length === shown.ids.length &&
    next.every((id, i) => id === shown.ids[i])
  if (!same) setShown({ scope, ids: next })
  return same ? shown.ids : next
}
