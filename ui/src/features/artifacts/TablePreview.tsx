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
  const note = table.cut
    ? `The first ${MOST_ROWS.toLocaleString('en-US')} rows`
    : `${table.rows.length.toLocaleString('en-US')} rows`
  return <TextTable header={table.header} texts={table.rows} note={note} />
}

interface TextTableProps {
  header: string[]
  texts: string[][]
  note: string
}

export function TextTable({ header, texts, note }: TextTableProps) {
  const rows = useMemo(() => texts.map((values, index): Row => ({ index, values })), [texts])
  const columns = useMemo(
    () =>
      header.map((name, at): Column<Row> => {
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
    [header, rows],
  )
  return (
    <div className="flex min-h-0 flex-1 flex-col tabular">
      <DataTable
        label="Table"
        memory="preview"
        columns={columns}
        rows={rows}
        rowId={(row) => String(row.index)}
        footer={<p className="sticky left-0 px-4 py-3 text-xs text-faint">{note}</p>}
      />
    </div>
  )
}
