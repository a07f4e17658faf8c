import type { ReactNode } from 'react'
import { CopyButton } from '~/components/CopyButton'

/** Short facts beside a page's content: a name, and what it is. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[84px_minmax(0,1fr)] items-center">{children}</dl>
}

interface FactProps {
  name: string
  /** What a button beside the fact copies. */
  copy?: string
  children: ReactNode
}

export function Fact({ name, copy, children }: FactProps) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="flex min-h-7 min-w-0 items-center gap-1">
        {children}
        {copy && <CopyButton text={copy} label={`Copy ${name.toLowerCase()}`} className="size-6" />}
      </dd>
    </>
  )
}

/** An address or an id, cut where it does not fit. */
export function Code({ children }: { children: string }) {
  return (
    <span className="truncate font-mono text-xs" title={children}>
      {children}
    </span>
  )
}

/** A part of the column of facts, under its own small heading. */
export function AsideSection({
  title,
  action,
  children,
}: {
  title: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section aria-label={title}>
      <div className="flex min-h-6 items-center justify-between pb-1.5">
        <h2 className="text-xs font-medium text-faint">{title}</h2>
        {action}
      </div>
      {children}
    </section>
  )
}
