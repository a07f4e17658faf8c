import { Pencil, Plus, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { Checkbox, Segmented, Slider, Switch } from '~/components/Controls'
import type { XKind } from '~/components/chart/lines'
import { Dialog } from '~/components/Dialog'
import { Input, LabelledInput, SearchField, TextArea } from '~/components/Field'
import { InlineEdit } from '~/components/InlineEdit'
import { Kbd } from '~/components/Kbd'
import { Menu, MenuItem, MenuSeparator } from '~/components/Menu'
import { Popover } from '~/components/Popover'
import { Select } from '~/components/Select'
import { notify, notifyError } from '~/components/Toasts'
import { Tooltip } from '~/components/Tooltip'
import { ApiError } from '~/lib/api'

export const FAILURE = new ApiError(
  "Invalid clause(s) in filter string: 'metrics.loss <'",
  'INVALID_PARAMETER_VALUE',
  400,
)

export function Line({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2">{children}</div>
}

export function Buttons() {
  const [view, setView] = useState<'table' | 'charts'>('table')
  return (
    <>
      <Line>
        <Button kind="solid">
          <Plus size={14} /> Solid
        </Button>
        <Button>Outline</Button>
        <Button kind="plain">Plain</Button>
        <Button kind="danger">Danger</Button>
        <Button disabled>Disabled</Button>
        <Button size="small">Small</Button>
        <IconButton label="Rename" shortcut="R">
          <Pencil size={14} />
        </IconButton>
        <IconButton label="Pressed" pressed>
          <Pencil size={14} />
        </IconButton>
      </Line>
      <Line>
        <Segmented
          label="View"
          value={view}
          options={[
            { value: 'table', label: 'Table' },
            { value: 'charts', label: 'Charts' },
          ]}
          onChange={setView}
        />
        <Kbd>Esc</Kbd>
      </Line>
    </>
  )
}

export function Fields() {
  const [search, setSearch] = useState('')
  const [name, setName] = useState('resnet-lion-59')
  const [on, setOn] = useState(true)
  const [amount, setAmount] = useState(0.6)
  const [axis, setAxis] = useState<XKind>('step')
  return (
    <>
      <SearchField value={search} onChange={setSearch} label="Search" shortcut="/" />
      <LabelledInput label="Name" hint="What it is called." placeholder="my-experiment" />
      <Input aria-label="Refused" aria-invalid defaultValue="A refused value" />
      <TextArea aria-label="Description" rows={2} defaultValue="More than one line" />
      <Line>
        <Checkbox label="Some" checked={on} onChange={setOn} />
        <Checkbox label="Partly" checked={false} partial onChange={() => undefined} />
        <Switch checked={on} onChange={setOn}>
          Log y
        </Switch>
        <Slider
          label="Amount"
          value={amount}
          minimum={0}
          maximum={1}
          step={0.01}
          onChange={setAmount}
          className="w-28"
        />
        <Select
          label="Axis"
          value={axis}
          options={[
            { value: 'step', label: 'Step' },
            { value: 'relative', label: 'Relative' },
            { value: 'time', label: 'Time' },
          ]}
          onChange={setAxis}
        />
        <InlineEdit value={name} label="Rename" onSave={setName} className="font-medium" />
      </Line>
    </>
  )
}

export function Layers() {
  const [open, setOpen] = useState(false)
  return (
    <Line>
      <Menu trigger={<Button>Menu</Button>} align="start">
        <MenuItem icon={<Pencil size={14} />} onSelect={() => notify('Renamed')}>
          Rename…
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => notify('Deleted')}>
          Delete…
        </MenuItem>
      </Menu>
      <Popover trigger={<Button>Popover</Button>} label="Popover" className="p-3">
        Anything
      </Popover>
      <Tooltip text="What it does">
        <Button>Tooltip</Button>
      </Tooltip>
      <Button onClick={() => setOpen(true)}>Dialog</Button>
      <Button
        onClick={() => notify('Deleted 2 runs', { label: 'Undo', run: () => notify('Restored') })}
      >
        Toast
      </Button>
      <Button onClick={() => notifyError(FAILURE)}>Error toast</Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="A dialog"
        description="What it is about."
      >
        <Button onClick={() => setOpen(false)}>Close it</Button>
      </Dialog>
    </Line>
  )
}
