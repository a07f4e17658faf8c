import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { TextArea } from '~/components/Field'
import { Markdown } from '~/components/Markdown'
import { notifyError } from '~/components/Toasts'
import { useTagRun } from '~/features/tracking/runs/queries'
import { NOTE, tagValue } from '~/lib/runs'
import type { Run } from '~/lib/wire'

/** What somebody wrote about the run, and its editor. */
export function RunNote({ run }: { run: Run }) {
  const note = tagValue(run.data.tags, NOTE) ?? ''
  const [draft, setDraft] = useState<string>()
  const tag = useTagRun()
  const save = () =>
    tag.mutate(
      { id: run.info.run_id, key: NOTE, value: draft ?? '' },
      { onSuccess: () => setDraft(undefined), onError: notifyError },
    )
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
          <Button kind="solid" size="small" onClick={save} disabled={tag.isPending}>
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
        Add a description…
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
