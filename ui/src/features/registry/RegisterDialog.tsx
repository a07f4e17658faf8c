import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { Select } from '~/components/Select'
import { ApiError } from '~/lib/api'
import { useCreateModel, useCreateVersion } from '~/lib/useRegistry'

interface Props {
  runId: string
  /** The models that the run logged. */
  modelIds: string[]
}

/** Makes a version in the registry of a model that a run logged. */
export function RegisterModel({ runId, modelIds }: Props) {
  const [open, setOpen] = useState(false)
  if (modelIds.length === 0) return null
  return (
    <>
      <Button onClick={() => setOpen(true)}>Register model</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Register model">
        <RegisterForm runId={runId} modelIds={modelIds} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function RegisterForm({ runId, modelIds, onClose }: Props & { onClose: () => void }) {
  const [modelId, setModelId] = useState(modelIds[0] ?? '')
  const [name, setName] = useState('')
  const [error, setError] = useState<unknown>()
  const create = useCreateModel()
  const add = useCreateVersion()
  const navigate = useNavigate()
  const register = async (to: string) => {
    try {
      await create.mutateAsync({ name: to })
    } catch (cause) {
      // The name being there already is what most versions find.
      if (!(cause instanceof ApiError && cause.code === 'RESOURCE_ALREADY_EXISTS')) throw cause
    }
    return add.mutateAsync({
      name: to,
      source: `models:/${modelId}`,
      model_id: modelId,
      run_id: runId,
    })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    register(name.trim()).then(
      (made) =>
        navigate({
          to: '/models/$name/versions/$version',
          params: { name: made.name, version: made.version },
        }),
      setError,
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {modelIds.length > 1 && (
        <Select
          label="Logged model"
          value={modelId}
          options={modelIds.map((value) => ({ value, label: value }))}
          onChange={setModelId}
        />
      )}
      <LabelledInput
        label="Registered model"
        placeholder="churn-classifier"
        hint="A name that is there gets a new version; another one is made."
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      {error !== undefined && <ErrorNote error={error} />}
      <div className="mt-1 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="solid"
          type="submit"
          disabled={!name.trim() || create.isPending || add.isPending}
        >
          Register
        </Button>
      </div>
    </form>
  )
}
