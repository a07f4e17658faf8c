import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useCallback, useMemo, useRef } from 'react'
import { DataTable } from '~/components/table/DataTable'
import { runColumns } from '~/features/tracking/runs/columns'
import type { FieldFacts } from '~/features/tracking/runs/fields'
import type { RunRow } from '~/features/tracking/runs/tree'
import { useNarrow } from '~/lib/narrow'

interface Props {
  rows: RunRow[]
  facts: FieldFacts[]
  columnIds: string[]
  sort: string
  onSort: (sort: string | undefined) => void
  selection: string[]
  onSelection: (ids: string[]) => void
  onFold: (id: string) => void
  onEnd: () => void
  footer?: ReactNode
}

const idOf = (row: RunRow) => row.run.info.run_id

function resultsFirst(ids: string[]): string[] {
  const attribute = (id: string) => id.startsWith('attribute:')
  return [...ids.filter((id) => !attribute(id)), ...ids.filter(attribute)]
}

export function RunsTable(props: Props) {
  const { rows, facts, columnIds, sort, onSort, selection, onSelection, onFold, onEnd, footer } =
    props
  const navigate = useNavigate()
  const selected = useMemo(() => new Set(selection), [selection])
  const narrow = useNarrow()
  const anchor = useRef<string>(undefined)

  const toggle = useCallback(
    (row: RunRow, range: boolean) => {
      const id = idOf(row)
      const next = new Set(selected)
      const from = range ? rows.findIndex((each) => idOf(each) === anchor.current) : -1
      const to = rows.indexOf(row)
      if (from >= 0 && to >= 0) {
        for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1))
          next.add(idOf(each))
      } else if (!next.delete(id)) next.add(id)
      anchor.current = id
      onSelection([...next])
    },
    [rows, selected, onSelection],
  )
  const columns = useMemo(
    () =>
      runColumns({
        narrow,
        ids: narrow ? resultsFirst(columnIds) : columnIds,
        facts,
        sort,
        onSort,
        allSelected: rows.length > 0 && rows.every((row) => selected.has(idOf(row))),
        someSelected: selected.size > 0,
        onSelectAll: (all) => onSelection(all ? rows.map(idOf) : []),
        isSelected: (row) => selected.has(idOf(row)),
        onToggle: toggle,
        onFold,
      }),
    [narrow, columnIds, facts, sort, onSort, rows, selected, onSelection, toggle, onFold],
  )
  return (
    <DataTable
      label="Runs"
      memory={narrow ? 'runs-narrow' : 'runs'}
      columns={columns}
      rows={rows}
      rowId={idOf}
      isSelected={(row) => selected.has(idOf(row))}
      onOpen={(row) => navigate({ to: '/runs/$runId', params: { runId: idOf(row) } })}
      onToggle={(row) => toggle(row, false)}
      onFold={(row, open) => row.children > 0 && row.open !== open && onFold(idOf(row))}
      onEnd={onEnd}
      footer={footer}
    />
  )
}
