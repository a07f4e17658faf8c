import { SearchX, Waypoints } from 'lucide-react'
import { useState } from 'react'
import { Button } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { EmptyState } from '~/components/EmptyState'
import { Snippet } from '~/components/Snippet'
import { firstTraceSnippet, otlpSnippet } from '~/lib/traceSnippets'

interface Props {
  experimentId: string
  experiment: string
  /** True where only the traces of one run are wanted. */
  ofRun: boolean
  filtered: boolean
  onClear: () => void
}

export function TracesEmpty({ experimentId, experiment, ofRun, filtered, onClear }: Props) {
  const [way, setWay] = useState<'client' | 'otlp'>('client')
  if (filtered) {
    return (
      <EmptyState
        title="No trace matches"
        icon={<SearchX size={18} />}
        actions={<Button onClick={onClear}>Show all traces</Button>}
      >
        <p>
          Plain words are looked for in the text of all spans. Expressions compare fields:{' '}
          <code className="font-mono text-xs">
            status = 'ERROR' AND feedback.relevance = 'no' AND span.type = 'TOOL'
          </code>
        </p>
      </EmptyState>
    )
  }
  if (ofRun) {
    return (
      <EmptyState title="This run made no traces" icon={<Waypoints size={18} />}>
        <p>What is traced while a run is active belongs to it.</p>
        <Snippet code={'with mlflow.start_run():\n    answer("What is a trace?")\n'} />
      </EmptyState>
    )
  }
  return (
    <EmptyState title="No traces yet" icon={<Waypoints size={18} />}>
      <p>Trace a function, or point OpenTelemetry here, and its traces appear on their own.</p>
      <div>
        <Segmented
          label="Way to send traces"
          value={way}
          options={[
            { value: 'client', label: 'Python' },
            { value: 'otlp', label: 'OpenTelemetry' },
          ]}
          onChange={setWay}
        />
      </div>
      <Snippet
        code={way === 'client' ? firstTraceSnippet(experiment) : otlpSnippet(experimentId)}
      />
    </EmptyState>
  )
}
