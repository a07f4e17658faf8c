import { FlaskConical, SearchX } from 'lucide-react'
import { Button } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { Snippet } from '~/components/Snippet'
import { firstRunSnippet } from '~/lib/snippets'

interface Props {
  experiment: string
  filtered: boolean
  deleted: boolean
  onClear: () => void
}

export function RunsEmpty({ experiment, filtered, deleted, onClear }: Props) {
  if (filtered) {
    return (
      <EmptyState
        title="No run matches the filter"
        icon={<SearchX size={18} />}
        actions={<Button onClick={onClear}>Clear the filter</Button>}
      >
        Text values stand in quotes, and names with odd characters in backticks:{' '}
        <code className="font-mono text-xs">
          metrics.`val/loss` &lt; 0.4 AND params.optimizer = 'sgd'
        </code>
      </EmptyState>
    )
  }
  if (deleted) {
    return (
      <EmptyState title="No deleted runs" icon={<FlaskConical size={18} />}>
        Deleted runs wait here until they are restored, or removed for good.
      </EmptyState>
    )
  }
  return (
    <EmptyState title="No runs yet" icon={<FlaskConical size={18} />}>
      <p>Log a run into this experiment, and it appears here.</p>
      <Snippet code={firstRunSnippet(experiment)} />
    </EmptyState>
  )
}
