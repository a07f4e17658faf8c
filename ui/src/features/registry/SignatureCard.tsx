import { useQuery } from '@tanstack/react-query'
import { signatureQuery } from '~/features/registry/queries'
import type { Field } from '~/features/registry/signature'

/** What a version takes and gives back. */
export function SignatureCard({ name, version }: { name: string; version: string }) {
  const { data, isPending } = useQuery(signatureQuery(name, version))
  return (
    <section aria-label="Schema" className="min-w-0 rounded-lg border bg-surface">
      <h2 className="flex h-10 items-center border-b px-3 font-medium">Schema</h2>
      {isPending ? (
        <div role="status" aria-label="Loading" className="flex flex-col gap-3 p-3">
          <div className="skeleton h-3 w-1/3" />
          <div className="skeleton h-3 w-1/2" />
          <div className="skeleton h-3 w-2/5" />
        </div>
      ) : data ? (
        <>
          <Part title="Inputs" fields={data.inputs} />
          <Part title="Outputs" fields={data.outputs} />
          <Part title="Parameters" fields={data.params} />
        </>
      ) : (
        <p className="px-3 py-3 text-muted">
          None was logged with the model.{' '}
          <code className="font-mono text-xs">log_model(…, input_example=…)</code> adds one.
        </p>
      )}
    </section>
  )
}

function Part({ title, fields }: { title: string; fields: Field[] }) {
  if (fields.length === 0) return null
  return (
    <table className="w-full table-fixed border-b last:border-b-0">
      <caption className="bg-canvas px-3 pt-2 pb-1 text-left text-xs font-medium text-faint">
        {title} <span className="pl-0.5 font-normal tabular">{fields.length}</span>
      </caption>
      <tbody>
        {fields.map((field, index) => (
          <tr key={field.name ?? index} className="border-t border-line/70 hover:bg-hover">
            <th
              scope="row"
              className="w-1/2 truncate py-1.5 pr-2 pl-3 text-left align-top font-normal"
              title={field.name}
            >
              {field.name ?? <span className="text-faint">unnamed</span>}
              {field.required && (
                <span className="pl-1 text-faint" title="Required">
                  *
                </span>
              )}
            </th>
            <td className="py-1.5 pr-3 pl-2 align-top font-mono text-xs leading-5 text-muted [overflow-wrap:anywhere]">
              {field.type}
              {field.default !== undefined && (
                <span className="text-faint"> = {field.default}</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
