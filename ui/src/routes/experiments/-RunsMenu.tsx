import { Download, ListTree } from 'lucide-react'
import { Button } from '~/components/Button'
import { Menu, MenuChoices, MenuItem, MenuSeparator } from '~/components/Menu'
import type { FieldFacts } from '~/features/tracking/runs/fields'
import { groupings } from '~/features/tracking/runs/group'
import type { Nesting } from '~/features/tracking/runs/tree'

const NESTINGS = [
  { value: 'open', label: 'Below their parents' },
  { value: 'closed', label: 'Folded into their parents' },
  { value: 'flat', label: 'Side by side' },
] as const

const UNGROUPED = 'none'

interface Change {
  nest?: Nesting
  group?: string | undefined
  deleted?: true | undefined
  hide?: undefined
  sel?: undefined
}

interface Props {
  nesting: Nesting
  group: string | undefined
  deleted: boolean
  hidden: number
  facts: FieldFacts[]
  onChange: (change: Change) => void
  onExport: () => void
}

/** Which runs the table shows, and how they stand to each other. */
export function RunsMenu({ nesting, group, deleted, hidden, facts, onChange, onExport }: Props) {
  const shown = deleted ? 'Deleted' : group ? 'Grouped' : 'Runs'
  return (
    <Menu
      trigger={
        <Button aria-label={`${shown}: which ones, and how`}>
          <ListTree size={14} className="text-faint" />
          <span className="hidden sm:inline">{shown}</span>
        </Button>
      }
    >
      <MenuChoices
        label="Nested runs"
        value={nesting}
        options={NESTINGS}
        onChange={(nest) => onChange({ nest })}
      />
      <MenuSeparator />
      <MenuChoices
        label="Group by"
        value={group ?? UNGROUPED}
        options={[{ value: UNGROUPED, label: 'Nothing' }, ...groupings(facts)]}
        onChange={(next) => onChange({ group: next === UNGROUPED ? undefined : next })}
      />
      <MenuSeparator />
      <MenuChoices
        label="Which runs"
        value={deleted ? 'deleted' : 'active'}
        options={[
          { value: 'active', label: 'Active' },
          { value: 'deleted', label: 'Deleted' },
        ]}
        onChange={(next) => onChange({ deleted: next === 'deleted' || undefined, sel: undefined })}
      />
      <MenuSeparator />
      {hidden > 0 && (
        <MenuItem onSelect={() => onChange({ hide: undefined })}>
          {`Show the ${hidden} hidden`}
        </MenuItem>
      )}
      <MenuItem icon={<Download size={14} />} onSelect={onExport}>
        Download as CSV
      </MenuItem>
    </Menu>
  )
}
