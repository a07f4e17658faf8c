import { MoreHorizontal, Pencil, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Menu, MenuItem, MenuSeparator } from '~/components/Menu'
import { notify, notifyError } from '~/components/Toasts'
import { useDeleteExperiment, useRestoreExperiment } from '~/features/tracking/experiments/queries'
import { RenameDialog } from '~/features/tracking/experiments/RenameDialog'
import { forgetRecent } from '~/lib/recents'
import type { Experiment } from '~/lib/wire'

interface Props {
  experiment: Experiment
  onDeleted?: () => void
}

/** What can be done with one experiment. */
export function ExperimentMenu({ experiment, onDeleted }: Props) {
  const [dialog, setDialog] = useState<'rename' | 'delete'>()
  const remove = useDeleteExperiment()
  const restore = useRestoreExperiment()
  const id = experiment.experiment_id
  const deleted = experiment.lifecycle_stage === 'deleted'
  const bringBack = () =>
    restore.mutate(id, {
      onSuccess: () => notify(`Restored ${experiment.name}`),
      onError: notifyError,
    })
  const confirmDelete = () =>
    remove.mutate(id, {
      onSuccess: () => {
        setDialog(undefined)
        forgetRecent(id)
        notify(`Deleted ${experiment.name}`, { label: 'Undo', run: bringBack })
        onDeleted?.()
      },
    })
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Actions for ${experiment.name}`}
            className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-pressed hover:text-ink data-[popup-open]:bg-pressed"
          >
            <MoreHorizontal size={15} />
          </button>
        }
      >
        {deleted ? (
          <MenuItem icon={<RotateCcw size={14} />} onSelect={bringBack}>
            Restore
          </MenuItem>
        ) : (
          <>
            <MenuItem icon={<Pencil size={14} />} onSelect={() => setDialog('rename')}>
              Rename…
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setDialog('delete')}>
              Delete…
            </MenuItem>
          </>
        )}
      </Menu>
      {dialog === 'rename' && (
        <RenameDialog experiment={experiment} onClose={() => setDialog(undefined)} />
      )}
      <ConfirmDialog
        open={dialog === 'delete'}
        onClose={() => setDialog(undefined)}
        onConfirm={confirmDelete}
        title={`Delete “${experiment.name}”?`}
        action="Delete experiment"
        busy={remove.isPending}
        error={remove.error}
      >
        Its runs go with it. Both can be restored until the server's clean-up removes them for good.
      </ConfirmDialog>
    </>
  )
}
