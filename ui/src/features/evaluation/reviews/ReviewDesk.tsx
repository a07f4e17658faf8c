import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleDashed, CircleSlash, ExternalLink } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { AssessmentSource, AssessmentValue } from '~/components/AssessmentValue'
import { Button } from '~/components/Button'
import { classes } from '~/components/classes'
import { LongText } from '~/components/content/LongText'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { Input } from '~/components/Field'
import { Kbd } from '~/components/Kbd'
import { SkeletonLines } from '~/components/Skeleton'
import { notify } from '~/components/Toasts'
import {
  answersOf,
  choose,
  type Drafts,
  draftsOf,
  optionsOf,
} from '~/features/evaluation/reviews/answers'
import { Question } from '~/features/evaluation/reviews/Question'
import {
  type Item,
  type ItemStatus,
  itemsQuery,
  type Queue,
  useReview,
} from '~/features/evaluation/reviews/queries'
import { assessmentKind, assessmentTitle, validAssessments } from '~/lib/assessments'
import { type LabelSchema, schemasQuery } from '~/lib/evaluation'
import { MOD, useShortcuts } from '~/lib/keyboard'
import { previewText } from '~/lib/previews'
import { useRemembered } from '~/lib/storage'
import { traceQuery } from '~/lib/traceQueries'
import { shortTraceId, type Trace } from '~/lib/traces'

interface Props {
  queue: Queue
  /** The item that is on the desk; the first that waits, if none is. */
  current: string | undefined
  onCurrent: (itemId: string) => void
  onOpen: (traceId: string) => void
}

const GLYPHS: Record<ItemStatus, { Icon: typeof CircleCheck; tone: string; label: string }> = {
  PENDING: { Icon: CircleDashed, tone: 'text-faint', label: 'Waiting' },
  COMPLETE: { Icon: CircleCheck, tone: 'text-good', label: 'Done' },
  DECLINED: { Icon: CircleSlash, tone: 'text-warn', label: 'Declined' },
}

/** A queue, to be worked through one trace after the other without leaving the keyboard. */
export function ReviewDesk({ queue, current, onCurrent, onOpen }: Props) {
  const items = useQuery(itemsQuery(queue.queue_id))
  const schemas = useQuery(schemasQuery(queue.experiment_id))
  const [stored, store] = useRemembered('reviewer')
  const reviewer = stored || queue.users?.[0] || 'default'
  const asked = useMemo(() => {
    const all = schemas.data ?? []
    if (queue.queue_type === 'USER') return all
    return all.filter((schema) => queue.schema_ids?.includes(schema.schema_id))
  }, [schemas.data, queue])
  if (items.isPending || schemas.isPending) return <SkeletonLines lines={8} height={40} />
  const failed = [items, schemas].find((query) => query.isError && !query.data)
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
  const list = items.data ?? []
  if (list.length === 0) {
    return <EmptyState title="This queue is empty">No traces have been added to it.</EmptyState>
  }
  const item =
    list.find((each) => each.item_id === current) ??
    list.find((each) => each.status === 'PENDING') ??
    (list[0] as Item)
  const at = list.indexOf(item)
  const done = list.filter((each) => each.status !== 'PENDING').length
  const go = (to: number) => {
    const next = list[(to + list.length) % list.length]
    if (next) onCurrent(next.item_id)
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto md:flex-row md:overflow-hidden">
      <nav
        aria-label="Traces of the queue"
        className="flex shrink-0 flex-col border-b md:w-60 md:border-r md:border-b-0"
      >
        <div className="flex items-center justify-between gap-2 border-b px-4 py-2">
          <span className="text-xs text-muted tabular">
            {done} of {list.length} done
          </span>
          <span className="flex items-center gap-1.5 text-xs text-faint">
            as
            <Input
              aria-label="Your name"
              value={stored ?? ''}
              placeholder={reviewer}
              onChange={(event) => store(event.target.value || undefined)}
              className="h-6 w-24 text-xs"
            />
          </span>
        </div>
        <ol className="flex max-h-32 flex-row gap-1 overflow-auto p-2 md:max-h-none md:flex-1 md:flex-col md:gap-0 md:p-0">
          {list.map((each, index) => (
            <Place
              key={each.item_id}
              item={each}
              number={index + 1}
              current={each === item}
              onOpen={() => onCurrent(each.item_id)}
            />
          ))}
        </ol>
      </nav>
      <Desk
        key={`${item.item_id} ${reviewer}`}
        queue={queue}
        item={item}
        schemas={asked}
        reviewer={reviewer}
        onStep={(step) => go(at + step)}
        onDone={() => {
          const after = [...list.slice(at + 1), ...list.slice(0, at)]
          const next = after.find((each) => each.status === 'PENDING')
          if (next) onCurrent(next.item_id)
          else notify('All of this queue is done')
        }}
        onOpen={onOpen}
      />
    </div>
  )
}

interface PlaceProps {
  item: Item
  number: number
  current: boolean
  onOpen: () => void
}

function Place({ item, number, current, onOpen }: PlaceProps) {
  const button = useRef<HTMLButtonElement>(null)
  const trace = useQuery(traceQuery(item.item_id))
  const { Icon, tone, label } = GLYPHS[item.status]
  useEffect(() => {
    if (current) button.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <li className="shrink-0">
      <button
        ref={button}
        type="button"
        aria-current={current || undefined}
        onClick={onOpen}
        className="flex w-44 items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover aria-[current]:bg-selected md:w-full md:rounded-none md:px-4"
      >
        <Icon size={14} aria-label={label} className={classes('shrink-0', tone)} />
        <span className="w-5 shrink-0 text-right text-xs text-faint tabular">{number}</span>
        <span className="truncate">
          {previewText(trace.data?.request_preview) || shortTraceId(item.item_id)}
        </span>
      </button>
    </li>
  )
}

interface DeskProps {
  queue: Queue
  item: Item
  schemas: LabelSchema[]
  reviewer: string
  onStep: (step: number) => void
  onDone: () => void
  onOpen: (traceId: string) => void
}

function Desk(props: DeskProps) {
  const trace = useQuery(traceQuery(props.item.item_id))
  if (trace.isPending) {
    return (
      <div className="flex-1">
        <SkeletonLines lines={6} height={40} />
      </div>
    )
  }
  if (!trace.data) {
    return (
      <div className="flex-1">
        <EmptyState title="This trace is gone">
          It was deleted after it came into the queue.
        </EmptyState>
      </div>
    )
  }
  return <Form {...props} trace={trace.data} />
}

function Form({
  queue,
  item,
  schemas,
  reviewer,
  trace,
  onStep,
  onDone,
  onOpen,
}: DeskProps & { trace: Trace }) {
  const assessments = useMemo(() => validAssessments(trace), [trace])
  const before = useMemo(
    () => draftsOf(schemas, assessments, reviewer),
    [schemas, assessments, reviewer],
  )
  const [drafts, setDrafts] = useState<Drafts>(before)
  const [focus, setFocus] = useState(0)
  const fields = useRef<(HTMLElement | null)[]>([])
  const review = useReview(queue.queue_id)
  const set = (name: string, part: Partial<Drafts[string]>) =>
    setDrafts((all) => ({
      ...all,
      [name]: { value: undefined, comment: '', ...all[name], ...part },
    }))
  const finish = (status: ItemStatus) => {
    if (review.isPending) return
    const answers = status === 'COMPLETE' ? answersOf(schemas, drafts, before) : []
    review.mutate({ item, status, answers, reviewer, before: assessments }, { onSuccess: onDone })
  }
  const move = (step: number) =>
    setFocus((at) => Math.max(0, Math.min(schemas.length - 1, at + step)))
  const pick = (index: number) => {
    const schema = schemas[focus]
    const option = schema && optionsOf(schema)[index]
    if (!schema || !option) return
    set(schema.name, { value: choose(schema, drafts[schema.name]?.value, option.value) })
    if (focus < schemas.length - 1 && drafts[schema.name]?.value === undefined) move(1)
  }
  const digits = Object.fromEntries(
    [...'123456789'].map((digit, index) => [digit, () => pick(index)]),
  )
  useShortcuts({
    ...digits,
    j: () => onStep(1),
    k: () => onStep(-1),
    arrowright: () => onStep(1),
    arrowleft: () => onStep(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    enter: () => {
      const field = fields.current[focus]
      if (field && drafts[schemas[focus]?.name ?? '']?.value === undefined) field.focus()
      else finish('COMPLETE')
    },
    'mod+enter': () => finish('COMPLETE'),
    d: () => finish('DECLINED'),
    o: () => onOpen(item.item_id),
  })
  return (
    <>
      <article aria-label="Trace" className="min-w-0 flex-1 px-4 py-4 md:overflow-y-auto md:px-6">
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          <Side title="Asked">
            <LongText text={previewText(trace.request_preview)} markdown />
          </Side>
          <Side title="Answered">
            {trace.state === 'ERROR' && <p className="font-medium text-bad">It failed.</p>}
            <LongText text={previewText(trace.response_preview)} markdown />
          </Side>
          <Others trace={trace} asked={schemas} reviewer={reviewer} />
          <button
            type="button"
            onClick={() => onOpen(item.item_id)}
            className="inline-flex items-center gap-1.5 self-start text-xs text-muted hover:text-ink hover:underline"
          >
            <ExternalLink size={12} /> Open the whole trace <Kbd>O</Kbd>
          </button>
        </div>
      </article>
      <section
        aria-label="Questions"
        className="flex shrink-0 flex-col gap-4 border-t px-4 py-4 md:w-80 md:overflow-y-auto md:border-t-0 md:border-l md:px-5 lg:w-96"
      >
        {schemas.length === 0 && <p className="text-muted">This queue asks no questions.</p>}
        {schemas.map((schema, index) => (
          <Question
            key={schema.schema_id}
            schema={schema}
            draft={drafts[schema.name]}
            active={index === focus}
            onActive={() => setFocus(index)}
            onChange={(part) => set(schema.name, part)}
            fieldRef={(element) => {
              fields.current[index] = element
            }}
          />
        ))}
        {review.error && <ErrorNote error={review.error} />}
        <div className="flex gap-2">
          <Button kind="solid" disabled={review.isPending} onClick={() => finish('COMPLETE')}>
            {item.status === 'COMPLETE' ? 'Save, and next' : 'Done, and next'}
          </Button>
          <Button disabled={review.isPending} onClick={() => finish('DECLINED')}>
            Decline
          </Button>
          {item.status !== 'PENDING' && (
            <Button kind="plain" disabled={review.isPending} onClick={() => finish('PENDING')}>
              Reopen
            </Button>
          )}
        </div>
        <p className="hidden flex-wrap items-center gap-x-3 gap-y-1.5 text-xs text-faint md:flex">
          <span>
            <Kbd>1</Kbd>–<Kbd>9</Kbd> answer
          </span>
          <span>
            <Kbd>↑</Kbd> <Kbd>↓</Kbd> question
          </span>
          <span>
            <Kbd>←</Kbd> <Kbd>→</Kbd> trace
          </span>
          <span>
            <Kbd>{`${MOD} ↵`}</Kbd> done
          </span>
          <span>
            <Kbd>D</Kbd> decline
          </span>
        </p>
      </section>
    </>
  )
}

function Side({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h2 className="pb-1 text-xs font-medium text-faint">{title}</h2>
      <div className="rounded-lg border bg-sunken px-3.5 py-2.5">{children}</div>
    </div>
  )
}

/** What judges and others said: it need not be asked again, and it helps to see. */
function Others({
  trace,
  asked,
  reviewer,
}: {
  trace: Trace
  asked: LabelSchema[]
  reviewer: string
}) {
  const names = new Set(asked.map(({ name }) => name))
  const others = validAssessments(trace).filter(
    (each) =>
      assessmentKind(each) !== 'issue' &&
      !(names.has(each.assessment_name) && each.source?.source_id === reviewer),
  )
  if (others.length === 0) return null
  return (
    <div>
      <h2 className="pb-1 text-xs font-medium text-faint">What others said</h2>
      <ul className="flex flex-col gap-1.5">
        {others.map((each) => (
          <li key={each.assessment_id} className="flex flex-wrap items-center gap-2">
            <span className="text-muted">{assessmentTitle(each)}</span>
            <AssessmentValue assessment={each} />
            <AssessmentSource assessment={each} />
            {each.rationale && <span className="text-xs text-faint">{each.rationale}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}
