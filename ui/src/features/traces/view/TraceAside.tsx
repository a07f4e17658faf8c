import { Link } from '@tanstack/react-router'
import { AsideSection, Code, Fact, Facts } from '~/components/Facts'
import { TagEditor } from '~/components/TagEditor'
import { Ago } from '~/components/Time'
import { Assessments } from '~/features/traces/view/Assessments'
import { useTagTrace, useUntagTrace } from '~/features/traces/view/queries'
import { formatCost } from '~/lib/numbers'
import type { Span } from '~/lib/spans'
import {
  type Trace,
  traceCost,
  traceExperiment,
  tracePrompts,
  traceRun,
  traceSession,
  traceStart,
  traceTokens,
  traceUser,
  traceUserTags,
} from '~/lib/traces'

interface Props {
  trace: Trace
  span: Span | undefined
  spans: ReadonlyMap<string, Span> | undefined
  onSpan: (id: string) => void
}

/** What is known and thought of a trace as a whole. */
export function TraceAside({ trace, span, spans, onSpan }: Props) {
  return (
    <div className="flex flex-col gap-5">
      <Assessments trace={trace} span={span} spans={spans} onSpan={onSpan} />
      <Tags trace={trace} />
      <Details trace={trace} />
    </div>
  )
}

function Tags({ trace }: { trace: Trace }) {
  const tag = useTagTrace()
  const untag = useUntagTrace()
  const id = trace.trace_id
  return (
    <AsideSection title="Tags">
      <TagEditor
        tags={traceUserTags(trace)}
        onSet={(key, value) => tag.mutateAsync({ id, key, value })}
        onDelete={(key) => untag.mutateAsync({ id, key })}
      />
    </AsideSection>
  )
}

function Details({ trace }: { trace: Trace }) {
  const tokens = traceTokens(trace)
  const cost = traceCost(trace)
  const run = traceRun(trace)
  const session = traceSession(trace)
  const user = traceUser(trace)
  const prompts = tracePrompts(trace)
  const experimentId = traceExperiment(trace)
  const source = trace.trace_metadata?.['mlflow.source.name']
  const own = Object.entries(trace.trace_metadata ?? {})
    .filter(([key]) => !key.startsWith('mlflow.'))
    .sort(([a], [b]) => a.localeCompare(b))
  return (
    <AsideSection title="Details">
      <Facts>
        <Fact name="Started">
          <Ago time={traceStart(trace)} />
        </Fact>
        {tokens?.total_tokens !== undefined && (
          <Fact name="Tokens">
            <span className="tabular">
              {(tokens.input_tokens ?? 0).toLocaleString('en-US')} in,{' '}
              {(tokens.output_tokens ?? 0).toLocaleString('en-US')} out
              {tokens.cache_read_input_tokens
                ? `, ${tokens.cache_read_input_tokens.toLocaleString('en-US')} cached`
                : ''}
            </span>
          </Fact>
        )}
        {cost?.total_cost !== undefined && (
          <Fact name="Cost">
            <span className="tabular" title={`$${cost.total_cost}`}>
              {formatCost(cost.total_cost)}
            </span>
          </Fact>
        )}
        {session && experimentId && (
          <Fact name="Session">
            <Link
              to="/experiments/$experimentId/sessions/$sessionId"
              params={{ experimentId, sessionId: session }}
              className="truncate hover:underline"
            >
              {session}
            </Link>
          </Fact>
        )}
        {user && <Fact name="User">{user}</Fact>}
        {run && (
          <Fact name="Run">
            <Link to="/runs/$runId" params={{ runId: run }} className="truncate hover:underline">
              <Code>{run}</Code>
            </Link>
          </Fact>
        )}
        {prompts.length > 0 && (
          <Fact name="Prompts">
            <span className="flex min-w-0 flex-wrap gap-x-2">
              {prompts.map((prompt) => (
                <Link
                  key={`${prompt.name} ${prompt.version}`}
                  to="/prompts/$name"
                  params={{ name: prompt.name }}
                  className="truncate hover:underline"
                >
                  {prompt.name} v{prompt.version}
                </Link>
              ))}
            </span>
          </Fact>
        )}
        {source && (
          <Fact name="Source">
            <span className="truncate" title={source}>
              {source.split(/[\\/]/).at(-1)}
            </span>
          </Fact>
        )}
        <Fact name="Trace ID" copy={trace.trace_id}>
          <Code>{trace.trace_id}</Code>
        </Fact>
        {own.map(([key, value]) => (
          <Fact key={key} name={key}>
            <span className="truncate" title={value}>
              {value}
            </span>
          </Fact>
        ))}
      </Facts>
    </AsideSection>
  )
}
