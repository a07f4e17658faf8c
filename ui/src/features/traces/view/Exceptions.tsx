import { CircleAlert } from 'lucide-react'
import { useState } from 'react'
import { CopyButton } from '~/components/CopyButton'
import { attributeValue, type Span, type SpanEvent } from '~/lib/spans'

export const isException = (event: SpanEvent) => event.name === 'exception'

function text(event: SpanEvent, key: string): string {
  const value = attributeValue(event.attributes[`exception.${key}`])
  return value === undefined || value === null ? '' : String(value)
}

/** Why a span failed: its message, and the exceptions with their stack traces. */
export function Exceptions({ span }: { span: Span }) {
  const exceptions = span.events.filter(isException)
  if (exceptions.length === 0 && span.status !== 'ERROR') return null
  if (exceptions.length === 0) {
    return <Box title="Error" message={span.message} stack="" />
  }
  return exceptions.map((event, index) => (
    <Box
      // biome-ignore lint/suspicious/noArrayIndexKey: events never move
      key={index}
      title={text(event, 'type') || 'Exception'}
      message={text(event, 'message') || span.message}
      stack={text(event, 'stacktrace')}
    />
  ))
}

function Box({ title, message, stack }: { title: string; message: string; stack: string }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="rounded-lg bg-bad-soft px-3 py-2">
      <div className="flex items-center gap-1.5 font-medium text-bad">
        <CircleAlert size={14} className="shrink-0" />
        <span className="min-w-0 [overflow-wrap:anywhere]">{title}</span>
        {stack && (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="ml-auto shrink-0 text-xs font-normal underline underline-offset-2"
          >
            {open ? 'Hide stack trace' : 'Stack trace'}
          </button>
        )}
      </div>
      {message && <p className="pt-0.5 [overflow-wrap:anywhere] whitespace-pre-wrap">{message}</p>}
      {open && (
        <div className="relative mt-2 rounded-md bg-surface">
          <pre tabIndex={0} className="max-h-80 overflow-auto p-2 pr-9 font-mono text-2xs">
            {stack}
          </pre>
          <CopyButton
            text={stack}
            label="Copy stack trace"
            className="absolute top-1 right-1 size-6"
          />
        </div>
      )}
    </div>
  )
}
