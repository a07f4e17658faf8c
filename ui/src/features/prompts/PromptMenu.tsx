import { useNavigate } from '@tanstack/react-router'
import { MoreHorizontal, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Menu, MenuItem } from '~/components/Menu'
import { notify } from '~/components/Toasts'
import { useDeleteModel, useDeleteVersion } from '~/lib/useRegistry'

interface Props {
  name: string
  version: string | undefined
  onVersionDeleted: () => void
}

export function PromptMenu({ name, version, onVersionDeleted }: Props) {
  const [confirming, setConfirming] = useState<'prompt' | 'version'>()
  const navigate = useNavigate()
  const removeVersion = useDeleteVersion()
  const removePrompt = useDeleteModel()
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${name}`}>
            <MoreHorizontal size={15} />
          </IconButton>
        }
      >
        {version && (
          <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming('version')}>
            Delete version {version}…
          </MenuItem>
        )}
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming('prompt')}>
          Delete prompt…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={confirming === 'version'}
        onClose={() => setConfirming(undefined)}
        onConfirm={() =>
          removeVersion.mutate(
            { name, version: version ?? '' },
            {
              onSuccess: () => {
                setConfirming(undefined)
                notify(`Deleted version ${version}`)
                onVersionDeleted()
              },
            },
          )
        }
        title={`Delete version ${version} of “${name}”?`}
        action="Delete version"
        busy={removeVersion.isPending}
        error={removeVersion.error}
      >
        Its aliases go with it, and this cannot be undone.
      </ConfirmDialog>
      <ConfirmDialog
        open={confirming === 'prompt'}
        onClose={() => setConfirming(undefined)}
        onConfirm={() =>
          removePrompt.mutate(name, {
            onSuccess: () => {
              notify(`Deleted ${name}`)
              void navigate({ to: '/prompts' })
            },
          })
        }
        title={`Delete “${name}”?`}
        action="Delete prompt"
        busy={removePrompt.isPending}
        error={removePrompt.error}
      >
        All its versions and aliases go with it, and this cannot be undone.
      </ConfirmDialog>
    </>
  )
}
