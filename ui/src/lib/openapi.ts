// The server's own description of its routes, as far as the pages read it.

export interface Operation {
  operationId: string
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; schema?: { type?: string } }[]
  requestBody?: {
    content: Record<string, { schema: { properties?: Record<string, { type?: string }> } }>
  }
}

export interface OpenApi {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
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

/** A call of a route to paste into a shell. */
export function curlOf({ method, path, operation }: Route, server: string): string {
  const query = (operation.parameters ?? [])
    .filter((each) => each.in === 'query')
    .map((each) => `${each.name}=`)
  const address = `${server}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
  if (method === 'GET') return `curl '${address}'`
  const properties = operation.requestBody?.content['application/json']?.schema.properties ?? {}
  const body = Object.entries(properties).map(
    ([name, { type }]) => `"${name}": ${type === 'array' ? '[]' : '""'}`,
  )
  const data = operation.requestBody
    ? ` \\\n  -H 'Content-Type: application/json' -d '{${body.join(', ')}}'`
    : ''
  return `curl -X ${method} '${address}'${data}`
}
