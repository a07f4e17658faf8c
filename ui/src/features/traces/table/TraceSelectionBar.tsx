import { Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { CopyButton } from '~/components/CopyButton'
import { notify } from '~/components/Toasts'
import { useDeleteTraces } from '~/features/traces/table/queries'
import { useShortcuts } from '~/lib/keyboard'
import { plural } from '~/lib/numbers'

interface Props {
  experimentId: string
  selection: string[]
  onClear: () => void
}

/** What can be done with the selected traces; it floats, so that the table does not move. */
export function TraceSelectionBar({ experimentId, selection, onClear }: Props) {
  const [confirming, setConfirming] = useState(false)
  const [done, setDone] = useState<number>()
  const remove = useDeleteTraces()
  useShortcuts({ escape: onClear })
  const count = plural(selection.length, 'trace')
  const confirm = () =>
    remove.mutate(
      { experimentId, ids: selection, progress: setDone },
      {
        onSuccess: () => {
          setConfirming(false)
          onClear()
          notify(`Deleted ${count}`)
        },
        onSettled: () => setDone(undefined),
      },
    )
  return (
    <section
      aria-label="Selected traces"
      className="popup absolute bottom-4 left-1/2 z-20 flex max-w-[calc(100%-16px)] -translate-x-1/2 items-center gap-1 rounded-xl py-1.5 pr-1.5 pl-3"
    >
      <span className="pr-2 font-medium whitespace-nowrap tabular">
        {done === undefined ? `${selection.length} selected` : `${done} of ${selection.length}`}
      </span>
      <CopyButton text={selection.join('\n')} label="Copy the ids" />
      <Button kind="plain" onClick={() => setConfirming(true)}>
        <Trash2 size={14} /> Delete
      </Button>
      <IconButton label="Clear selection" shortcut="Esc" onClick={onClear}>
        <X size={15} />
      </IconButton>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={confirm}
        title={`Delete ${count}?`}
        action={`Delete ${count}`}
        busy={remove.isPending}
        error={remove.error}
      >
        Their spans and assessments go with them. This cannot be undone.
      </ConfirmDialog>
    </section>
  )
}
