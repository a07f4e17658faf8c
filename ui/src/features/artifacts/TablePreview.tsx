import { useMemo, useState } from 'react'
import { Dialog } from '~/components/Dialog'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { CellPicture } from '~/features/artifacts/CellPicture'
import { parseTable } from '~/features/artifacts/csv'
import type { Cell } from '~/features/artifacts/loggedTable'
import type { ArtifactRoot } from '~/features/artifacts/queries'

const MOST_ROWS = 20_000

interface Row {
  index: number
  values: readonly Cell[]
}

export function TablePreview({ text, separator }: { text: string; separator: string }) {
  const table = useMemo(() => parseTable(text, separator, MOST_ROWS), [text, separator])
  const note = table.cut
    ? `The first ${MOST_ROWS.toLocaleString('en-US')} rows`
    : `${table.rows.length.toLocaleString('en-US')} rows`
  return <TextTable header={table.header} cells={table.rows} note={note} />
}

interface TextTableProps {
  header: string[]
  cells: readonly (readonly Cell[])[]
  note: string
  /** Where the pictures in the cells lie. */
  root?: ArtifactRoot
}

/** Rows that are looked at to find out what a column holds. */
const SAMPLE = 50
const PICTURE_WIDTH = 128
const PICTURE_ROW = 76

/** Rows of text and pictures; a click, or Enter, shows a row in full. */
export function TextTable({ header, cells, note, root }: TextTableProps) {
  const [open, setOpen] = useState<Row>()
  const rows = useMemo(() => cells.map((values, index): Row => ({ index, values })), [cells])
  const pictures = useMemo(
    () => rows.slice(0, SAMPLE).some((row) => row.values.some((cell) => typeof cell === 'object')),
    [rows],
  )
  const columns = useMemo(
    () => header.map((name, at) => columnOf(name, at, rows.slice(0, SAMPLE), root)),
    [header, rows, root],
  )
  return (
    <div className="flex min-h-0 flex-1 flex-col tabular">
      <DataTable
        label="Table"
        memory="preview"
        columns={columns}
        rows={rows}
        rowId={(row) => String(row.index)}
        rowHeight={pictures ? PICTURE_ROW : undefined}
        onOpen={setOpen}
        footer={<p className="sticky left-0 px-4 py-3 text-xs text-faint">{note}</p>}
      />
      {open && (
        <Dialog
          open
          wide
          onClose={() => setOpen(undefined)}
          title={`Row ${(open.index + 1).toLocaleString('en-US')}`}
        >
          <dl className="flex flex-col gap-3">
            {header.map((name, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns may share a name, and never move
              <div key={at} className="min-w-0">
                <dt className="text-xs font-medium text-faint">{name || `column ${at + 1}`}</dt>
                <dd className="whitespace-pre-wrap [overflow-wrap:anywhere]">
                  <CellContent cell={open.values[at] ?? ''} root={root} full />
                </dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </div>
  )
}

function columnOf(
  name: string,
  at: number,
  sample: readonly Row[],
  root: ArtifactRoot | undefined,
): Column<Row> {
  const values = sample.map((row) => row.values[at] ?? '')
  const texts = values.filter((value) => typeof value === 'string')
  const numeric = texts.every((text) => !text || Number.isFinite(Number(text)))
  const longest = texts.reduce((most, text) => Math.max(most, text.length), name.length)
  const pictures = texts.length < values.length
  return {
    id: `${at}`,
    header: name || `column ${at + 1}`,
    label: name,
    width: Math.max(pictures ? PICTURE_WIDTH : 72, Math.min(280, longest * 8 + 30)),
    align: numeric && !pictures ? 'end' : 'start',
    cell: (row) => <CellContent cell={row.values[at] ?? ''} root={root} />,
  }
}

interface CellProps {
  cell: Cell
  root: ArtifactRoot | undefined
  full?: boolean
}

function CellContent({ cell, root, full = false }: CellProps) {
  if (typeof cell === 'string') return full ? cell || '–' : <span title={cell}>{cell}</span>
  return root ? <CellPicture root={root} picture={cell} full={full} /> : cell.path
}
