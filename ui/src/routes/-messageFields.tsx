import { type Field, fieldsOf, type OpenApi } from '~/lib/openapi'

/** What a message holds, field by field; those that hold messages open up. */
export function MessageFields({
  title,
  fields,
  document,
  isRead = false,
}: {
  title: string
  fields: Field[]
  document: OpenApi
  /** Whether somebody has to write it, and must know what may not be missing. */
  isRead?: boolean
}) {
  if (fields.length === 0) return null
  return (
    <section aria-label={title}>
      <h3 className="pb-1 text-2xs font-semibold text-faint uppercase">{title}</h3>
      <FieldList fields={fields} document={document} isRead={isRead} />
    </section>
  )
}

interface Shown {
  document: OpenApi
  isRead: boolean
}

function FieldList({ fields, ...shown }: Shown & { fields: Field[] }) {
  return (
    <ul className="flex flex-col gap-1">
      {fields.map((field) => (
        <li key={field.name}>
          <FieldRow field={field} {...shown} />
        </li>
      ))}
    </ul>
  )
}

function FieldRow({ field, ...shown }: Shown & { field: Field }) {
  const { inside } = field
  const line = (
    <>
      <code className="font-mono text-ink">{field.name}</code>{' '}
      <span className="text-faint [overflow-wrap:anywhere]">{field.type}</span>
      {shown.isRead && field.required && <span className="text-warn"> required</span>}
      {field.description && <span className="block text-muted">{field.description}</span>}
    </>
  )
  if (!inside) return <div className="pl-4">{line}</div>
  return (
    <details>
      <summary className="relative cursor-default list-none rounded-sm pl-4 hover:bg-hover">
        <span
          aria-hidden
          className="absolute left-1 text-faint transition-transform [details[open]>summary>&]:rotate-90"
        >
          ›
        </span>
        {line}
      </summary>
      <div className="mt-1 ml-1.5 border-l pl-2">
        <FieldList fields={fieldsOf(shown.document, inside)} {...shown} />
      </div>
    </details>
  )
}
