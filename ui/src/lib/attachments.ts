import { serverUrl } from '~/lib/base'

/** A file that belongs to a span, which holds only a reference to it. */
export interface Attachment {
  id: string
  traceId: string
  type: string
  /** In bytes, where the reference says it. */
  size: number | undefined
}

const REFERENCE =
  /^mlflow-attachment:\/\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\?(\S+)$/

/** Reads `mlflow-attachment://<id>?content_type=…&trace_id=…&size=…`; undefined if it is none. */
export function readAttachment(value: unknown): Attachment | undefined {
  const [, id, query] = (typeof value === 'string' && REFERENCE.exec(value)) || []
  if (!id || !query) return undefined
  const parameters = new URLSearchParams(query)
  const type = parameters.get('content_type')
  const traceId = parameters.get('trace_id')
  if (!type || !traceId) return undefined
  const size = Number(parameters.get('size'))
  return { id, traceId, type, size: size > 0 ? size : undefined }
}

export const attachmentUrl = ({ traceId, id }: Attachment) =>
  serverUrl('ajax-api/3.0/mlflow/get-trace-artifact', { request_id: traceId, path: id })

const ENDINGS: Record<string, string> = { jpeg: 'jpg', plain: 'txt', mpeg: 'mp3', 'svg+xml': 'svg' }

/** A name to save the file under. */
export function attachmentName({ id, type }: Attachment): string {
  const kind = type.split(';')[0]?.split('/')[1] ?? 'bin'
  return `${id}.${ENDINGS[kind] ?? kind.replace(/^x-|[^a-z0-9]/g, '')}`
}
