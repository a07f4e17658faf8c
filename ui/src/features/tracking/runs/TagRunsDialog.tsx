import { useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { LabelledInput } from '~/components/Field'
import { ProgressBar } from '~/components/ProgressBar'
import { notify } from '~/components/Toasts'
import { useTagRuns } from '~/features/tracking/runs/queries'
import { messageOf } from '~/lib/api'
import { plural } from '~/lib/numbers'

interface Props {
  ids: readonly string[]
  onClose: () => void
}

/** Gives one tag to many runs. */
export function TagRunsDialog({ ids, onClose }: Props) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const [done, setDone] = useState(0)
  const field = useRef<HTMLInputElement>(null)
  const tag = useTagRuns()
  const save = () =>
    tag.mutate(
      { ids, key: key.trim(), value, progress: setDone },
      {
        onSuccess: () => {
          notify(`Tagged ${plural(ids.length, 'run')}`)
          onClose()
        },
      },
    )
  return (
    <Dialog open onClose={onClose} title={`Tag ${plural(ids.length, 'run')}`} initialFocus={field}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (key.trim() && !tag.isPending) save()
        }}
      >
        <LabelledInput
          ref={field}
          label="Key"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <LabelledInput
          label="Value"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        {tag.isPending && <ProgressBar label="Tagging" value={done / ids.length} />}
        {tag.isError && (
          <p role="alert" className="text-bad">
            {messageOf(tag.error)}
          </p>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={!key.trim() || tag.isPending}>
            Tag
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
