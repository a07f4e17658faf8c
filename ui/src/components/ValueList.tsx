import { type ReactNode, useState } from 'react'
import { SearchField } from '~/components/Field'

interface Props<T> {
  title: string
  items: readonly T[]
  keyOf: (item: T) => string
  textOf: (item: T) => string
  render: (item: T) => ReactNode
  empty: ReactNode
}

const SEARCHABLE = 8
const MOST_SHOWN = 500

/** Names and values below each other, with a search where there are many. */
export function ValueList<T>({ title, items, keyOf, textOf, render, empty }: Props<T>) {
  const [search, setSearch] = useState('')
  const wanted = search.toLowerCase()
  const found = wanted
    ? items.filter((item) => `${keyOf(item)}\n${textOf(item)}`.toLowerCase().includes(wanted))
    : items
  return (
    <section aria-label={title} className="min-w-0 rounded-lg border bg-surface">
      <header className="flex h-10 items-center justify-between gap-3 border-b pr-1.5 pl-3">
        <h2 className="font-medium whitespace-nowrap">
          {title}{' '}
          <span className="pl-0.5 text-xs font-normal text-faint tabular">{items.length}</span>
        </h2>
        {items.length > SEARCHABLE && (
          <SearchField
            value={search}
            onChange={setSearch}
            label={`Find in ${title.toLowerCase()}`}
            placeholder="Find"
            className="w-40"
          />
        )}
      </header>
      {items.length === 0 ? (
        <div className="px-3 py-3 text-muted">{empty}</div>
      ) : found.length === 0 ? (
        <p className="px-3 py-3 text-muted">Nothing is named like “{search}”.</p>
      ) : (
        <table className="w-full table-fixed">
          <tbody>
            {found.slice(0, MOST_SHOWN).map((item) => (
              <tr
                key={keyOf(item)}
                className="border-b border-line/70 last:border-0 hover:bg-hover"
              >
                <th
                  scope="row"
                  title={keyOf(item)}
                  className="w-1/2 truncate py-1.5 pr-2 pl-3 text-left align-top font-normal text-muted"
                >
                  {keyOf(item)}
                </th>
                <td className="py-1.5 pr-3 pl-2 align-top [overflow-wrap:anywhere]">
                  {render(item)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.length > MOST_SHOWN && (
        <p className="border-t px-3 py-2 text-xs text-faint">
          {found.length - MOST_SHOWN} more: search to find them.
        </p>
      )}
    </section>
  )
}
