import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface Props<T extends string> {
  label: string
  value: T
  tabs: readonly { value: T; label: ReactNode; count?: number }[]
  /** The first tab is the page's default and stays out of the address. */
  param?: string
}

/** Tabs whose choice is part of the address. */
export function LinkTabs<T extends string>({ label, value, tabs, param = 'tab' }: Props<T>) {
  return (
    <nav
      aria-label={label}
      className="flex h-9 shrink-0 items-end gap-4 overflow-x-auto [scrollbar-width:none]"
    >
      {tabs.map((tab, index) => (
        <Link
          key={tab.value}
          to="."
          search={(before: Record<string, unknown>) => ({
            ...before,
            [param]: index === 0 ? undefined : tab.value,
          })}
          activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
          data-current={tab.value === value || undefined}
          className="-mb-px flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent text-muted hover:text-ink data-current:border-accent data-current:font-medium data-current:text-ink"
        >
          {tab.label}
          {tab.count !== undefined && (
            <span className="rounded-sm bg-pressed/70 px-1 text-2xs leading-4 text-muted tabular">
              {tab.count}
            </span>
          )}
        </Link>
      ))}
    </nav>
  )
}
