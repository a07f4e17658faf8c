import { previewOf } from '~/features/artifacts/kinds'

/** A picture in a table: files of the same run, the second one smaller to fetch. */
export interface Picture {
  path: string
  preview: string
}

export type Cell = string | Picture

export interface LoggedTable {
  header: string[]
  rows: Cell[][]
}

type Fields = Record<string, unknown>

/** The table that `mlflow.log_table` wrote as JSON; undefined where the text is something else. */
export function parseLoggedTable(text: string): LoggedTable | undefined {
  const value = parse(text) as Fields | null | undefined
  if (typeof value !== 'object' || value === null) return undefined
  const { columns, data } = value
  if (!Array.isArray(columns) || !Array.isArray(data) || columns.length === 0) return undefined
  if (!data.every((row) => Array.isArray(row) && row.length === columns.length)) return undefined
  return {
    header: columns.map((name) =>
      Array.isArray(name) ? name.map(textOf).join(' · ') : textOf(name),
    ),
    rows: (data as unknown[][]).map((row) => row.map(cellOf)),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cellOf(value: unknown): Cell {
  return pictureOf(value) ?? textOf(value)
}

function pictureOf(value: unknown): Picture | undefined {
  const { type, filepath, compressed_filepath: small } = (value ?? {}) as Fields
  if (type !== 'image' || !isImage(filepath)) return undefined
  return { path: filepath, preview: isImage(small) ? small : filepath }
}

function isImage(path: unknown): path is string {
  return typeof path === 'string' && previewOf(path)?.kind === 'image'
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
