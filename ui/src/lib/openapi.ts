// The server's own description of its routes, as far as the pages read it.

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema | boolean>
  required?: string[]
  items?: Schema | boolean
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface Operation {
  operationId: string
  summary?: string
  tags?: string[]
  parameters?: {
    name: string
    in: string
    required?: boolean
    description?: string
    schema?: Schema
  }[]
  requestBody?: Content
  responses?: Record<string, Content>
}

export interface OpenApi {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas: Record<string, Schema> }
}

export interface Route {
  method: string
  path: string
  operation: Operation
}

/** The routes that hold every word of the text, by what they are about. */
export function routesByTag(document: OpenApi, text: string): [string, Route[]][] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const byTag = new Map<string, Route[]>()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const all = `${method} ${path}`.toLowerCase()
      if (!words.every((word) => all.includes(word))) continue
      const tag = operation.tags?.[0] ?? 'other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), { method: method.toUpperCase(), path, operation }])
    }
  }
  return [...byTag].sort(([a], [b]) => a.localeCompare(b))
}

export interface Field {
  name: string
  type: string
  required: boolean
  description?: string
  /** What it holds, if that has fields itself. */
  inside?: Schema
}

const REFERENCE = '#/components/schemas/'

/** The schema that a reference stands for. */
function resolve(document: OpenApi, schema: Schema): Schema {
  const name = schema.$ref?.replace(REFERENCE, '')
  return (name !== undefined && document.components?.schemas[name]) || schema
}

/** The part of a schema that says what is there when something is. */
function present(schema: Schema): Schema {
  const parts = schema.anyOf?.filter((part) => part.type !== 'null')
  return parts?.length === 1 && parts[0] ? parts[0] : schema
}

/** A schema's type in a few words: `Run[]`, `string`, `OK | ERROR`. */
export function typeOf(schema: Schema | boolean | undefined): string {
  if (schema === undefined || typeof schema === 'boolean') return 'any'
  const one = present(schema)
  if (one.$ref) return one.$ref.replace(REFERENCE, '')
  if (one.enum) return one.enum.join(' | ')
  if (one.anyOf) return one.anyOf.map(typeOf).join(' | ')
  if (one.allOf?.[0]) return typeOf(one.allOf[0])
  const type = [one.type ?? 'any'].flat().filter((each) => each !== 'null')[0] ?? 'any'
  if (type === 'array') return `${typeOf(one.items)}[]`
  if (type === 'object' && one.additionalProperties) {
    return `map of ${typeOf(one.additionalProperties)}`
  }
  return type
}

/** The fields of a message, or of what a list or a map of messages holds. */
export function fieldsOf(document: OpenApi, message: Schema): Field[] {
  const { properties: own = {}, required = [], oneOf = [] } = resolve(document, present(message))
  // Of several forms that share fields, each has a field of its own.
  const properties = Object.assign({}, own, ...oneOf.map((form) => form.properties))
  return Object.entries<Schema | boolean>(properties).map(([name, schema]) => {
    const field = { name, type: typeOf(schema), required: required.includes(name) }
    if (typeof schema === 'boolean') return field
    const one = present(schema)
    const item = [one.items, one.additionalProperties].find((each) => typeof each === 'object')
    const inside = typeof item === 'object' ? item : one
    const hasFields = resolve(document, present(inside)).properties !== undefined
    return { ...field, description: schema.description, inside: hasFields ? inside : undefined }
  })
}

const JSON_TYPE = 'application/json'

/** What a route reads: its parameters and its message. */
export function requestFields(document: OpenApi, operation: Operation): Field[] {
  const parameters = (operation.parameters ?? []).map((each) => ({
    name: each.name,
    type: typeOf(each.schema),
    required: each.required ?? false,
    description: each.description,
  }))
  const body = operation.requestBody?.content?.[JSON_TYPE]?.schema
  return [...parameters, ...(body ? fieldsOf(document, body) : [])]
}

/** What a route answers. */
export function answerFields(document: OpenApi, operation: Operation): Field[] {
  const answer = operation.responses?.['200']?.content?.[JSON_TYPE]?.schema
  return answer ? fieldsOf(document, answer) : []
}

/** A call of a route to paste into a shell. */
export function curlOf(document: OpenApi, route: Route, server: string): string {
  const { method, path, operation } = route
  const query = (operation.parameters ?? [])
    .filter((each) => each.in === 'query' && each.required)
    .map((each) => `${each.name}=`)
  const address = `${server}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
  if (method === 'GET') return `curl '${address}'`
  const message = operation.requestBody?.content?.[JSON_TYPE]?.schema
  const fields = message ? fieldsOf(document, message) : []
  const wanted = fields.some((field) => field.required)
    ? fields.filter((field) => field.required)
    : fields.slice(0, 2)
  const body = wanted.map(({ name, type }) => `"${name}": ${example(type)}`)
  const data = operation.requestBody
    ? ` \\\n  -H 'Content-Type: application/json' -d '{${body.join(', ')}}'`
    : ''
  return `curl -X ${method} '${address}'${data}`
}

function example(type: string): string {
  if (type.endsWith('[]')) return '[]'
  if (type === 'boolean') return 'false'
  if (type === 'integer' || type === 'number' || type === 'Double') return '0'
  return type === 'string' || type.includes('|') ? '""' : '{}'
}
