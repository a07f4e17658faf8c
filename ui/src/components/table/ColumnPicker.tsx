import { Columns3 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '~/components/Button'
import { Checkbox } from '~/components/Controls'
import { SearchField } from '~/components/Field'
import { Popover } from '~/components/Popover'

export interface ColumnChoice {
  id: string
  label: string
  /** False where the column has the same value in every row. */
  differs: boolean
}

export interface ColumnGroup {
  title: string
  choices: ColumnChoice[]
}

interface Props {
  groups: ColumnGroup[]
  shown: string[]
  /** What the columns are while nobody has chosen any. */
  automaticLabel: string
  automatic: boolean
  onToggle: (id: string) => void
  onReset: () => void
}

/** Which columns a table has: a list to tick, with a way back to the automatic choice. */
export function ColumnPicker(props: Props) {
  return (
    <Popover
      label="Columns"
      className="flex w-76 flex-col"
      trigger={
        <Button aria-label="Columns">
          <Columns3 size={14} className="text-faint" />
          <span className="hidden sm:inline">Columns</span>
        </Button>
      }
    >
      <Choices {...props} />
    </Popover>
  )
}

function Choices({ groups, shown, automaticLabel, automatic, onToggle, onReset }: Props) {
  const [text, setText] = useState('')
  const wanted = text.toLowerCase()
  return (
    <>
      <div className="flex flex-col gap-2 border-b p-2">
        <SearchField value={text} onChange={setText} label="Find a column" />
        <div className="flex items-center justify-between pl-1 text-xs text-muted">
          <span>{automatic ? automaticLabel : `${shown.length} chosen`}</span>
          <Button kind="plain" size="small" disabled={automatic} onClick={onReset}>
            Reset
          </Button>
        </div>
      </div>
      <div className="max-h-96 min-h-0 overflow-y-auto p-1">
        {groups.map((group) => {
          const choices = group.choices.filter((each) => each.label.toLowerCase().includes(wanted))
          if (choices.length === 0) return null
          return (
            <section key={group.title}>
              <h3 className="px-2 pt-2 pb-1 text-2xs font-medium text-faint">{group.title}</h3>
              {choices.map((choice) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: the checkbox within carries role and keys
                // biome-ignore lint/a11y/useKeyWithClickEvents: the checkbox within carries role and keys
                <div
                  key={choice.id}
                  onClick={() => onToggle(choice.id)}
                  className="flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-hover"
                >
                  <Checkbox
                    label={choice.label}
                    checked={shown.includes(choice.id)}
                    onChange={(_, event) => {
                      event.stopPropagation()
                      onToggle(choice.id)
                    }}
                  />
                  <span className="min-w-0 flex-1 truncate" title={choice.label}>
                    {choice.label}
                  </span>
                  {!choice.differs && <span className="text-2xs text-faint">same</span>}
                </div>
              ))}
            </section>
          )
        })}
      </div>
    </>
  )
}
