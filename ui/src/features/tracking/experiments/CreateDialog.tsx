import { type FormEvent, useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { useCreateExperiment } from '~/features/tracking/experiments/queries'

interface Props {
  open: boolean
  onClose: () => void
  onCreated: (id: string) => void
}

export function CreateDialog({ open, onClose, onCreated }: Props) {
  const first = useRef<HTMLInputElement>(null)
  return (
    <Dialog open={open} onClose={onClose} title="New experiment" initialFocus={first}>
      <CreateForm first={first} onClose={onClose} onCreated={onCreated} />
    </Dialog>
  )
}

function CreateForm({
  first,
  onClose,
  onCreated,
}: Omit<Props, 'open'> & { first: React.RefObject<HTMLInputElement | null> }) {
  const create = useCreateExperiment()
  const [name, setName] = useState('')
  const [artifactLocation, setArtifactLocation] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(
      { name: name.trim(), artifactLocation: artifactLocation.trim() },
      { onSuccess: onCreated },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LabelledInput
        ref={first}
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      <LabelledInput
        label="Artifact location (optional)"
        placeholder="The server's own"
        hint="Where the files of its runs are kept, for example s3://bucket/path. It cannot be changed later."
        value={artifactLocation}
        onChange={(event) => setArtifactLocation(event.target.value)}
      />
      {create.error && <ErrorNote error={create.error} />}
      <div className="mt-1 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={!name.trim() || create.isPending}>
          Create experiment
        </Button>
      </div>
    </form>
  )
}
