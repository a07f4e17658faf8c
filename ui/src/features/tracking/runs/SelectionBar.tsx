import { Link } from '@tanstack/react-router'
import { EyeOff, GitCompareArrows, LineChart, Pin, RotateCcw, Tag, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { Button, buttonClass, IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { notify, notifyError } from '~/components/Toasts'
import { useDeleteRuns, useRestoreRuns } from '~/features/tracking/runs/queries'
import { TagRunsDialog } from '~/features/tracking/runs/TagRunsDialog'
import { useShortcuts } from '~/lib/keyboard'
import { plural } from '~/lib/numbers'

interface Props {
  selection: string[]
  deleted: boolean
  onClear: () => void
  onCharts: (() => void) | undefined
  onPin: (() => void) | undefined
  onHide: () => void
}

/** What can be done with the selected runs; it floats, so that the table does not move. */
export function SelectionBar({ selection, deleted, onClear, onCharts, onPin, onHide }: Props) {
  const [confirming, setConfirming] = useState(false)
  const [tagging, setTagging] = useState(false)
  const [done, setDone] = useState<number>()
  const remove = useDeleteRuns()
  const restore = useRestoreRuns()
  useShortcuts({ escape: onClear })
  const count = plural(selection.length, 'run')
  const bringBack = (ids: string[]) =>
    restore.mutate(
      { ids, progress: setDone },
      {
        onSuccess: () => {
          notify(`Restored ${plural(ids.length, 'run')}`)
          onClear()
        },
        onError: notifyError,
        onSettled: () => setDone(undefined),
      },
    )
  const confirmDelete = () =>
    remove.mutate(
      { ids: selection, progress: setDone },
      {
        onSuccess: () => {
          setConfirming(false)
          onClear()
          notify(`Deleted ${count}`, { label: 'Undo', run: () => bringBack(selection) })
        },
        onSettled: () => setDone(undefined),
      },
    )
  return (
    <section
      aria-label="Selected runs"
      className="popup absolute bottom-4 left-1/2 z-20 flex max-w-[calc(100%-16px)] -translate-x-1/2 items-center gap-1 rounded-xl py-1.5 pr-1.5 pl-3"
    >
      <span className="pr-2 font-medium whitespace-nowrap tabular">
        {done === undefined ? `${selection.length} selected` : `${done} of ${selection.length}`}
      </span>
      {selection.length > 1 && (
        <Link to="/compare" search={{ runs: selection }} className={buttonClass('solid')}>
          <GitCompareArrows size={14} /> Compare
        </Link>
      )}
      {onCharts && (
        <Button kind="plain" onClick={onCharts}>
          <LineChart size={14} /> <span className="hidden sm:inline">Charts</span>
        </Button>
      )}
      {onPin && (
        <IconButton label="Pin or unpin" onClick={onPin}>
          <Pin size={14} />
        </IconButton>
      )}
      <IconButton label="Tag" onClick={() => setTagging(true)}>
        <Tag size={14} />
      </IconButton>
      <IconButton label="Hide from table and charts" onClick={onHide}>
        <EyeOff size={14} />
      </IconButton>
      {deleted ? (
        <Button kind="plain" onClick={() => bringBack(selection)} disabled={restore.isPending}>
          <RotateCcw size={14} /> Restore
        </Button>
      ) : (
        <Button kind="plain" onClick={() => setConfirming(true)}>
          <Trash2 size={14} /> <span className="hidden sm:inline">Delete</span>
        </Button>
      )}
      <IconButton label="Clear selection" shortcut="Esc" onClick={onClear}>
        <X size={15} />
      </IconButton>
      {tagging && <TagRunsDialog ids={selection} onClose={() => setTagging(false)} />}
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={confirmDelete}
        title={`Delete ${count}?`}
        action={`Delete ${count}`}
        busy={remove.isPending}
        error={remove.error}
      >
        They can be restored until the server's clean-up removes them for good.
      </ConfirmDialog>
    </section>
  )
}
