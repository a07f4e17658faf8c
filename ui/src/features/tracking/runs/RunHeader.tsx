import { useNavigate } from '@tanstack/react-router'
import { MoreHorizontal, RotateCcw, Terminal, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { InlineEdit } from '~/components/InlineEdit'
import { Menu, MenuItem } from '~/components/Menu'
import { PageHeader } from '~/components/PageHeader'
import { StatusBadge } from '~/components/StatusBadge'
import { notify, notifyError } from '~/components/Toasts'
import { useDeleteRuns, useRestoreRuns, useUpdateRun } from '~/features/tracking/runs/queries'
import { ReproduceDialog } from '~/features/tracking/runs/ReproduceDialog'
import { runName } from '~/lib/runs'
import type { Run } from '~/lib/wire'

interface Props {
  run: Run
  trail: ReactNode
  /** What other features offer to do with the run. */
  actions?: ReactNode
}

export function RunHeader({ run, trail, actions }: Props) {
  const update = useUpdateRun()
  const deleted = run.info.lifecycle_stage === 'deleted'
  return (
    <PageHeader
      trail={trail}
      title={
        <InlineEdit
          value={runName(run)}
          label="Rename run"
          onSave={(name) => update.mutate({ id: run.info.run_id, name }, { onError: notifyError })}
        />
      }
      meta={
        <span className="flex shrink-0 items-center gap-2 text-xs">
          <StatusBadge status={run.info.status} />
          {deleted && <span className="rounded-sm bg-bad-soft px-1.5 text-bad">Deleted</span>}
        </span>
      }
      actions={
        <>
          {actions}
          <RunMenu run={run} />
        </>
      }
    />
  )
}

function RunMenu({ run }: { run: Run }) {
  const [confirming, setConfirming] = useState(false)
  const [reproducing, setReproducing] = useState(false)
  const navigate = useNavigate()
  const remove = useDeleteRuns()
  const restore = useRestoreRuns()
  const ids = [run.info.run_id]
  const name = runName(run)
  const bringBack = () =>
    restore.mutate({ ids }, { onSuccess: () => notify(`Restored ${name}`), onError: notifyError })
  const confirmDelete = () =>
    remove.mutate(
      { ids },
      {
        onSuccess: () => {
          setConfirming(false)
          notify(`Deleted ${name}`, { label: 'Undo', run: bringBack })
          void navigate({
            to: '/experiments/$experimentId',
            params: { experimentId: run.info.experiment_id },
          })
        },
      },
    )
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Actions for ${name}`}
            className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink data-[popup-open]:bg-hover"
          >
            <MoreHorizontal size={15} />
          </button>
        }
      >
        <MenuItem icon={<Terminal size={14} />} onSelect={() => setReproducing(true)}>
          Reproduce…
        </MenuItem>
        {run.info.lifecycle_stage === 'deleted' ? (
          <MenuItem icon={<RotateCcw size={14} />} onSelect={bringBack}>
            Restore
          </MenuItem>
        ) : (
          <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming(true)}>
            Delete…
          </MenuItem>
        )}
      </Menu>
      <ReproduceDialog run={run} open={reproducing} onClose={() => setReproducing(false)} />
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={confirmDelete}
        title={`Delete “${name}”?`}
        action="Delete run"
        busy={remove.isPending}
        error={remove.error}
      >
        It can be restored until the server's clean-up removes it for good.
      </ConfirmDialog>
    </>
  )
}
