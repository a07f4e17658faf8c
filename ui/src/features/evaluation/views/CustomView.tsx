import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import { Button } from '~/components/Button'
import { classes } from '~/components/classes'
import { Payload } from '~/components/content/Payload'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { Input } from '~/components/Field'
import { SkeletonLines } from '~/components/Skeleton'
import { notify } from '~/components/Toasts'
import {
  type Marks,
  marksOf,
  resolve,
  spanOf,
  useSubmitMarks,
} from '~/features/evaluation/views/parts'
import type { Span } from '~/lib/spans'
import { spansQuery, traceQuery } from '~/lib/traceQueries'
import type { Trace } from '~/lib/traces'
import type { Part, CustomView as View } from '~/lib/views'

interface Scene {
  view: View
  trace: Trace
  spans: Span[]
  marks: Marks
  set: (key: string, part: Marks[string]) => void
  busy: boolean
}

/** A trace as the parts of a custom view show it. */
export function CustomView({ view, traceId }: { view: View; traceId: string }) {
  const trace = useQuery(traceQuery(traceId))
  const spans = useQuery(spansQuery(traceId, false))
  const [marks, setMarks] = useState<Marks>({})
  const submit = useSubmitMarks(traceId)
  const list = useMemo(() => spans.data?.nodes.map(({ span }) => span) ?? [], [spans.data])
  const failed = [trace, spans].find((query) => query.isError && !query.data)
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
  if (!trace.data || !spans.data) return <SkeletonLines lines={8} height={40} />
  const scene: Scene = {
    view,
    trace: trace.data,
    spans: list,
    marks,
    set: (key, part) => setMarks((all) => ({ ...all, [key]: { ...all[key], ...part } })),
    busy: submit.isPending,
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    submit.mutate(marksOf(marks), {
      onSuccess: (count) => {
        setMarks({})
        notify(count === 1 ? 'Saved one mark' : `Saved ${count} marks`)
      },
    })
  }
  return (
    <form onSubmit={send} className="mx-auto flex max-w-3xl flex-col gap-4 px-4 py-4 md:px-6">
      {view.label && <p className="text-muted">{view.label}</p>}
      <Shown id="root" scene={scene} seen={NOTHING} />
      {submit.error && <ErrorNote error={submit.error} />}
    </form>
  )
}

const NOTHING: readonly string[] = []

interface ShownProps {
  id: string
  scene: Scene
  /** The parts around this one: a view must not hold itself. */
  seen: readonly string[]
}

function Shown({ id, scene, seen }: ShownProps): ReactNode {
  const part = scene.view.parts.get(id)
  if (!part || seen.includes(id)) return null
  if (part.renderIfSpan !== undefined && !spanOf(part.renderIfSpan, scene.spans)) return null
  const within = [...seen, id]
  const inner = (child: unknown) =>
    typeof child === 'string' ? <Shown key={child} id={child} scene={scene} seen={within} /> : null
  const children = Array.isArray(part.children) ? part.children.map(inner) : inner(part.child)
  switch (part.component) {
    case 'Column':
      return <div className="flex min-w-0 flex-col gap-3">{children}</div>
    case 'Row':
      return <div className="flex min-w-0 flex-wrap gap-3 *:flex-1">{children}</div>
    case 'Card':
      return <div className="min-w-0 rounded-lg border px-4 py-3">{children}</div>
    default:
      return <Leaf part={part} scene={scene} />
  }
}

function Leaf({ part, scene }: { part: Part; scene: Scene }) {
  const value = (field: string) => resolve(part[field], scene.trace, scene.spans)
  const label = String(value('label') ?? '')
  switch (part.component) {
    case 'Text':
      return (
        <p className={classes(/^h\d$/.test(String(part.variant)) && 'text-base font-semibold')}>
          {String(value('text') ?? '')}
        </p>
      )
    case 'StatCard':
      return (
        <div className="min-w-24 rounded-lg border bg-sunken px-3 py-2">
          <p className="text-xs text-faint">{label}</p>
          <p className="text-lg font-semibold tabular">{String(value('value') ?? '–')}</p>
        </div>
      )
    case 'KeyValueViewer':
      return (
        <div className="min-w-0">
          <p className="pb-1 text-xs font-medium text-faint">{label}</p>
          <Payload value={value('value')} />
        </div>
      )
    case 'RadioGroup':
      return <Radios part={part} scene={scene} label={label} />
    case 'FeedbackInputText':
      return <Words part={part} scene={scene} label={label} />
    case 'FeedbackSubmit':
      return (
        <Button
          kind="solid"
          type="submit"
          className="self-start"
          disabled={scene.busy || marksOf(scene.marks).length === 0}
        >
          {label || 'Submit'}
        </Button>
      )
    default:
      return null
  }
}

interface FieldProps {
  part: Part
  scene: Scene
  label: string
}

/** Where a mark belongs: its name, and the span that it is of. */
function keyOf(
  part: Part,
  scene: Scene,
): { key: string; spanId: string | undefined; name: string } {
  const reference = (part.spanId as { $spanRef?: unknown } | undefined)?.$spanRef
  const spanId = reference === undefined ? undefined : spanOf(reference, scene.spans)?.id
  const name = String(part.name ?? part.id)
  return { key: `${spanId ?? ''}/${name}`, spanId, name }
}

function Radios({ part, scene, label }: FieldProps) {
  const { key, spanId, name } = keyOf(part, scene)
  const options = Array.isArray(part.options)
    ? (part.options as { label?: string; value?: string }[])
    : []
  return (
    <fieldset className="min-w-0">
      <legend className="pb-1 text-xs font-medium text-faint">{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => {
          const chosen = scene.marks[key]?.value === option.value
          return (
            <button
              key={option.value}
              type="button"
              aria-pressed={chosen}
              onClick={() =>
                scene.set(key, { name, spanId, value: chosen ? undefined : option.value })
              }
              className={classes(
                'h-7 rounded-md border px-2.5',
                chosen
                  ? 'border-accent-solid bg-accent-soft font-medium text-accent'
                  : 'border-line-strong bg-surface hover:bg-hover',
              )}
            >
              {option.label ?? option.value}
            </button>
          )
        })}
      </div>
    </fieldset>
  )
}

function Words({ part, scene, label }: FieldProps) {
  const { key, spanId, name } = keyOf(part, scene)
  const field = part.field === 'rationale' ? 'rationale' : 'value'
  return (
    <Input
      aria-label={label || name}
      placeholder={String(part.placeholder ?? label)}
      value={scene.marks[key]?.[field] ?? ''}
      onChange={(event) =>
        scene.set(key, { name, spanId, [field]: event.target.value || undefined })
      }
    />
  )
}
