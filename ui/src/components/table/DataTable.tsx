import { type ColumnDef, type ColumnSizingState, useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  memo,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { classes } from '~/components/classes'
import { type Column, type ColumnMeta, type Features, features } from '~/components/table/columns'
import { HeaderCell } from '~/components/table/HeaderCell'
import { useRowCursor } from '~/components/table/useRowCursor'
import { useRowHeight } from '~/lib/density'
import { recall, remember } from '~/lib/storage'
import { useHandler } from '~/lib/useHandler'

interface Props<T extends object> {
  /** Names the table for a screen reader. */
  label: string
  /** Under this name the browser keeps the widths that were dragged. */
  memory: string
  columns: Column<T>[]
  rows: T[]
  rowId: (row: T) => string
  onOpen?: (row: T) => void
  onToggle?: (row: T) => void
  onFold?: (row: T, open: boolean) => void
  isSelected?: (row: T) => boolean
  onHover?: (row: T | undefined) => void
  /** The row that the page is about; the keys go on from it. */
  currentId?: string | undefined
  /** Called when the keys move to another row. */
  onCursor?: ((row: T) => void) | undefined
  /** Called when the last rows come into sight. */
  onEnd?: () => void
  footer?: ReactNode
  /** In pixels, where rows hold more than a line. */
  rowHeight?: number | undefined
}

const HEADER_HEIGHT = 32
const AHEAD = 40

function loadWidths(memory: string): ColumnSizingState {
  try {
    return JSON.parse(recall(`widths.${memory}`) ?? '{}') as ColumnSizingState
  } catch {
    return {}
  }
}

/** Rows without end: only those in sight are drawn. */
export function DataTable<T extends object>(props: Props<T>) {
  const { columns, rows, rowId, memory, onEnd } = props
  const scroller = useRef<HTMLDivElement>(null)
  const usualHeight = useRowHeight()
  const rowHeight = props.rowHeight ?? usualHeight
  const [widths, setWidths] = useState(() => loadWidths(memory))
  useEffect(() => {
    if (Object.keys(widths).length > 0) remember(`widths.${memory}`, JSON.stringify(widths))
  }, [widths, memory])

  const definitions = useMemo(() => define(columns, widths), [columns, widths])
  const table = useTable<Features, T>({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    columnResizeMode: 'onChange',
    defaultColumn: { minSize: 48 },
    state: { columnSizing: widths },
    onColumnSizingChange: setWidths,
  })
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: useCallback(
      (index: number) => (rows[index] ? rowId(rows[index]) : index),
      [rows, rowId],
    ),
    overscan: 8,
    scrollPaddingStart: HEADER_HEIGHT,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another density means other heights
  useEffect(() => virtual.measure(), [rowHeight])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= 0 && last >= rows.length - AHEAD) onEnd?.()
  }, [last, rows.length, onEnd])

  const act = (action: ((row: T) => void) | undefined) =>
    action && ((index: number) => rows[index] && action(rows[index]))
  const [cursor, setCursor] = useRowCursor({
    count: rows.length,
    onOpen: act(props.onOpen) ?? (() => undefined),
    onToggle: act(props.onToggle),
    onFold: props.onFold && ((index, open) => rows[index] && props.onFold?.(rows[index], open)),
    onMove: act(props.onCursor),
    reveal: (index) => virtual.scrollToIndex(index),
  })
  const { currentId } = props
  const current = useMemo(
    () => (currentId === undefined ? -1 : rows.findIndex((row) => rowId(row) === currentId)),
    [currentId, rows, rowId],
  )
  useEffect(() => {
    if (current >= 0) setCursor(current)
  }, [current, setCursor])
  useAnchor(scroller, rows, rowId, rowHeight)

  const open = useHandler((row: T) => props.onOpen?.(row))
  const hover = useHandler((row: T | undefined) => props.onHover?.(row))

  const [group] = table.getHeaderGroups()
  const headers = group?.headers ?? []
  const total = headers.reduce((sum, header) => sum + header.getSize(), 0)
  const above = items[0]?.start ?? 0
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const span = columns.length + 1
  return (
    <div
      ref={scroller}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto overscroll-contain focus-visible:-outline-offset-2"
    >
      <table
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        className="w-full table-fixed border-separate border-spacing-0"
        style={{ minWidth: total, ...(props.rowHeight && heightOf(props.rowHeight)) }}
      >
        <colgroup>
          {headers.map((header) => (
            <col key={header.id} style={{ width: header.getSize() }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {headers.map((header) => (
              <HeaderCell key={header.id} header={header} />
            ))}
            <td aria-hidden className="sticky top-0 z-10 h-8 border-b bg-canvas" />
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} span={span} />}
          {items.map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <MemoRow
                key={item.key}
                row={row}
                index={item.index}
                columns={definitions}
                selected={props.isSelected?.(row) ?? false}
                current={item.index === cursor}
                onOpen={open}
                onPoint={setCursor}
                onHover={hover}
              />
            )
          })}
          {below > 0 && <Spacer height={below} span={span} />}
        </tbody>
      </table>
      {props.footer}
    </div>
  )
}

const heightOf = (pixels: number) => ({ '--row-height': `${pixels}px` }) as CSSProperties

/** Rows that arrive above those in sight do not move them. */
function useAnchor<T>(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly T[],
  rowId: (row: T) => string,
  rowHeight: number,
): void {
  const before = useRef(rows)
  useLayoutEffect(() => {
    const old = before.current
    before.current = rows
    const element = scroller.current
    if (!element || element.scrollTop < rowHeight || old === rows) return
    const at = Math.floor(element.scrollTop / rowHeight)
    const row = old[at]
    if (!row) return
    const id = rowId(row)
    const now = rows.findIndex((each) => rowId(each) === id)
    if (now > at && now - at < AHEAD * 3) element.scrollTop += (now - at) * rowHeight
  }, [rows, rowId, scroller, rowHeight])
}

type Definition<T extends object> = ColumnDef<Features, T, unknown> & { meta: ColumnMeta<never> }

function define<T extends object>(
  columns: Column<T>[],
  widths: ColumnSizingState,
): Definition<T>[] {
  let left = 0
  return columns.map((column, index) => {
    const meta: ColumnMeta<T> = {
      column,
      left: column.pinned ? left : undefined,
      lastPinned: Boolean(column.pinned && !columns[index + 1]?.pinned),
    }
    if (column.pinned) left += widths[column.id] ?? column.width
    return {
      id: column.id,
      size: column.width,
      enableResizing: !column.fixedWidth,
      meta: meta as unknown as ColumnMeta<never>,
    } as Definition<T>
  })
}

function Spacer({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  )
}

interface RowProps<T extends object> {
  row: T
  index: number
  columns: Definition<T>[]
  selected: boolean
  current: boolean
  onOpen: (row: T) => void
  onPoint: (index: number) => void
  onHover: (row: T | undefined) => void
}

function Row<T extends object>({
  row,
  index,
  columns,
  selected,
  current,
  onOpen,
  onPoint,
  onHover,
}: RowProps<T>) {
  const [near, setNear] = useState(false)
  return (
    <tr
      aria-rowindex={index + 2}
      data-current={current || undefined}
      onClick={(event) => {
        if (event.defaultPrevented || window.getSelection()?.toString()) return
        const target = event.target as Element
        // Clicks of a menu or dialog that a cell opened bubble here through the tree of components.
        if (!event.currentTarget.contains(target) || target.closest('a,button,input')) return
        onPoint(index)
        if (!event.metaKey && !event.ctrlKey) onOpen(row)
      }}
      onPointerEnter={() => {
        setNear(true)
        onHover(row)
      }}
      onPointerLeave={() => onHover(undefined)}
      className={classes(
        'group/row cursor-default [--row:var(--color-surface)] hover:[--row:var(--color-hover)] data-current:[--row:var(--color-hover)]',
        selected && '[--row:var(--color-selected)]! hover:[--row:var(--color-selected)]',
      )}
    >
      {columns.map((definition, position) => {
        const { column, left, lastPinned } = definition.meta as unknown as ColumnMeta<T>
        return (
          <td
            key={column.id}
            style={left === undefined ? undefined : { left }}
            className={classes(
              'h-(--row-height) overflow-hidden border-b border-line/70 bg-(--row) px-2.5 text-ellipsis whitespace-nowrap',
              column.align === 'end' && 'text-right',
              left !== undefined && 'z-[5] md:sticky',
              lastPinned && 'md:shadow-[inset_-1px_0_0_var(--color-line)]',
              column.divided && 'shadow-[inset_1px_0_0_var(--color-line)]',
              position === 0 && !column.fixedWidth && 'pl-4 md:pl-5',
              position === 0 && current && 'shadow-[inset_2px_0_0_var(--color-focus)]!',
            )}
          >
            {column.cell(row, { selected, near })}
          </td>
        )
      })}
      <td aria-hidden className="border-b border-line/70 bg-(--row)" />
    </tr>
  )
}

/** Scrolling draws the rows that come into sight, and what arrives the rows that it changes: never all. */
const MemoRow = memo(Row, (before, after) => {
  const { columns: old, ...rest } = before
  const { columns, ...now } = after
  return (
    (Object.keys(now) as (keyof typeof now)[]).every((key) => now[key] === rest[key]) &&
    (old === columns ||
      (old.length === columns.length && old.every((each, at) => looksAs(each, columns[at]))))
  )
}) as typeof Row

function looksAs(before: Definition<object>, after: Definition<object> | undefined): boolean {
  const [old, now] = [before.meta, after?.meta]
  return (
    now !== undefined &&
    old.left === now.left &&
    old.lastPinned === now.lastPinned &&
    old.column.cell === now.column.cell &&
    old.column.align === now.column.align &&
    old.column.divided === now.column.divided
  )
}
