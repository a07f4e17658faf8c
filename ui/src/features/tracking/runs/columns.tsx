import { Link } from '@tanstack/react-router'
import { ChevronRight, CornerDownRight, EyeOff, Pin } from 'lucide-react'
import type { ReactNode } from 'react'
import { Checkbox } from '~/components/Controls'
import { classes } from '~/components/classes'
import { NumberText, ParamText } from '~/components/NumberText'
import { StatusBadge } from '~/components/StatusBadge'
import { Absent, Ago, Duration } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import {
  type FieldFacts,
  type FieldKey,
  fieldValue,
  parseField,
} from '~/features/tracking/runs/fields'
import { isSortable, nextSort, sortedAs } from '~/features/tracking/runs/order'
import type { RunRow } from '~/features/tracking/runs/tree'
import { toNumber } from '~/lib/numbers'
import { isLive, runName, runParent, runSource, runUser } from '~/lib/runs'
import type { Run, WireNumber } from '~/lib/wire'

export interface ColumnOptions {
  /** On a phone names are short and the results come first. */
  narrow: boolean
  ids: string[]
  facts: FieldFacts[]
  sort: string
  onSort: (sort: string | undefined) => void
  onToggle: (row: RunRow, range: boolean) => void
  onFold: (id: string) => void
  onPin: (ids: string[]) => void
  onHide: (ids: string[]) => void
}

export function runColumns(options: ColumnOptions): Column<RunRow>[] {
  const { sort, onSort } = options
  const facts = new Map(options.facts.map((each) => [each.id, each]))
  const sorting = (id: string) => ({
    sorted: sortedAs(sort, id),
    onSort: isSortable(id) ? () => onSort(nextSort(sort, id)) : undefined,
  })
  const attributes: Record<string, Column<RunRow>> = {
    'attribute:created': {
      id: 'attribute:created',
      header: 'Created',
      label: 'Created',
      width: 92,
      ...sorting('attribute:created'),
      cell: ({ run, members }) =>
        members ? (
          <Absent />
        ) : (
          <span className="text-muted">
            <Ago time={run.info.start_time} />
          </span>
        ),
    },
    'attribute:duration': {
      id: 'attribute:duration',
      header: 'Duration',
      label: 'Duration',
      width: 84,
      align: 'end',
      cell: ({ run, members }) =>
        members ? (
          <Absent />
        ) : (
          <span className="text-muted">
            <Duration
              start={run.info.start_time}
              end={run.info.end_time || undefined}
              live={isLive(run)}
            />
          </span>
        ),
    },
    'attribute:user': {
      id: 'attribute:user',
      header: 'User',
      label: 'User',
      width: 90,
      ...sorting('attribute:user'),
      cell: ({ run }) => <span className="text-muted">{runUser(run) ?? <Absent />}</span>,
    },
    'attribute:source': {
      id: 'attribute:source',
      header: 'Source',
      label: 'Source',
      width: 110,
      ...sorting('attribute:source'),
      cell: ({ run }) => <span className="text-muted">{runSource(run) ?? <Absent />}</span>,
    },
  }
  let before = 'attribute'
  const chosen = options.ids.flatMap((id): Column<RunRow>[] => {
    const key = parseField(id)
    if (!key) return []
    const divided = key.kind !== before
    before = key.kind
    const attribute = attributes[id]
    if (attribute) return [{ ...attribute, divided }]
    if (key.kind === 'attribute') return []
    return [{ ...fieldColumn(key, facts.get(id)), ...sorting(id), divided }]
  })
  return [selectColumn(options), nameColumn(options, sorting('attribute:name')), ...chosen]
}

/** The columns with what selects all rows; the cells are those of before, so that no row is drawn anew. */
export function withSelectAll(columns: Column<RunRow>[], header: ReactNode): Column<RunRow>[] {
  return columns.map((column) => (column.id === 'select' ? { ...column, header } : column))
}

function selectColumn(options: ColumnOptions): Column<RunRow> {
  return {
    id: 'select',
    label: 'Select',
    header: undefined,
    width: 36,
    pinned: true,
    fixedWidth: true,
    cell: (row, { selected }) => (
      <Checkbox
        label={`Select ${runName(row.run)}`}
        checked={selected}
        onChange={(_, event) =>
          options.onToggle(row, event instanceof MouseEvent && event.shiftKey)
        }
      />
    ),
  }
}

function nameColumn(options: ColumnOptions, sorting: Partial<Column<RunRow>>): Column<RunRow> {
  return {
    id: 'name',
    label: 'Name',
    header: 'Name',
    width: options.narrow ? 164 : 236,
    pinned: true,
    ...sorting,
    cell: (row, { near }) => <NameCell row={row} near={near} options={options} />,
  }
}

const INDENT = 16

interface NameProps {
  row: RunRow
  near: boolean
  options: ColumnOptions
}

function NameCell({ row, near, options }: NameProps) {
  const { run, depth, children, open, members } = row
  const { onFold } = options
  const name = runName(run)
  const orphan = depth === 0 && runParent(run) !== undefined
  return (
    <span className="flex min-w-0 items-center gap-1.5" style={{ paddingLeft: depth * INDENT }}>
      {children > 0 && (
        <button
          type="button"
          aria-expanded={open}
          aria-label={`${open ? 'Fold' : 'Unfold'} the runs below ${name}`}
          onClick={() => onFold(run.info.run_id)}
          className="-mx-1 flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-pressed hover:text-ink"
        >
          <ChevronRight
            size={13}
            className={classes('transition-transform duration-100', open && 'rotate-90')}
          />
        </button>
      )}
      {!members && <StatusBadge status={run.info.status} compact />}
      {orphan && (
        <CornerDownRight size={12} className="shrink-0 text-faint" aria-label="Child run" />
      )}
      {members ? (
        <span title={name} className="min-w-0 truncate font-semibold">
          {name}
        </span>
      ) : (
        <Link
          to="/runs/$runId"
          params={{ runId: run.info.run_id }}
          title={name}
          className="min-w-0 truncate font-medium hover:underline"
        >
          {name}
        </Link>
      )}
      {children > 0 && <span className="shrink-0 text-2xs text-faint tabular">{children}</span>}
      {!members && !options.narrow && (near || row.pinned) && (
        <RowActions row={row} name={name} options={options} />
      )}
    </span>
  )
}

interface ActionsProps {
  row: RunRow
  name: string
  options: ColumnOptions
}

/** What can be done with one row at once; it shows where the pointer is. */
function RowActions({ row, name, options }: ActionsProps) {
  const ids = [row.run.info.run_id]
  const look =
    'flex size-5 shrink-0 items-center justify-center rounded-sm hover:bg-pressed hover:text-ink focus-visible:opacity-100 group-hover/row:opacity-100'
  return (
    <span className="ml-auto flex shrink-0">
      <button
        type="button"
        tabIndex={-1}
        aria-pressed={row.pinned ?? false}
        aria-label={`${row.pinned ? 'Unpin' : 'Pin'} ${name}`}
        title={row.pinned ? 'Unpin' : 'Pin to the top'}
        onClick={() => options.onPin(ids)}
        className={classes(look, row.pinned ? 'text-accent' : 'text-faint opacity-0')}
      >
        <Pin size={12} />
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`Hide ${name}`}
        title="Hide from table and charts"
        onClick={() => options.onHide(ids)}
        className={classes(look, 'text-faint opacity-0')}
      >
        <EyeOff size={12} />
      </button>
    </span>
  )
}

function fieldColumn(key: FieldKey, facts: FieldFacts | undefined): Column<RunRow> {
  const metric = key.kind === 'metric'
  const label = shortLabel(key.key)
  return {
    id: key.id,
    label: key.key,
    header: label,
    width: metric
      ? widthOf(label.length, 90, 168)
      : widthOf(Math.max(label.length, facts?.longest ?? 0), 72, 150),
    align: metric ? 'end' : 'start',
    cell: ({ run }) => <FieldCell run={run} field={key} facts={metric ? facts : undefined} />,
  }
}

function widthOf(characters: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, characters * 7.2 + 28))
}

/** Long slash-separated keys are told apart by their ends. */
function shortLabel(key: string): string {
  return key.length <= 20 ? key : (key.split('/').at(-1) ?? key)
}

function FieldCell({
  run,
  field,
  facts,
}: {
  run: Run
  field: FieldKey
  facts: FieldFacts | undefined
}) {
  const value = fieldValue(run, field)
  if (value === undefined) return <Absent />
  if (field.kind !== 'metric') return <ParamText value={String(value)} />
  const number = value as WireNumber
  return <NumberText value={number} bar={facts && placeIn(facts, toNumber(number))} />
}

/** Where a value lies between the column's least and greatest: 0 to 1, if that can be said. */
function placeIn({ low, high }: FieldFacts, value: number): number | undefined {
  return Number.isFinite(value) && high > low ? (value - low) / (high - low) : undefined
}
