import { CopyButton } from '~/components/CopyButton'

/** A piece of code to copy. */
export function Snippet({ code, label = 'Copy code' }: { code: string; label?: string }) {
  return (
    <div className="relative w-full rounded-lg border bg-sunken">
      <pre tabIndex={0} className="overflow-x-auto p-3 pr-12 font-mono text-xs text-ink">
        {code}
      </pre>
      <CopyButton text={code} label={label} className="absolute top-1.5 right-1.5 bg-sunken" />
    </div>
  )
}
