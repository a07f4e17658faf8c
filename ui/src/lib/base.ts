/** Where the server mounted this page: "/" or its static prefix, always with a closing slash. */
export const basePath: string =
  typeof document === 'undefined' ? '/' : new URL('./', document.baseURI).pathname

type QueryValue = string | number | boolean | undefined | readonly string[]

/** A server URL under the mount point; lists repeat their key. */
export function serverUrl(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue
    if (Array.isArray(value)) for (const item of value) search.append(key, item)
    else search.append(key, String(value))
  }
  const text = search.toString()
  return `${basePath}${path}${text ? `?${text}` : ''}`
}

/** The address that a client is pointed at to reach this server. */
export function trackingUri(): string {
  return (window.location.origin + basePath).replace(/\/$/, '')
}
