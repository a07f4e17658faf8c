import { useMemo, useState } from 'react'
import { Segmented } from '~/components/Controls'
import { CopyButton } from '~/components/CopyButton'
import { JsonView } from '~/components/content/JsonView'
import { LongText } from '~/components/content/LongText'
import { Payload } from '~/components/content/Payload'
import { FactLine } from '~/components/FactLine'
import { SearchField } from '~/components/Field'
import { TraceStatus } from '~/components/TraceStatus'
import { Exceptions, isException } from '~/features/traces/view/Exceptions'
import { lookOf } from '~/features/traces/view/types'
import { formatCost, formatCount } from '~/lib/numbers'
import { attribute, attributeValue, type Span } from '~/lib/spans'
import { formatExact, formatFine } from '~/lib/time'
import type { Cost, Tokens } from '~/lib/traces'

interface Props {
  span: Span
  /** Where the trace begins, in milliseconds. */
  origin: number
  part: string | undefined
  onPart: (part: string | undefined) => void
}

const INPUTS = 'mlflow.spanInputs'
const OUTPUTS = 'mlflow.spanOutputs'

/** One span: what went in and came out, and all that is known of it. */
export function SpanDetails({ span, origin, part = 'content', onPart }: Props) {
  const keys = Object.keys(span.attributes).filter((key) => key !== INPUTS && key !== OUTPUTS)
  const tabs = [
    { value: 'content', label: 'Content' },
    { value: 'attributes', label: 'Attributes', count: keys.length },
    { value: 'events', label: 'Events', count: span.events.length },
    ...(span.links.length > 0
      ? [{ value: 'links', label: 'Links', count: span.links.length }]
      : []),
  ]
  const [form, setForm] = useState<Form>('pretty')
  const current = tabs.some((tab) => tab.value === part) ? part : 'content'
  return (
    <section aria-label="Span" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <SpanHeader span={span} origin={origin} />
      <div className="flex h-9 shrink-0 items-end justify-between gap-3 border-b px-4">
        <div role="tablist" aria-label="Parts of the span" className="flex gap-4">
          {tabs.map((tab) => (
            <button
              key={tab.value}
              type="button"
              role="tab"
              aria-selected={tab.value === current}
              onClick={() => onPart(tab.value === 'content' ? undefined : tab.value)}
              className="-mb-px flex h-9 items-center gap-1.5 border-b-2 border-transparent text-muted hover:text-ink aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink"
            >
              {tab.label}
              {tab.count !== undefined && tab.count > 0 && (
                <span className="rounded-sm bg-pressed/70 px-1 text-2xs leading-4 text-muted tabular">
                  {tab.count}
                </span>
              )}
            </button>
          ))}
        </div>
        {current === 'content' && (
          <span className="mb-1 flex">
            <Segmented
              label="Form"
              value={form}
              options={[
                { value: 'pretty', label: 'Pretty' },
                { value: 'json', label: 'JSON' },
              ]}
              onChange={setForm}
            />
          </span>
        )}
      </div>
      <div
        key={span.id}
        tabIndex={0}
        role="tabpanel"
        aria-label={current}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3 focus-visible:-outline-offset-2"
      >
        {current === 'content' && <Content span={span} form={form} />}
        {current === 'attributes' && <Attributes span={span} keys={keys} />}
        {current === 'events' && <Events span={span} />}
        {current === 'links' && <JsonView value={span.links} />}
      </div>
    </section>
  )
}

function SpanHeader({ span, origin }: { span: Span; origin: number }) {
  const { icon: Icon, color, label } = lookOf(span.type)
  const tokens = attribute(span, 'mlflow.chat.tokenUsage') as Tokens | undefined
  const cost = attribute(span, 'mlflow.llm.cost') as Cost | undefined
  const model = attribute(span, 'mlflow.llm.model')
  const facts = [
    label,
    span.end === undefined ? 'running' : formatFine(span.end - span.start),
    `at ${formatFine(span.start - origin)}`,
    typeof model === 'string' ? model : undefined,
    tokens?.total_tokens !== undefined &&
      `${formatCount(tokens.input_tokens ?? 0)} → ${formatCount(tokens.output_tokens ?? 0)} tokens`,
    cost?.total_cost !== undefined && formatCost(cost.total_cost),
  ]
  return (
    <header className="shrink-0 px-4 pt-2.5 pb-1">
      <h2 className="flex min-w-0 items-center gap-2 font-semibold">
        <Icon size={14} aria-hidden style={{ color }} className="shrink-0" />
        <span className="truncate" title={span.name}>
          {span.name || 'unnamed'}
        </span>
        <span className="flex text-xs font-normal">
          <TraceStatus state={span.status === 'UNSET' ? undefined : span.status} compact />
        </span>
        <CopyButton text={span.id} label="Copy span id" className="ml-auto size-6" />
      </h2>
      <FactLine facts={facts} title={formatExact(span.start)} />
    </header>
  )
}

type Form = 'pretty' | 'json'

function Content({ span, form }: { span: Span; form: Form }) {
  const inputs = useMemo(() => attribute(span, INPUTS), [span])
  const outputs = useMemo(() => attribute(span, OUTPUTS), [span])
  const nothing = inputs === undefined && outputs === undefined
  return (
    <div className="flex flex-col gap-4">
      <Exceptions span={span} />
      <Side title="Inputs" value={inputs} form={form} />
      <Side title="Outputs" value={outputs} form={form} />
      {nothing && <p className="text-muted">The span has neither inputs nor outputs.</p>}
    </div>
  )
}

function Side({ title, value, form }: { title: string; value: unknown; form: Form }) {
  if (value === undefined) return null
  return (
    <section aria-label={title} className="min-w-0">
      <div className="flex items-center justify-between pb-1">
        <h3 className="text-xs font-medium text-faint">{title}</h3>
        <CopyButton
          text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
          label={`Copy ${title.toLowerCase()}`}
          className="size-6"
        />
      </div>
      {form === 'json' ? <JsonView value={value} /> : <Payload value={value} />}
    </section>
  )
}

function Attributes({ span, keys }: { span: Span; keys: string[] }) {
  const [text, setText] = useState('')
  const wanted = text.toLowerCase()
  const found = keys
    .filter(
      (key) =>
        key.toLowerCase().includes(wanted) ||
        String(span.attributes[key]).toLowerCase().includes(wanted),
    )
    .sort()
  if (keys.length === 0) return <p className="text-muted">The span has no attributes.</p>
  return (
    <div className="flex flex-col gap-2">
      {keys.length > 8 && <SearchField value={text} onChange={setText} label="Find an attribute" />}
      <dl className="flex flex-col">
        {found.map((key) => {
          const value = attributeValue(span.attributes[key])
          return (
            <div
              key={key}
              className="grid grid-cols-[minmax(0,38%)_minmax(0,1fr)] gap-3 border-b border-line/70 py-1.5"
            >
              <dt className="[overflow-wrap:anywhere] text-muted">{key}</dt>
              <dd className="min-w-0">
                {typeof value === 'object' && value !== null ? (
                  <JsonView value={value} />
                ) : (
                  <LongText text={String(value)} className="font-mono text-xs leading-5" />
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}

function Events({ span }: { span: Span }) {
  const others = span.events.filter((event) => !isException(event))
  if (span.events.length === 0) return <p className="text-muted">The span has no events.</p>
  return (
    <div className="flex flex-col gap-3">
      <Exceptions span={span} />
      <ol className="flex flex-col gap-2">
        {others.slice(0, 500).map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events never move
          <li key={index} className="rounded-lg border px-3 py-2">
            <div className="flex items-baseline justify-between gap-3">
              <span className="font-medium [overflow-wrap:anywhere]">{event.name}</span>
              <span className="shrink-0 text-xs text-faint tabular" title={formatExact(event.time)}>
                at {formatFine(event.time - span.start)}
              </span>
            </div>
            {Object.keys(event.attributes).length > 0 && <JsonView value={event.attributes} />}
          </li>
        ))}
      </ol>
      {others.length > 500 && (
        <p className="text-xs text-faint">{others.length - 500} more events</p>
      )}
    </div>
  )
}
