import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { addPoints } from '~/features/tracking/metrics/history'
import type { RunsPage, RunsView } from '~/features/tracking/runs/queries'
import { serverUrl } from '~/lib/base'
import { isLive } from '~/lib/runs'
import type { Metric, Run, RunStatus } from '~/lib/wire'

// Runs that move by themselves: the server says what changed, and it is put where it is shown.

interface LiveRun {
  run_id: string
  run_name?: string | null
  status: RunStatus
  start_time: number
  end_time?: number
}

/** The data of an event: a snapshot lists what runs, a change what is new. */
export interface Update {
  runs: LiveRun[]
  touched?: string[]
  gone?: string[]
  metrics: Metric[]
  cut?: boolean
}

type Changes = Map<string, { info?: LiveRun; metrics: Metric[] }>

function byRun(update: Update): Changes {
  const changes: Changes = new Map()
  const of = (id: string) => {
    const known = changes.get(id) ?? { metrics: [] }
    changes.set(id, known)
    return known
  }
  for (const info of update.runs) of(info.run_id).info = info
  for (const metric of update.metrics) if (metric.run_id) of(metric.run_id).metrics.push(metric)
  return changes
}

const samePoint = (a: Metric, b: Metric) =>
  a.value === b.value && a.step === b.step && a.timestamp === b.timestamp

/** A run with what changed of it; the same object where nothing did. */
export function patchRun(run: Run, changes: Changes): Run {
  const change = changes.get(run.info.run_id)
  if (!change) return run
  let { info } = run
  const now = change.info
  if (
    now &&
    (now.status !== info.status ||
      (now.end_time ?? 0) !== (info.end_time ?? 0) ||
      (now.run_name ?? '') !== (info.run_name ?? ''))
  ) {
    info = {
      ...info,
      status: now.status,
      end_time: now.end_time,
      run_name: now.run_name ?? undefined,
    }
  }
  const latest = new Map((run.data.metrics ?? []).map((metric) => [metric.key, metric]))
  let moved = false
  for (const { run_id: _, ...metric } of change.metrics) {
    const before = latest.get(metric.key)
    if (before && samePoint(before, metric)) continue
    latest.set(metric.key, metric)
    moved = true
  }
  if (info === run.info && !moved) return run
  return { ...run, info, data: moved ? { ...run.data, metrics: [...latest.values()] } : run.data }
}

function patchAll(runs: Run[], changes: Changes): Run[] {
  let moved = false
  const next = runs.map((run) => {
    const patched = patchRun(run, changes)
    moved ||= patched !== run
    return patched
  })
  return moved ? next : runs
}

/** A view with more pages than this is not read anew on its own. */
const MOST_PAGES = 3

/** Has the lists of runs read again, at once and then at most once a second. */
function refresher(client: QueryClient, experimentId: string) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  const read = () => {
    void client.invalidateQueries({
      predicate: ({ queryKey: [area, kind, view], state }) => {
        if (area !== 'runs') return false
        if (kind !== 'search') return true
        const pages = (state.data as InfiniteData<RunsPage> | undefined)?.pages.length ?? 0
        return (view as RunsView).experimentId === experimentId && pages <= MOST_PAGES
      },
    })
    timer = setTimeout(() => {
      timer = undefined
      if (again) read()
      again = false
    }, 1000)
  }
  return {
    refresh: () => {
      if (timer === undefined) read()
      else again = true
    },
    stop: () => clearTimeout(timer),
  }
}

/** Whether an event tells of something that only the lists themselves can show: a run more or less. */
function isNews(client: QueryClient, experimentId: string, update: Update, snapshot: boolean) {
  if (update.cut || update.touched?.length || update.gone?.length) return true
  const lists = client
    .getQueriesData<InfiniteData<RunsPage>>({ queryKey: ['runs', 'search'] })
    .filter(([key, data]) => data && (key[2] as RunsView).experimentId === experimentId)
  const told = new Set(update.runs.map((run) => run.run_id))
  return lists.some(([key, data]) => {
    const runs = data?.pages.flatMap((page) => page.runs ?? []) ?? []
    if (snapshot && runs.some((run) => isLive(run) && !told.has(run.info.run_id))) return true
    const { filter, deleted } = key[2] as RunsView
    if (filter || deleted) return false
    const known = new Set(runs.map((run) => run.info.run_id))
    return [...told].some((id) => !known.has(id))
  })
}

function apply(client: QueryClient, experimentId: string, update: Update): void {
  const changes = byRun(update)
  for (const [key] of client.getQueriesData<InfiniteData<RunsPage>>({
    queryKey: ['runs', 'search'],
  })) {
    if ((key[2] as RunsView).experimentId !== experimentId) continue
    client.setQueryData<InfiniteData<RunsPage>>(key, (data) => {
      if (!data) return data
      const pages = data.pages.map((page) => {
        const runs = patchAll(page.runs ?? [], changes)
        return runs === page.runs ? page : { ...page, runs }
      })
      return pages.every((page, index) => page === data.pages[index]) ? data : { ...data, pages }
    })
  }
  client.setQueriesData<Run[]>(
    { queryKey: ['runs', 'parents'] },
    (runs) => runs && patchAll(runs, changes),
  )
  for (const id of changes.keys()) {
    client.setQueryData<Run>(['runs', 'one', id], (run) => run && patchRun(run, changes))
  }
  addPoints(client, update.metrics)
}

export type LiveState = 'off' | 'on' | 'lost'

const AGAIN = 3_000
const ASK_AGAIN = 10_000

/** Follows an experiment while the page is in sight. Says whether the server's word gets through. */
export function useLiveRuns(experimentId: string | undefined): LiveState {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('off')
  useEffect(() => {
    if (experimentId === undefined) return
    const { refresh, stop } = refresher(client, experimentId)
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let asking: ReturnType<typeof setInterval> | undefined
    let broken = false
    // What happened in between is in the database: whatever is shown is read from there.
    const readAll = () => {
      refresh()
      void client.invalidateQueries({ queryKey: ['history'] })
    }
    const open = () => {
      clearTimeout(retry)
      source = new EventSource(
        serverUrl('ajax-api/3.0/headwater/runs/watch', { experiment_id: experimentId }),
      )
      const take = (snapshot: boolean) => (event: MessageEvent<string>) => {
        const update = JSON.parse(event.data) as Update
        apply(client, experimentId, update)
        if (isNews(client, experimentId, update, snapshot)) refresh()
        if (snapshot && broken) {
          broken = false
          readAll()
        }
      }
      source.addEventListener('snapshot', take(true))
      source.addEventListener('change', take(false))
      source.onopen = () => {
        clearInterval(asking)
        asking = undefined
        setState('on')
      }
      source.onerror = () => {
        broken = true
        setState('lost')
        // Where a proxy lets no stream through, asking now and then is better than nothing.
        asking ??= setInterval(readAll, ASK_AGAIN)
        // The browser tries again by itself, but not after an answer that it did not like.
        if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, AGAIN)
      }
    }
    const close = () => {
      clearTimeout(retry)
      clearInterval(asking)
      asking = undefined
      source?.close()
      source = undefined
    }
    // A browser has only a few connections a server: pages out of sight hold none.
    const follow = () => {
      if (document.visibilityState === 'hidden') {
        close()
        broken = true
      } else if (!source) open()
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      close()
      stop()
      setState('off')
    }
  }, [client, experimentId])
  return state
}
