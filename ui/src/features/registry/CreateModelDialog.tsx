import { type FormEvent, type RefObject, useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { useCreateModel } from '~/lib/useRegistry'

interface Props {
  open: boolean
  onClose: () => void
  onCreated: (name: string) => void
}

export function CreateModelDialog({ open, onClose, onCreated }: Props) {
  const first = useRef<HTMLInputElement>(null)
  return (
    <Dialog open={open} onClose={onClose} title="New model" initialFocus={first}>
      <CreateForm first={first} onClose={onClose} onCreated={onCreated} />
    </Dialog>
  )
}

function CreateForm({
  first,
  onClose,
  onCreated,
}: Omit<Props, 'open'> & { first: RefObject<HTMLInputElement | null> }) {
  const create = useCreateModel()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(
      { name: name.trim(), description: description.trim() || undefined },
      { onSuccess: () => onCreated(name.trim()) },
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
        label="Description (optional)"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      {create.error && <ErrorNote error={create.error} />}
      <div className="mt-1 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={!name.trim() || create.isPending}>
          Create model
        </Button>
      </div>
    </form>
  )
}
