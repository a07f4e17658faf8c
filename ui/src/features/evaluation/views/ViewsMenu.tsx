import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Bookmark, LayoutTemplate, Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { Menu, MenuItem, MenuSeparator } from '~/components/Menu'
import { notify, notifyError } from '~/components/Toasts'
import { post } from '~/lib/api'
import { customViews, type SavedView, savedKey, savedViews, searchOf, viewTag } from '~/lib/views'
import type { Experiment, Tag } from '~/lib/wire'

interface Shown {
  filter?: string | undefined
  range?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

interface Props {
  experiment: Experiment
  shown: Shown
  /** Shows what a saved view shows. */
  onSaved: (search: NonNullable<Awaited<ReturnType<typeof searchOf>>>) => void
  /** Shows a trace by a custom view. */
  onCustom: (viewId: string) => void
}

/** `crypto.randomUUID` is only there where the page came over TLS. */
function viewId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function useTag(experimentId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: Tag | { key: string }) =>
      'value' in change
        ? post('experiments/set-experiment-tag', { experiment_id: experimentId, ...change })
        : post('experiments/delete-experiment-tag', { experiment_id: experimentId, ...change }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['experiments'] }),
  })
}

/** The views that everybody who works on an experiment shares. */
export function ViewsMenu({ experiment, shown, onSaved, onCustom }: Props) {
  const saved = savedViews(experiment.tags)
  const custom = customViews(experiment.tags)
  const [naming, setNaming] = useState(false)
  const tag = useTag(experiment.experiment_id)
  const open = async (view: SavedView) => {
    const search = await searchOf(view)
    if (search) onSaved(search)
    else notifyError(new Error(`The view “${view.name}” cannot be read.`))
  }
  const count = saved.length + custom.length
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label="Views"
            className="inline-flex h-7 items-center gap-1.5 rounded-md border border-line-strong bg-surface px-2.5 font-medium shadow-xs hover:bg-hover data-[popup-open]:bg-hover"
          >
            <Bookmark size={14} className="text-faint" />
            <span className="hidden sm:inline">Views</span>
            {count > 0 && <span className="text-xs text-faint tabular">{count}</span>}
          </button>
        }
      >
        {saved.map((view) => (
          <MenuItem key={view.id} icon={<Bookmark size={14} />} onSelect={() => void open(view)}>
            {view.name}
          </MenuItem>
        ))}
        {custom.map((view) => (
          <MenuItem
            key={view.id}
            icon={<LayoutTemplate size={14} />}
            onSelect={() => onCustom(view.id)}
          >
            {view.name}
          </MenuItem>
        ))}
        {count > 0 && <MenuSeparator />}
        <MenuItem icon={<Plus size={14} />} onSelect={() => setNaming(true)}>
          Save this view…
        </MenuItem>
        {saved.map((view) => (
          <MenuItem
            key={view.id}
            danger
            icon={<Trash2 size={14} />}
            onSelect={() =>
              tag.mutate(
                { key: savedKey(view.id) },
                {
                  onSuccess: () => notify(`Deleted the view “${view.name}”`),
                  onError: notifyError,
                },
              )
            }
          >
            Delete “{view.name}”
          </MenuItem>
        ))}
      </Menu>
      <Dialog open={naming} onClose={() => setNaming(false)} title="Save this view">
        <NameForm
          busy={tag.isPending}
          error={tag.error}
          onCancel={() => setNaming(false)}
          onName={async (name) => {
            const change = await viewTag(viewId(), name, shown, Date.now())
            tag.mutate(change, {
              onSuccess: () => {
                setNaming(false)
                notify(`Saved the view “${name}”`)
              },
            })
          }}
        />
      </Dialog>
    </>
  )
}

interface NameProps {
  busy: boolean
  error: unknown
  onName: (name: string) => void
  onCancel: () => void
}

function NameForm({ busy, error, onName, onCancel }: NameProps) {
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onName(name.trim())
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LabelledInput
        label="Name"
        hint="Its filter and its time are kept, for everybody who works on this experiment."
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      {error !== null && error !== undefined && <ErrorNote error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={!name.trim() || busy}>
          Save view
        </Button>
      </div>
    </form>
  )
}
