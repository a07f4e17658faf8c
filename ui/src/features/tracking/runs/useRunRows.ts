import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import { surveyFields, tellingFields } from '~/features/tracking/runs/fields'
import { parentsQuery, type RunsView, runsQuery } from '~/features/tracking/runs/queries'
import { missingParents, type Nesting, nest } from '~/features/tracking/runs/tree'

const NONE: never[] = []

/** The runs of a view, as far as they are loaded, in rows. */
export function useRunRows(view: RunsView, nesting: Nesting) {
  const query = useInfiniteQuery({ ...runsQuery(view), placeholderData: keepPreviousData })
  // A filter that the server refuses leaves the last good rows in sight, with the reason above them.
  const good = useRef(query.data)
  if (query.data) good.current = query.data
  const data = query.data ?? good.current
  const runs = useMemo(() => data?.pages.flatMap((page) => page.runs ?? []) ?? NONE, [data])
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
  const rows = useMemo(
    () => nest(runs, parents.data ?? NONE, nesting, exceptions),
    [runs, parents.data, nesting, exceptions],
  )
  const facts = useMemo(() => surveyFields(runs), [runs])
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
