/** One input, output or parameter of a model. */
export interface Field {
  name: string | undefined
  type: string
  required: boolean
  default?: string
}

export interface Signature {
  inputs: Field[]
  outputs: Field[]
  params: Field[]
}

const PARTS = ['inputs', 'outputs', 'params'] as const

/**
 * The signature in an MLmodel file; undefined where the model has none. Of the file's YAML it reads
 * just this: text scalars below "signature", each holding JSON.
 */
export function parseSignature(file: string): Signature | undefined {
  const lines = file.split(/\r?\n/)
  const start = lines.findIndex((line) => /^signature:\s*$/.test(line))
  if (start < 0) return undefined
  const body = lines.slice(start + 1)
  const end = body.findIndex((line) => /^\S/.test(line))
  const block = end < 0 ? body : body.slice(0, end)
  const signature: Signature = { inputs: [], outputs: [], params: [] }
  for (const part of PARTS) signature[part] = readFields(scalarAt(block, part))
  return PARTS.some((part) => signature[part].length > 0) ? signature : undefined
}

/** The scalar of a key, its continued lines joined by single spaces as YAML folds them. */
function scalarAt(block: string[], key: string): string | undefined {
  const at = block.findIndex((line) => line.startsWith(`  ${key}:`))
  if (at < 0) return undefined
  const rest = block.slice(at + 1)
  const next = rest.findIndex((line) => /^ {0,2}\S/.test(line))
  const text = [
    block[at]?.slice(key.length + 3) ?? '',
    ...rest.slice(0, next < 0 ? undefined : next),
  ]
    .map((line) => line.trim())
    .join(' ')
    .trim()
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  if (text.startsWith('"')) {
    try {
      // A line of a double-quoted scalar may end in a backslash that joins it to the next one.
      return JSON.parse(text.replace(/\\ \\?/g, '')) as string
    } catch {
      return undefined
    }
  }
  return text === 'null' ? undefined : text
}

interface WireField {
  name?: string
  type?: string
  required?: boolean
  default?: unknown
  shape?: unknown
  'tensor-spec'?: { dtype: string; shape: number[] }
  items?: WireField
  values?: WireField
  properties?: Record<string, WireField>
}

function readFields(json: string | undefined): Field[] {
  if (!json) return []
  try {
    const fields: unknown = JSON.parse(json)
    if (!Array.isArray(fields)) return []
    return (fields as WireField[]).map((field) => ({
      name: field.name,
      type: typeText(field),
      required: field.required !== false && field.default === undefined,
      default: field.default === undefined ? undefined : JSON.stringify(field.default),
    }))
  } catch {
    return []
  }
}

/** A type as people write it: "double", "float32 [−1, 3]", "array of string", "{ role: string }". */
export function typeText(field: WireField): string {
  const tensor = field['tensor-spec']
  if (tensor) return `${tensor.dtype} [${tensor.shape.join(', ').replaceAll('-', '−')}]`
  switch (field.type) {
    case 'array':
      return `array of ${typeText(field.items ?? {})}`
    case 'map':
      return `map to ${typeText(field.values ?? {})}`
    case 'object':
      return `{ ${Object.entries(field.properties ?? {})
        .map(([name, inner]) => `${name}${inner.required === false ? '?' : ''}: ${typeText(inner)}`)
        .join(', ')} }`
    default:
      return field.type ?? 'any'
  }
}
