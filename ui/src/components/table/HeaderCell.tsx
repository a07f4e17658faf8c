import type { Header } from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { CSSProperties, MouseEvent, TouchEvent } from 'react'
import { classes } from '~/components/classes'
import type { ColumnMeta, Features } from '~/components/table/columns'

interface Props<T extends object> {
  header: Header<Features, T, unknown>
}

export function HeaderCell<T extends object>({ header }: Props<T>) {
  const { column, left, lastPinned } = header.column.columnDef.meta as unknown as ColumnMeta<T>
  const resize = header.getResizeHandler() as (event: MouseEvent | TouchEvent) => void
  const Arrow = column.sorted === 'asc' ? ArrowUp : ArrowDown
  const ends = column.align === 'end'
  return (
    <th
      scope="col"
      aria-sort={column.sorted ? (column.sorted === 'asc' ? 'ascending' : 'descending') : undefined}
      style={left === undefined ? undefined : ({ '--left': `${left}px` } as CSSProperties)}
      className={classes(
        'group/head sticky top-0 h-8 md:left-(--left) border-b bg-canvas p-0 text-xs font-medium whitespace-nowrap text-muted',
        left === undefined ? 'z-10' : 'z-10 md:z-20',
        lastPinned && 'md:shadow-[inset_-1px_0_0_var(--color-line)]',
        column.divided && 'shadow-[inset_1px_0_0_var(--color-line)]',
      )}
    >
      {column.onSort ? (
        <button
          type="button"
          onClick={column.onSort}
          title={column.label}
          className={classes(
            'flex h-full w-full items-center gap-1 px-2.5 hover:text-ink focus-visible:-outline-offset-2',
            ends && 'justify-end',
            column.sorted && 'text-ink',
            header.index === 0 && 'pl-4 md:pl-5',
          )}
        >
          {ends && column.sorted && (
            <Arrow size={12} aria-hidden className="shrink-0 text-accent" />
          )}
          <span className="truncate">{column.header}</span>
          {!ends && column.sorted && (
            <Arrow size={12} aria-hidden className="shrink-0 text-accent" />
          )}
        </button>
      ) : (
        <span
          className={classes(
            'flex h-full items-center px-2.5',
            ends && 'justify-end',
            header.index === 0 && !column.fixedWidth && 'pl-4 md:pl-5',
          )}
        >
          {column.header}
        </span>
      )}
      {!column.fixedWidth && (
        // biome-ignore lint/a11y/noStaticElementInteractions: widths are a pointer's comfort; nothing is lost without
        <span
          onMouseDown={resize}
          onTouchStart={resize}
          onDoubleClick={() => header.column.resetSize()}
          className={classes(
            'absolute top-1.5 right-0 bottom-1.5 z-10 w-2 translate-x-1/2 cursor-col-resize touch-none select-none after:absolute after:inset-y-0 after:left-1/2 after:w-0.5 after:-translate-x-1/2 after:rounded-full hover:after:bg-line-strong',
            header.column.getIsResizing() && 'after:bg-focus',
          )}
        />
      )}
    </th>
  )
}
