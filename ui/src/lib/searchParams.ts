// Search parameters stay plain text in the address: no JSON, no quotes, lists repeat their key.

type Search = Record<string, unknown>

export function parseSearch(text: string): Search {
  const search: Record<string, string | string[]> = {}
  for (const [key, value] of new URLSearchParams(text)) {
    const before = search[key]
    if (before === undefined) search[key] = value
    else search[key] = Array.isArray(before) ? [...before, value] : [before, value]
  }
  return search
}

export function stringifySearch(search: Search): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '' || value === false) continue
    if (Array.isArray(value)) for (const item of value) params.append(key, String(item))
    else params.append(key, String(value))
  }
  // These few are safe in a query and make shared links readable.
  const text = params
    .toString()
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
  return text ? `?${text}` : ''
}
