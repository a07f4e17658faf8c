/**
 * Where this page lives: "/", or what the server's static prefix or a proxy puts in front, always with
 * a closing slash. Never with two at its beginning, which would name a host.
 */
export const basePath: string =
  typeof document === 'undefined'
    ? '/'
    : new URL('./', document.baseURI).pathname.replace(/\/{2,}/g, '/')

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
