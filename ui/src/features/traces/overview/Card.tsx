import type { ReactNode } from 'react'
import { messageOf } from '~/lib/api'

interface Props {
  title: string
  value?: ReactNode
  /** Colours and what they stand for. */
  legend?: readonly { label: string; color: string }[]
  pending: boolean
  error: unknown
  onRetry: () => void
  empty?: string | undefined
  height: number
  children: ReactNode
}

/** A chart in its frame: the frame stands from the first moment, so that nothing moves. */
export function Card({
  title,
  value,
  legend,
  pending,
  error,
  onRetry,
  empty,
  height,
  children,
}: Props) {
  return (
    <section aria-label={title} className="min-w-0 rounded-lg border bg-surface">
      <header className="flex h-9 items-center gap-3 pr-3 pl-3">
        <h2 className="truncate font-medium">{title}</h2>
        {legend && !pending && !empty && (
          <ul className="flex min-w-0 gap-3 overflow-hidden text-xs text-muted">
            {legend.map((each) => (
              <li key={each.label} className="flex min-w-0 items-center gap-1.5">
                <span
                  aria-hidden
                  className="size-2 shrink-0 rounded-full"
                  style={{ background: each.color }}
                />
                <span className="truncate">{each.label}</span>
              </li>
            ))}
          </ul>
        )}
        <span className="ml-auto shrink-0 text-muted tabular">{value}</span>
      </header>
      <div className="px-1 pb-1.5" style={{ minHeight: height + 8 }}>
        {error ? (
          <div role="alert" className="px-2 py-3">
            <p className="text-xs [overflow-wrap:anywhere] text-bad">{messageOf(error)}</p>
            <button type="button" onClick={onRetry} className="text-xs text-accent hover:underline">
              Try again
            </button>
          </div>
        ) : pending ? (
          <div className="px-2 pt-2">
            <div className="skeleton" style={{ height: height - 16 }} />
          </div>
        ) : empty ? (
          <p
            className="flex items-center justify-center px-3 text-center text-xs text-faint"
            style={{ height }}
          >
            {empty}
          </p>
        ) : (
          children
        )}
      </div>
    </section>
  )
}
