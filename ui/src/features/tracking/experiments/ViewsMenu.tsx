import { useNavigate } from '@tanstack/react-router'
import { Bookmark, Check, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { LabelledInput } from '~/components/Field'
import { Menu, MenuItem, MenuSeparator } from '~/components/Menu'
import { notify, notifyError } from '~/components/Toasts'
import { useTagExperiment, useUntagExperiment } from '~/features/tracking/experiments/queries'
import { namedViews, viewSearch, viewTag } from '~/features/tracking/experiments/views'
import type { Experiment } from '~/lib/wire'

interface Props {
  experiment: Experiment
  search: Record<string, unknown>
}

/** Views of the experiment under a name, for everybody who opens it. */
export function ViewsMenu({ experiment, search }: Props) {
  const id = experiment.experiment_id
  const views = namedViews(experiment.tags)
  const now = JSON.stringify(viewSearch(search))
  const [dialog, setDialog] = useState<'save' | 'edit'>()
  const navigate = useNavigate()
  const open = (next: Record<string, unknown>) =>
    void navigate({ to: '/experiments/$experimentId', params: { experimentId: id }, search: next })
  return (
    <>
      <Menu
        trigger={
          <Button aria-label="Named views">
            <Bookmark size={14} className="text-faint" />
            <span className="hidden lg:inline">Views</span>
          </Button>
        }
      >
        <MenuItem onSelect={() => open({})}>As it comes</MenuItem>
        {views.map((view) => (
          <MenuItem
            key={view.key}
            onSelect={() => open(view.search)}
            icon={
              JSON.stringify(view.search) === now ? (
                <Check size={13} />
              ) : (
                <span className="w-[13px]" />
              )
            }
          >
            {view.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setDialog('save')}>Save this view…</MenuItem>
        {views.length > 0 && <MenuItem onSelect={() => setDialog('edit')}>Remove views…</MenuItem>}
      </Menu>
      <SaveDialog
        open={dialog === 'save'}
        onClose={() => setDialog(undefined)}
        experiment={experiment}
        search={search}
      />
      <RemoveDialog
        open={dialog === 'edit'}
        onClose={() => setDialog(undefined)}
        experiment={experiment}
      />
    </>
  )
}

interface DialogProps {
  open: boolean
  onClose: () => void
  experiment: Experiment
}

function SaveDialog({ open, onClose, experiment, search }: DialogProps & Pick<Props, 'search'>) {
  const [name, setName] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const tag = useTagExperiment()
  const save = () => {
    const views = namedViews(experiment.tags)
    tag.mutate(
      { id: experiment.experiment_id, ...viewTag(views, name.trim(), viewSearch(search)) },
      {
        onSuccess: () => {
          notify(`Saved the view “${name.trim()}”`)
          setName('')
          onClose()
        },
        onError: notifyError,
      },
    )
  }
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Save this view"
      description="Filter, order, columns, groups, pins and charts as they are now, for everybody who opens the experiment."
      initialFocus={field}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) save()
        }}
      >
        <LabelledInput
          ref={field}
          label="Name"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={!name.trim() || tag.isPending}>
            Save view
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RemoveDialog({ open, onClose, experiment }: DialogProps) {
  const untag = useUntagExperiment()
  const views = namedViews(experiment.tags)
  return (
    <Dialog open={open} onClose={onClose} title="Named views">
      <ul className="flex flex-col">
        {views.map((view) => (
          <li key={view.key} className="flex h-9 items-center gap-2 border-b border-line/70">
            <span className="min-w-0 flex-1 truncate">{view.name}</span>
            <IconButton
              label={`Remove the view ${view.name}`}
              disabled={untag.isPending}
              onClick={() =>
                untag.mutate(
                  { id: experiment.experiment_id, key: view.key },
                  { onError: notifyError },
                )
              }
            >
              <Trash2 size={14} />
            </IconButton>
          </li>
        ))}
        {views.length === 0 && <p className="py-3 text-muted">None is left.</p>}
      </ul>
    </Dialog>
  )
}
