import { useMemo } from 'react'
import { type ColumnChoice, ColumnPicker } from '~/components/table/ColumnPicker'
import { ATTRIBUTES, type FieldFacts, field } from '~/features/tracking/runs/fields'

interface Props {
  facts: FieldFacts[]
  shown: string[]
  /** True while the columns are those that tell the runs apart. */
  automatic: boolean
  onChange: (ids: string[] | undefined) => void
}

const ATTRIBUTE_CHOICES: ColumnChoice[] = ATTRIBUTES.map((name) => ({
  id: field('attribute', name).id,
  label: name[0]?.toUpperCase() + name.slice(1),
  differs: true,
}))

export function RunColumns({ facts, shown, automatic, onChange }: Props) {
  const groups = useMemo(() => {
    const of = (kind: FieldFacts['kind']): ColumnChoice[] =>
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
  return (
    <ColumnPicker
      groups={groups}
      shown={shown}
      automatic={automatic}
      automaticLabel="What differs between the runs"
      onToggle={toggle}
      onReset={() => onChange(undefined)}
    />
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
