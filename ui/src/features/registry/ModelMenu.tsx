import { useNavigate } from '@tanstack/react-router'
import { MoreHorizontal, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Menu, MenuItem } from '~/components/Menu'
import { notify } from '~/components/Toasts'
import { useDeleteModel } from '~/lib/useRegistry'

export function ModelMenu({ name }: { name: string }) {
  const [confirming, setConfirming] = useState(false)
  const navigate = useNavigate()
  const remove = useDeleteModel()
  const confirm = () =>
    remove.mutate(name, {
      onSuccess: () => {
        notify(`Deleted ${name}`)
        void navigate({ to: '/models' })
      },
    })
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${name}`}>
            <MoreHorizontal size={15} />
          </IconButton>
        }
      >
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={confirm}
        title={`Delete “${name}”?`}
        action="Delete model"
        busy={remove.isPending}
        error={remove.error}
      >
        All its versions and aliases go with it, and this cannot be undone. The runs and files that
        the versions were made of stay.
      </ConfirmDialog>
    </>
  )
}
