import { serverUrl } from '~/lib/base'

/** What the server said when it refused or failed a request. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

function failure(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string }
    if (body.message) {
      return new ApiError(body.message, body.error_code ?? 'ERROR', status)
    }
  } catch {
    // Not JSON: a proxy or the network answered in the server's place.
  }
  return new ApiError(`The server answered ${status}.`, 'HTTP_ERROR', status)
}

const unreachable = () => new ApiError('The server cannot be reached.', 'NETWORK', 0)

async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (!response.ok) throw failure(response.status, await response.text())
  return response
}

/** Routes of the newer family are named with it: "3.0/datasets/create". */
const route = (path: string) =>
  path.startsWith('3.0/') ? `ajax-api/3.0/mlflow/${path.slice(4)}` : `ajax-api/2.0/mlflow/${path}`

export async function get<T>(
  path: string,
  query: Parameters<typeof serverUrl>[1] = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(serverUrl(route(path), query), { signal })
  return (await response.json()) as T
}

async function submit<T>(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(serverUrl(route(path)), {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  return (await response.json()) as T
}

export const post = <T>(path: string, body: unknown, signal?: AbortSignal) =>
  submit<T>('POST', path, body, signal)

export const patch = <T>(path: string, body: unknown) => submit<T>('PATCH', path, body)

export const put = <T>(path: string, body: unknown) => submit<T>('PUT', path, body)

export const remove = <T>(path: string, body: unknown = {}) => submit<T>('DELETE', path, body)

export async function download(url: string, signal?: AbortSignal): Promise<Response> {
  return send(url, { signal })
}

/** Sends a file and tells on the way how many of its bytes are out, which fetch does not. */
export function upload(
  method: 'POST' | 'PUT',
  url: string,
  file: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    signal.addEventListener('abort', stop)
    request.upload.onprogress = ({ loaded }) => onSent(loaded)
    request.onload = () => {
      if (request.status < 300) resolve()
      else reject(failure(request.status, request.responseText))
    }
    request.onerror = () => reject(unreachable())
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', stop)
    request.open(method, url)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.send(file)
  })
}

/** A sentence to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.'
}
