import { useMemo } from 'react'
import { ColumnPicker } from '~/components/table/ColumnPicker'
import { ATTRIBUTE_COLUMNS, inOrder, type TraceFacts } from '~/features/traces/table/fields'

interface Props {
  facts: TraceFacts
  shown: string[]
  automatic: boolean
  onChange: (ids: string[] | undefined) => void
}

/** The columns of the traces table. */
export function TraceColumns({ facts, shown, automatic, onChange }: Props) {
  const groups = useMemo(() => {
    const named = (kind: string, names: readonly string[]) =>
      names.map((name) => ({ id: `${kind}:${name}`, label: name, differs: true }))
    return [
      {
        title: 'Trace',
        choices: ATTRIBUTE_COLUMNS.map(([id, label]) => ({ id, label, differs: true })),
      },
      {
        title: 'Assessments',
        choices: named(
          'assessment',
          facts.assessments.map((each) => each.name),
        ),
      },
      { title: 'Tags', choices: named('tag', facts.tags) },
      { title: 'Metadata', choices: named('metadata', facts.metadata) },
    ]
  }, [facts])
  return (
    <ColumnPicker
      groups={groups}
      shown={shown}
      automatic={automatic}
      automaticLabel="What these traces have"
      onToggle={(id) =>
        onChange(shown.includes(id) ? shown.filter((each) => each !== id) : inOrder([...shown, id]))
      }
      onReset={() => onChange(undefined)}
    />
  )
}
