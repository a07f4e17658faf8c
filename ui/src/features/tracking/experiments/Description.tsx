import { useState } from 'react'
import { Button } from '~/components/Button'
import { TextArea } from '~/components/Field'
import { Markdown } from '~/components/Markdown'
import { notifyError } from '~/components/Toasts'
import { useTagExperiment } from '~/features/tracking/experiments/queries'
import { NOTE, tagValue } from '~/lib/runs'
import type { Experiment } from '~/lib/wire'

/** What the experiment is about, in Markdown, with its editor. */
export function ExperimentDescription({ experiment }: { experiment: Experiment }) {
  const note = tagValue(experiment.tags, NOTE) ?? ''
  const [draft, setDraft] = useState<string>()
  const tag = useTagExperiment()
  const save = () =>
    tag.mutate(
      { id: experiment.experiment_id, key: NOTE, value: draft ?? '' },
      { onSuccess: () => setDraft(undefined), onError: notifyError },
    )
  if (draft === undefined) {
    return (
      <div className="flex flex-col items-start gap-3">
        {note ? <Markdown source={note} /> : <p className="text-muted">No description yet.</p>}
        <Button size="small" onClick={() => setDraft(note)}>
          {note ? 'Edit description' : 'Add description'}
        </Button>
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        aria-label="Description"
        rows={8}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <div className="flex justify-end gap-2">
        <Button size="small" onClick={() => setDraft(undefined)}>
          Cancel
        </Button>
        <Button size="small" kind="solid" onClick={save} disabled={tag.isPending}>
          Save
        </Button>
      </div>
    </div>
  )
}
