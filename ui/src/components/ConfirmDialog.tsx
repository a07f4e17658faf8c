import { type ReactNode, useRef } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'

interface Props {
  open: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  action: string
  busy?: boolean
  error?: unknown
  children?: ReactNode
}

export function ConfirmDialog({
  open,
  onClose,
  onConfirm,
  title,
  action,
  busy,
  error,
  children,
}: Props) {
  const confirm = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      description={children}
      initialFocus={confirm}
    >
      {error !== undefined && error !== null && <ErrorNote error={error} />}
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <button
          ref={confirm}
          type="button"
          onClick={onConfirm}
          disabled={busy}
          className="inline-flex h-7 items-center rounded-md bg-bad-solid px-2.5 font-medium text-white hover:brightness-95 disabled:opacity-45"
        >
          {action}
        </button>
      </div>
    </Dialog>
  )
}
