import { Columns3 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '~/components/Button'
import { Checkbox } from '~/components/Controls'
import { SearchField } from '~/components/Field'
import { Popover } from '~/components/Popover'
import { ATTRIBUTES, type FieldFacts, field } from '~/features/tracking/runs/fields'

interface Props {
  facts: FieldFacts[]
  shown: string[]
  /** True while the columns are those that tell the runs apart. */
  automatic: boolean
  onChange: (ids: string[] | undefined) => void
}

interface Choice {
  id: string
  label: string
  differs: boolean
}

const ATTRIBUTE_CHOICES: Choice[] = ATTRIBUTES.map((name) => ({
  id: field('attribute', name).id,
  label: name[0]?.toUpperCase() + name.slice(1),
  differs: true,
}))

export function ColumnPicker({ facts, shown, automatic, onChange }: Props) {
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
      <Choices facts={facts} shown={shown} automatic={automatic} onChange={onChange} />
    </Popover>
  )
}

function Choices({ facts, shown, automatic, onChange }: Props) {
  const [text, setText] = useState('')
  const groups = useMemo(() => {
    const of = (kind: FieldFacts['kind']): Choice[] =>
      facts
        .filter((each) => each.kind === kind)
        .sort(
          (a, b) =>
            Number(b.differs) - Number(a.differs) ||
            a.key.localeCompare(b.key, 'en', { numeric: true }),
        )
        .map((each) => ({ id: each.id, label: each.key, differs: each.differs }))
    return [
      { title: 'Run', choices: ATTRIBUTE_CHOICES },
      { title: 'Metrics', choices: of('metric') },
      { title: 'Parameters', choices: of('param') },
      { title: 'Tags', choices: of('tag') },
    ]
  }, [facts])
  const toggle = (id: string) => {
    if (shown.includes(id)) onChange(shown.filter((each) => each !== id))
    else onChange(inOrder([...shown, id]))
  }
  const wanted = text.toLowerCase()
  return (
    <>
      <div className="flex flex-col gap-2 border-b p-2">
        <SearchField value={text} onChange={setText} label="Find a column" />
        <div className="flex items-center justify-between pl-1 text-xs text-muted">
          <span>{automatic ? 'What differs between the runs' : `${shown.length} chosen`}</span>
          <Button
            kind="plain"
            size="small"
            disabled={automatic}
            onClick={() => onChange(undefined)}
          >
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
                  onClick={() => toggle(choice.id)}
                  className="flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-hover"
                >
                  <Checkbox
                    label={choice.label}
                    checked={shown.includes(choice.id)}
                    onChange={(_, event) => {
                      event.stopPropagation()
                      toggle(choice.id)
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

const KINDS = ['attribute:created', 'attribute:duration', 'metric', 'param', 'tag', 'attribute']

/** Columns of a kind stand together, in the order in which they were chosen. */
function inOrder(ids: string[]): string[] {
  const rank = (id: string) => {
    const exact = KINDS.indexOf(id)
    return exact >= 0 ? exact : KINDS.indexOf(id.split(':')[0] ?? '')
  }
  return ids
    .map((id, index) => ({ id, index }))
    .sort((a, b) => rank(a.id) - rank(b.id) || a.index - b.index)
    .map(({ id }) => id)
}
