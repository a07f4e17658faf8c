import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '~/components/Button'
import { ErrorNote } from '~/components/ErrorState'
import { Input } from '~/components/Field'
import { notifyError } from '~/components/Toasts'
import type { Tag } from '~/lib/wire'

interface Props {
  tags: Tag[]
  onSet: (key: string, value: string) => Promise<unknown>
  onDelete: (key: string) => Promise<unknown>
}

/** Tags as chips: a click edits one, its cross takes it away. */
export function TagEditor({ tags, onSet, onDelete }: Props) {
  const [editing, setEditing] = useState<Tag | 'new'>()
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-1">
        {tags.map((tag) => (
          <span
            key={tag.key}
            className="inline-flex max-w-full items-stretch rounded-sm border bg-surface text-xs"
          >
            <button
              type="button"
              title={`Edit ${tag.key}`}
              onClick={() => setEditing(tag)}
              className="flex min-w-0 rounded-l-sm py-0.5 pr-1 pl-1.5 hover:bg-hover"
            >
              <span className="truncate text-faint">{tag.key}</span>
              {tag.value && <span className="ml-1 min-w-0 truncate">{tag.value}</span>}
            </button>
            <button
              type="button"
              aria-label={`Delete tag ${tag.key}`}
              onClick={() => onDelete(tag.key).catch(notifyError)}
              className="rounded-r-sm px-1 text-faint hover:bg-hover hover:text-bad"
            >
              <X size={11} />
            </button>
          </span>
        ))}
        <button
          type="button"
          onClick={() => setEditing('new')}
          className="inline-flex items-center gap-1 rounded-sm border border-dashed border-line-strong px-1.5 py-0.5 text-xs text-muted hover:border-faint hover:text-ink"
        >
          <Plus size={11} /> Add tag
        </button>
      </div>
      {editing && (
        <TagForm
          key={editing === 'new' ? '' : editing.key}
          tag={editing === 'new' ? undefined : editing}
          onSet={onSet}
          onClose={() => setEditing(undefined)}
        />
      )}
    </div>
  )
}

interface FormProps {
  tag: Tag | undefined
  onSet: Props['onSet']
  onClose: () => void
}

function TagForm({ tag, onSet, onClose }: FormProps) {
  const [key, setKey] = useState(tag?.key ?? '')
  const [value, setValue] = useState(tag?.value ?? '')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    onSet(key.trim(), value)
      .then(onClose, setError)
      .finally(() => setBusy(false))
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="flex gap-1.5">
        <Input
          autoFocus={!tag}
          aria-label="Tag name"
          placeholder="name"
          value={key}
          disabled={tag !== undefined}
          onChange={(event) => setKey(event.target.value)}
        />
        <Input
          autoFocus={tag !== undefined}
          aria-label="Tag value"
          placeholder="value"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button kind="solid" type="submit" disabled={!key.trim() || busy}>
          {tag ? 'Save' : 'Add'}
        </Button>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
    </form>
  )
}
