import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '~/components/Button'
import { ErrorNote } from '~/components/ErrorState'
import { Input } from '~/components/Field'
import { notifyError } from '~/components/Toasts'
import type { Alias } from '~/lib/registry'
import { useDeleteAlias, useSetAlias } from '~/lib/useRegistry'

interface Props {
  name: string
  version: string
  /** All aliases of the name, of other versions too. */
  aliases: Alias[]
}

/** The aliases of one version. One that another version holds moves here when it is added. */
export function AliasEditor({ name, version, aliases }: Props) {
  const [adding, setAdding] = useState(false)
  const drop = useDeleteAlias()
  const own = aliases.filter((alias) => alias.version === version)
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-1">
        {own.map(({ alias }) => (
          <span
            key={alias}
            className="inline-flex max-w-full items-stretch rounded-sm bg-accent-soft text-xs font-medium text-accent"
          >
            <span className="truncate py-0.5 pr-0.5 pl-1.5">@{alias}</span>
            <button
              type="button"
              aria-label={`Remove alias ${alias}`}
              onClick={() => drop.mutate({ name, alias }, { onError: notifyError })}
              className="rounded-r-sm px-1 hover:text-bad"
            >
              <X size={11} />
            </button>
          </span>
        ))}
        <button
          type="button"
          onClick={() => setAdding(true)}
          className="inline-flex items-center gap-1 rounded-sm border border-dashed border-line-strong px-1.5 py-0.5 text-xs text-muted hover:border-faint hover:text-ink"
        >
          <Plus size={11} /> Add alias
        </button>
      </div>
      {adding && (
        <AliasForm
          name={name}
          version={version}
          aliases={aliases}
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  )
}

function AliasForm({ name, version, aliases, onClose }: Props & { onClose: () => void }) {
  const [text, setText] = useState('')
  const set = useSetAlias()
  const alias = text.trim().replace(/^@/, '')
  const holder = aliases.find((each) => each.alias === alias && each.version !== version)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate({ name, alias, version }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="flex gap-1.5">
        <Input
          autoFocus
          aria-label="Alias"
          placeholder="champion"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button kind="solid" type="submit" disabled={!alias || set.isPending}>
          {holder ? 'Move' : 'Add'}
        </Button>
      </div>
      {holder && (
        <p className="mt-1.5 text-xs text-warn">It moves here from version {holder.version}.</p>
      )}
      {set.error && <ErrorNote error={set.error} />}
    </form>
  )
}
