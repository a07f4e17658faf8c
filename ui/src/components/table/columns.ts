import {
  columnResizingFeature,
  columnSizingFeature,
  metaHelper,
  tableFeatures,
} from '@tanstack/react-table'
import type { ReactNode } from 'react'

export type Sorted = 'asc' | 'desc' | undefined

export interface RowState {
  selected: boolean
  /** The pointer has been over the row: what shows only there need not be drawn before. */
  near: boolean
}

export interface Column<T> {
  id: string
  header: ReactNode
  /** What the header says to those who cannot see it, and in tooltips. */
  label: string
  width: number
  align?: 'start' | 'end'
  /** Columns that stay in sight while the others scroll sideways; they come first. */
  pinned?: boolean
  fixedWidth?: boolean
  sorted?: Sorted
  onSort?: (() => void) | undefined
  /** A thin line before the column: the start of another kind of fact. */
  divided?: boolean
  /** What is shown of a row. The same function as before means that nothing but the row has changed. */
  cell: (row: T, state: RowState) => ReactNode
}

export interface ColumnMeta<T> {
  column: Column<T>
  /** Distance from the left edge of the pinned columns, in pixels. */
  left: number | undefined
  lastPinned: boolean
}

export const features = tableFeatures({
  columnSizingFeature,
  columnResizingFeature,
  columnMeta: metaHelper<ColumnMeta<never>>(),
})

export type Features = typeof features

type Direction = 'ASC' | 'DESC'

/** For columns that the server sorts by: the order is its own "field DIRECTION". */
export function sortingBy(order: string, onOrder: (order: string) => void) {
  const [field = '', direction] = order.split(' ')
  return (key: string, first: Direction): Pick<Column<never>, 'sorted' | 'onSort'> => {
    const other = first === 'ASC' ? 'DESC' : 'ASC'
    return {
      sorted: field !== key ? undefined : direction === 'ASC' ? 'asc' : 'desc',
      onSort: () => onOrder(`${key} ${field === key && direction === first ? other : first}`),
    }
  }
}
