import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useCallback, useMemo, useRef } from 'react'
import { Checkbox } from '~/components/Controls'
import { DataTable } from '~/components/table/DataTable'
import { runColumns, withSelectAll } from '~/features/tracking/runs/columns'
import type { FieldFacts } from '~/features/tracking/runs/fields'
import type { RunRow } from '~/features/tracking/runs/tree'
import { useNarrow } from '~/lib/narrow'
import { useHandler } from '~/lib/useHandler'

interface Props {
  rows: RunRow[]
  facts: FieldFacts[]
  columnIds: string[]
  sort: string
  onSort: (sort: string | undefined) => void
  selection: string[]
  onSelection: (ids: string[]) => void
  onFold: (id: string) => void
  onPin: (ids: string[]) => void
  onHide: (ids: string[]) => void
  onEnd: () => void
  footer?: ReactNode
}

const idOf = (row: RunRow) => row.run.info.run_id
/** A pinned run may stand a second time, as the head of its family. */
const keyOf = (row: RunRow) => (row.pinned ? `pin:${idOf(row)}` : idOf(row))
/** The runs that a row stands for. */
const runsOf = (row: RunRow) => row.members ?? [idOf(row)]

function resultsFirst(ids: string[]): string[] {
  const attribute = (id: string) => id.startsWith('attribute:')
  return [...ids.filter((id) => !attribute(id)), ...ids.filter(attribute)]
}

export function RunsTable(props: Props) {
  const { rows, facts, columnIds, sort, onSort, selection, onSelection, onFold, onPin, onHide } =
    props
  const navigate = useNavigate()
  const selected = useMemo(() => new Set(selection), [selection])
  const narrow = useNarrow()
  const anchor = useRef<string>(undefined)

  const isSelected = useCallback(
    (row: RunRow) => runsOf(row).every((id) => selected.has(id)),
    [selected],
  )
  const toggle = useHandler((row: RunRow, range: boolean) => {
    const ids = runsOf(row)
    const next = new Set(selected)
    const from = range ? rows.findIndex((each) => keyOf(each) === anchor.current) : -1
    const to = rows.indexOf(row)
    if (from >= 0 && to >= 0) {
      for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1))
        for (const id of runsOf(each)) next.add(id)
    } else if (ids.every((id) => next.has(id))) for (const id of ids) next.delete(id)
    else for (const id of ids) next.add(id)
    anchor.current = keyOf(row)
    onSelection([...next])
  })
  const pin = useHandler(onPin)
  const hide = useHandler(onHide)
  const plain = useMemo(
    () =>
      runColumns({
        narrow,
        ids: narrow ? resultsFirst(columnIds) : columnIds,
        facts,
        sort,
        onSort,
        onToggle: toggle,
        onFold,
        onPin: pin,
        onHide: hide,
      }),
    [narrow, columnIds, facts, sort, onSort, toggle, onFold, pin, hide],
  )
  const columns = useMemo(() => {
    const all = rows.length > 0 && rows.every((row) => isSelected(row))
    return withSelectAll(
      plain,
      <Checkbox
        label="Select all loaded runs"
        checked={all}
        partial={selected.size > 0 && !all}
        onChange={(every) => onSelection(every ? [...new Set(rows.flatMap(runsOf))] : [])}
      />,
    )
  }, [plain, rows, selected, isSelected, onSelection])
  return (
    <DataTable
      label="Runs"
      memory={narrow ? 'runs-narrow' : 'runs'}
      columns={columns}
      rows={rows}
      rowId={keyOf}
      isSelected={isSelected}
      onOpen={(row) => {
        if (row.members) onFold(idOf(row))
        else void navigate({ to: '/runs/$runId', params: { runId: idOf(row) } })
      }}
      onToggle={(row) => toggle(row, false)}
      onFold={(row, open) => row.children > 0 && row.open !== open && onFold(idOf(row))}
      onEnd={props.onEnd}
      footer={props.footer}
    />
  )
}
