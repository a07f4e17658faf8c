import { useMemo } from 'react'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { parseTable } from '~/features/artifacts/csv'

const MOST_ROWS = 20_000

interface Row {
  index: number
  values: string[]
}

export function TablePreview({ text, separator }: { text: string; separator: string }) {
  const table = useMemo(() => parseTable(text, separator, MOST_ROWS), [text, separator])
  const rows = useMemo(() => table.rows.map((values, index): Row => ({ index, values })), [table])
  const columns = useMemo(
    () =>
      table.header.map((name, at): Column<Row> => {
        const numeric = rows
          .slice(0, 50)
          .every((row) => !row.values[at] || Number.isFinite(Number(row.values[at])))
        const longest = rows
          .slice(0, 50)
          .reduce((most, row) => Math.max(most, row.values[at]?.length ?? 0), name.length)
        return {
          id: `${at}`,
          header: name || `column ${at + 1}`,
          label: name,
          width: Math.max(72, Math.min(280, longest * 8 + 30)),
          align: numeric ? 'end' : 'start',
          cell: (row) => <span title={row.values[at]}>{row.values[at]}</span>,
        }
      }),
    [table, rows],
  )
  return (
    <div className="flex min-h-0 flex-1 flex-col tabular">
      <DataTable
        label="Table"
        memory="preview"
        columns={columns}
        rows={rows}
        rowId={(row) => String(row.index)}
        footer={
          <p className="sticky left-0 px-4 py-3 text-xs text-faint">
            {table.cut
              ? `The first ${MOST_ROWS.toLocaleString('en-US')} rows`
              : `${rows.length.toLocaleString('en-US')} rows`}
          </p>
        }
      />
    </div>
  )
}
