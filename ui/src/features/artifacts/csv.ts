export interface Table {
  header: string[]
  rows: string[][]
  /** True where the text holds more rows than were asked for. */
  cut: boolean
}

/** Reads separated values as RFC 4180 has them: quoted fields may hold separators and line ends. */
export function parseTable(text: string, separator: string, most: number): Table {
  const records: string[][] = []
  let record: string[] = []
  let value = ''
  let quoted = false
  let index = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const endRecord = () => {
    record.push(value)
    if (record.length > 1 || record[0] !== '') records.push(record)
    record = []
    value = ''
  }
  for (; index < text.length && records.length <= most + 1; index += 1) {
    const char = text[index] as string
    if (quoted) {
      if (char !== '"') value += char
      else if (text[index + 1] === '"') {
        value += '"'
        index += 1
      } else quoted = false
    } else if (char === '"' && value === '') quoted = true
    else if (char === separator) {
      record.push(value)
      value = ''
    } else if (char === '\n') endRecord()
    else if (char !== '\r' || text[index + 1] !== '\n') value += char
  }
  if (index >= text.length && (value !== '' || record.length > 0)) endRecord()
  const [header = [], ...rows] = records
  return { header, rows: rows.slice(0, most), cut: rows.length > most }
}
