import { type KeyboardEvent, useRef, useState } from 'react'
import { classes } from '~/components/classes'
import { useNarrow } from '~/lib/narrow'
import { formatTick } from '~/lib/numbers'

export interface BarSeries {
  id: string
  label: string
  color: string
}

export interface BarBucket {
  /** Milliseconds since 1970. */
  start: number
  /** One a series; all are zero or more. */
  values: number[]
}

interface Props {
  label: string
  series: readonly BarSeries[]
  /** In order of time, without gaps. */
  buckets: readonly BarBucket[]
  /** How long a bucket is, in milliseconds. */
  interval: number
  height: number
  format?: (value: number) => string
  /** The axis reaches at least so far: 2 where things are counted, so that it has no halves. */
  least?: number
  onPick?: ((bucket: BarBucket) => void) | undefined
}

const AXIS = 52
const FOOT = 22

/** The least round number that is no less: 1, 2, 3, 4, 5, 6, 8, 10, 20… */
function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value) ?? 10
  return step * power
}

const DAY = 86_400_000

function timeLabel(time: number, interval: number, span: number): string {
  const day = { day: 'numeric', month: 'short' } as const
  const clock = { hour: '2-digit', minute: '2-digit', hour12: false } as const
  const parts = interval >= DAY ? day : span > DAY * 2 ? { ...day, ...clock } : clock
  return new Intl.DateTimeFormat('en', parts).format(time)
}

/** Amounts over time, stacked. A bar leads to what it counts. */
export function TimeBars({
  label,
  series,
  buckets,
  interval,
  height,
  format = formatTick,
  least = 0,
  onPick,
}: Props) {
  const [at, setAt] = useState<number>()
  const box = useRef<HTMLDivElement>(null)
  const sums = buckets.map((bucket) => bucket.values.reduce((sum, value) => sum + value, 0))
  const top = roundUp(Math.max(...sums, least))
  const inner = height - FOOT
  const span = buckets.length * interval
  const narrow = useNarrow()
  const labels = (span > DAY * 2 && interval < DAY ? 4 : 6) / (narrow ? 2 : 1)
  const every = Math.max(1, Math.ceil(buckets.length / labels))
  const hovered = at === undefined ? undefined : buckets[at]
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = Math.max(0, Math.min(buckets.length - 1, (at ?? 0) + step))
    box.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: bars are no fields of a form
    <div
      role="group"
      aria-label={label}
      className="relative"
      style={{ height, paddingLeft: AXIS, paddingRight: 10 }}
    >
      {[0, 0.5, 1].map((share) => (
        <div
          key={share}
          aria-hidden
          className="absolute right-2.5 border-t border-line"
          style={{ left: AXIS, top: 8 + (1 - share) * (inner - 8) }}
        >
          <span className="absolute -top-2 right-full pr-2 text-2xs whitespace-nowrap text-faint tabular">
            {format(top * share)}
          </span>
        </div>
      ))}
      <div
        ref={box}
        className="absolute flex items-stretch"
        style={{ left: AXIS, right: 10, top: 8, height: inner - 8 }}
      >
        {buckets.map((bucket, index) => (
          <button
            key={bucket.start}
            type="button"
            tabIndex={index === (at ?? 0) ? 0 : -1}
            disabled={!onPick}
            aria-label={`${timeLabel(bucket.start, interval, DAY * 3)}: ${series
              .map((each, i) => `${format(bucket.values[i] ?? 0)} ${each.label}`)
              .join(', ')}`}
            onPointerEnter={() => setAt(index)}
            onPointerLeave={() => setAt(undefined)}
            onKeyDown={onKeyDown}
            onFocus={() => setAt(index)}
            onBlur={() => setAt(undefined)}
            onClick={() => (sums[index] ?? 0) > 0 && onPick?.(bucket)}
            className={classes(
              'flex min-w-0 flex-1 flex-col-reverse px-px focus-visible:-outline-offset-1',
              at === index && 'bg-hover',
            )}
          >
            {series.map((each, i) => {
              const value = bucket.values[i] ?? 0
              return value > 0 ? (
                <span
                  key={each.id}
                  className="block min-h-0.5 w-full last:rounded-t-xs"
                  style={{ background: each.color, height: `${(100 * value) / top}%` }}
                />
              ) : null
            })}
          </button>
        ))}
      </div>
      <div
        aria-hidden
        className="absolute bottom-0 h-4 text-2xs text-faint tabular"
        style={{ left: AXIS, right: 10 }}
      >
        {buckets.map((bucket, index) =>
          index % every === 0 && index <= buckets.length - every / 2 ? (
            <span
              key={bucket.start}
              className="absolute whitespace-nowrap"
              style={{ left: `${(100 * index) / buckets.length}%` }}
            >
              {timeLabel(bucket.start, interval, span)}
            </span>
          ) : null,
        )}
      </div>
      {hovered && at !== undefined && (
        <div
          aria-hidden
          className="popup pointer-events-none absolute top-2 z-10 min-w-32 px-2 py-1.5 text-xs"
          style={
            at > buckets.length / 2
              ? { right: `calc(${100 - (100 * at) / buckets.length}% + 4px)` }
              : { left: `calc(${AXIS}px + ${(85 * (at + 1)) / buckets.length}% + 8px)` }
          }
        >
          <div className="mb-0.5 whitespace-nowrap text-faint tabular">
            {timeLabel(hovered.start, interval, DAY * 3)}
          </div>
          {series.map((each, i) => (
            <div key={each.id} className="flex items-center gap-1.5">
              <span className="size-2 shrink-0 rounded-full" style={{ background: each.color }} />
              <span className="min-w-0 flex-1 truncate text-muted">{each.label}</span>
              <span className="pl-2 font-medium tabular">{format(hovered.values[i] ?? 0)}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  )
}
