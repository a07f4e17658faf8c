import { type FormEvent, type RefObject, useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { useRenameExperiment } from '~/features/tracking/experiments/queries'
import type { Experiment } from '~/lib/wire'

interface Props {
  experiment: Experiment
  onClose: () => void
}

export function RenameDialog({ experiment, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <Dialog open onClose={onClose} title="Rename experiment" initialFocus={field}>
      <RenameForm field={field} experiment={experiment} onClose={onClose} />
    </Dialog>
  )
}

function RenameForm({
  field,
  experiment,
  onClose,
}: Props & { field: RefObject<HTMLInputElement | null> }) {
  const rename = useRenameExperiment()
  const [name, setName] = useState(experiment.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate({ id: experiment.experiment_id, name: name.trim() }, { onSuccess: onClose })
  }
  const unchanged = !name.trim() || name.trim() === experiment.name
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LabelledInput
        ref={field}
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      {rename.error && <ErrorNote error={rename.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={unchanged || rename.isPending}>
          Rename
        </Button>
      </div>
    </form>
  )
}
