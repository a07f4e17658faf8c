const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// To make a formatter takes far longer than to use it, and a table asks for one in each of its rows.
const thisYear = once(() => new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' }))
const anyYear = once(
  () => new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }),
)
const exact = once(
  () => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }),
)
const number = once(() => new Intl.NumberFormat('en-US'))

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** How long ago, in one unit: "now", "4m ago", "3h ago", "12d ago", then the date. */
export function formatAgo(time: number, now: number): string {
  const age = now - time
  if (age < 0) return formatDate(time, now)
  if (age < 45 * SECOND) return 'just now'
  if (age < HOUR) return `${Math.max(1, Math.round(age / MINUTE))}m ago`
  if (age < DAY) return `${Math.floor(age / HOUR)}h ago`
  if (age < 30 * DAY) return `${Math.floor(age / DAY)}d ago`
  return formatDate(time, now)
}

function formatDate(time: number, now: number): string {
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear()
  return (sameYear ? thisYear() : anyYear()).format(time)
}

/** The exact local time, to the second. */
export function formatExact(time: number): string {
  return exact().format(time)
}

/** All the digits of a duration: "12.408 s". */
export function formatSeconds(milliseconds: number): string {
  return `${number().format(milliseconds / SECOND)} s`
}

/** Two units at most: "840ms", "12.4s", "3m 20s", "5h 2m", "2d 4h". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.max(0, Math.round(milliseconds))}ms`
  if (milliseconds < 59_950) return `${Number((milliseconds / SECOND).toFixed(1))}s`
  const seconds = Math.round(milliseconds / SECOND)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return pair(minutes, 'm', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'm')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`
}

/** As a duration, and finer below ten milliseconds: "7.3ms", "340µs". */
export function formatFine(milliseconds: number): string {
  if (milliseconds >= 10 || milliseconds <= 0) return formatDuration(milliseconds)
  return milliseconds >= 1
    ? `${Number(milliseconds.toFixed(1))}ms`
    : `${Math.round(milliseconds * 1000)}µs`
}
