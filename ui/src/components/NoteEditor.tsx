import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { TextArea } from '~/components/Field'
import { Markdown } from '~/components/Markdown'
import { notifyError } from '~/components/Toasts'

interface Props {
  /** In Markdown. */
  note: string
  onSave: (note: string) => Promise<unknown>
  placeholder?: string
}

/** What somebody wrote about a thing, and its editor. */
export function NoteEditor({ note, onSave, placeholder = 'Add a description…' }: Props) {
  const [draft, setDraft] = useState<string>()
  const [busy, setBusy] = useState(false)
  const save = () => {
    setBusy(true)
    onSave(draft ?? '')
      .then(() => setDraft(undefined), notifyError)
      .finally(() => setBusy(false))
  }
  if (draft !== undefined) {
    return (
      <div className="flex flex-col gap-2">
        <TextArea
          autoFocus
          aria-label="Description"
          placeholder="Markdown"
          rows={7}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setDraft(undefined)
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) save()
          }}
        />
        <div className="flex gap-2">
          <Button kind="solid" size="small" onClick={save} disabled={busy}>
            Save
          </Button>
          <Button size="small" onClick={() => setDraft(undefined)}>
            Cancel
          </Button>
        </div>
      </div>
    )
  }
  if (!note) {
    return (
      <button
        type="button"
        onClick={() => setDraft('')}
        className="self-start text-faint hover:text-ink"
      >
        {placeholder}
      </button>
    )
  }
  return (
    <div className="group relative pr-8">
      <Markdown source={note} />
      <IconButton
        label="Edit description"
        onClick={() => setDraft(note)}
        className="absolute -top-1 right-0 opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
      >
        <Pencil size={13} />
      </IconButton>
    </div>
  )
}
