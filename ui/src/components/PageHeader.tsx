import type { ReactNode } from 'react'

interface Props {
  trail?: ReactNode
  title: ReactNode
  meta?: ReactNode
  actions?: ReactNode
}

/** One line at the top of every page: where one is, what it is, what one can do with it. */
export function PageHeader({ trail, title, meta, actions }: Props) {
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 md:px-5">
      <div className="flex min-w-0 flex-1 items-center gap-2">
        {trail && (
          <>
            <span className="hidden max-w-[40%] min-w-0 truncate text-muted sm:block">{trail}</span>
            <span aria-hidden className="hidden text-line-strong sm:block">
              /
            </span>
          </>
        )}
        <h1 className="min-w-0 text-base font-semibold tracking-[-0.01em]">{title}</h1>
        {meta && <div className="-ml-1 shrink-0">{meta}</div>}
      </div>
      {actions && <div className="flex shrink-0 items-center gap-1.5">{actions}</div>}
    </header>
  )
}
