import { request as ask, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listener {
  /** Scheme, host and port, without a slash. */
  origin: string
  close: () => Promise<void>
}

interface Settings {
  /** The path that the server knows nothing of; it is taken away. */
  prefix: string
  /** Tell the server about it, as some proxies do. */
  forwarded?: boolean
  /** Send paths on decoded, as nginx does where it rewrites them. */
  decoded?: boolean
}

/** A proxy that serves the tracking server below a path of its own, and nothing beside it. */
export async function stripping(target: string, settings: Settings): Promise<Listener> {
  const { prefix, forwarded, decoded } = settings
  const { host, hostname, port } = new URL(target)
  return listening(
    createServer((incoming, answer) => {
      const url = incoming.url ?? ''
      const rest = url.slice(prefix.length)
      if (!url.startsWith(prefix) || !/^([/?]|$)/.test(rest)) {
        answer.writeHead(404).end('outside the prefix')
        return
      }
      const [path = '', query] = rest.split(/\?(.*)/s)
      const sent = `${(decoded ? decodeURIComponent(path) : path) || '/'}${query === undefined ? '' : `?${query}`}`
      const headers = {
        ...incoming.headers,
        host,
        ...(forwarded && { 'x-forwarded-prefix': prefix }),
      }
      const outgoing = ask(
        { hostname, port, method: incoming.method, path: sent.replaceAll(' ', '%20'), headers },
        (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers)
          response.pipe(answer)
        },
      )
      outgoing.on('error', () => answer.destroy())
      answer.on('close', () => outgoing.destroy())
      incoming.pipe(outgoing)
    }),
  )
}

/** A site with one page. */
export function sitePage(html: string): Promise<Listener> {
  return listening(
    createServer((_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
    }),
  )
}

async function listening(server: Server): Promise<Listener> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
