import { useNavigate } from '@tanstack/react-router'
import { MoreHorizontal, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Menu, MenuItem } from '~/components/Menu'
import { notify } from '~/components/Toasts'
import { useDeleteVersion } from '~/lib/useRegistry'

export function VersionMenu({ name, version }: { name: string; version: string }) {
  const [confirming, setConfirming] = useState(false)
  const navigate = useNavigate()
  const remove = useDeleteVersion()
  const confirm = async () => {
    await remove.mutateAsync({ name, version })
    notify(`Deleted version ${version}`)
  }
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for version ${version}`}>
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
        onConfirm={() => {
          confirm().then(
            () => navigate({ to: '/models/$name', params: { name } }),
            () => undefined,
          )
        }}
        title={`Delete version ${version} of “${name}”?`}
        action="Delete version"
        busy={remove.isPending}
        error={remove.error}
      >
        Its aliases go with it, and this cannot be undone. The run and the files that it was made of
        stay.
      </ConfirmDialog>
    </>
  )
}
