import { FileText } from 'lucide-react'
import { useMemo } from 'react'
import { AttachmentView } from '~/components/content/AttachmentView'
import { Chat } from '~/components/content/Chat'
import { JsonView } from '~/components/content/JsonView'
import { LongText } from '~/components/content/LongText'
import { readAttachment } from '~/lib/attachments'
import { toMessages } from '~/lib/chat'

interface Document {
  page_content: string
  metadata?: Record<string, unknown>
}

function isDocuments(value: unknown): value is Document[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof (each as Document | null)?.page_content === 'string')
  )
}

const MOST_FIELDS = 12
/** Texts shorter than this and on one line stand beside their names. */
const SHORT = 120

/** What a span was given or gave back, as what it is: conversation, documents, fields, text or JSON. */
export function Payload({ value }: { value: unknown }) {
  const messages = useMemo(() => toMessages(value), [value])
  const attachment = readAttachment(value)
  if (attachment) return <AttachmentView attachment={attachment} />
  if (messages) return <Chat messages={messages} />
  if (typeof value === 'string') return <LongText text={value} markdown />
  if (isDocuments(value)) return <Documents documents={value} />
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value)
    const readable = fields.some(([, each]) => typeof each === 'string')
    if (readable && fields.length <= MOST_FIELDS) return <Fields fields={fields} />
  }
  return <JsonView value={value} />
}

function Fields({ fields }: { fields: [string, unknown][] }) {
  return (
    <dl className="flex flex-col gap-2">
      {fields.map(([name, value]) => {
        const attachment = readAttachment(value)
        const short = typeof value !== 'object' && String(value).length <= SHORT && !attachment
        return (
          <div key={name} className={short ? 'flex min-w-0 items-baseline gap-2' : 'min-w-0'}>
            <dt className="shrink-0 text-xs text-faint">{name}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">
              {attachment ? (
                <AttachmentView attachment={attachment} />
              ) : typeof value === 'string' ? (
                <LongText text={value} markdown={!short} />
              ) : (
                <JsonView value={value} />
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function Documents({ documents }: { documents: Document[] }) {
  return (
    <ol className="flex flex-col gap-2">
      {documents.slice(0, 50).map((document, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: documents never move
        <li key={index} className="min-w-0 rounded-lg border bg-sunken px-3 py-2">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5 pb-1 text-xs text-muted">
            <span className="flex items-center gap-1.5 font-medium">
              <FileText size={12} className="text-faint" /> Document {index + 1}
            </span>
            {Object.entries(document.metadata ?? {}).map(([name, value]) => (
              <span key={name} className="[overflow-wrap:anywhere]">
                <span className="text-faint">{name}</span>{' '}
                {typeof value === 'string' ? value : JSON.stringify(value)}
              </span>
            ))}
          </div>
          <LongText text={document.page_content} markdown />
        </li>
      ))}
      {documents.length > 50 && (
        <li className="text-xs text-faint">{documents.length - 50} more in the JSON view</li>
      )}
    </ol>
  )
}
