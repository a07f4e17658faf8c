import { useSyncExternalStore } from 'react'
import { formatAgo, formatDuration, formatExact, formatSeconds } from '~/lib/time'

// One clock for all relative times on the page.
const TICK = 15_000
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, TICK)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** How long ago; the exact time on hover. */
export function Ago({ time }: { time: number | undefined }) {
  const current = useNow()
  if (!time) return <Absent />
  return (
    <time
      dateTime={new Date(time).toISOString()}
      title={formatExact(time)}
      className="tabular whitespace-nowrap"
    >
      {formatAgo(time, Math.max(current, Date.now()))}
    </time>
  )
}

export function Duration({ start, end, live }: { start?: number; end?: number; live?: boolean }) {
  const current = useNow()
  if (!start || (!end && !live)) return <Absent />
  const length = (end ?? Math.max(current, start)) - start
  const exact = formatSeconds(length)
  return (
    <span className="tabular whitespace-nowrap" title={end ? exact : undefined}>
      {formatDuration(length)}
    </span>
  )
}

export function Absent() {
  return (
    <span className="text-line-strong" aria-hidden>
      –
    </span>
  )
}
