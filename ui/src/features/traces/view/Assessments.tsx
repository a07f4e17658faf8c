import { ChevronRight, MoreHorizontal, Pencil, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { AssessmentSource, AssessmentValue } from '~/components/AssessmentValue'
import { Button } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { AsideSection } from '~/components/Facts'
import { Markdown } from '~/components/Markdown'
import { Menu, MenuItem } from '~/components/Menu'
import { Ago } from '~/components/Time'
import { AssessmentForm } from '~/features/traces/view/AssessmentForm'
import { useDeleteAssessment } from '~/features/traces/view/queries'
import { assessmentKind, assessmentTitle, historyOf } from '~/lib/assessments'
import type { Span } from '~/lib/spans'
import type { Assessment, Trace } from '~/lib/traces'

interface Props {
  trace: Trace
  span: Span | undefined
  spans: ReadonlyMap<string, Span> | undefined
  onSpan: (id: string) => void
}

const TITLES = { feedback: 'Feedback', expectation: 'Expectations', issue: 'Issues' } as const

/** What people, judges and code think of a trace. */
export function Assessments({ trace, span, spans, onSpan }: Props) {
  const [adding, setAdding] = useState(false)
  const all = useMemo(() => trace.assessments ?? [], [trace])
  const valid = useMemo(
    () =>
      all
        .filter((each) => each.valid !== false)
        .sort((a, b) => a.assessment_name.localeCompare(b.assessment_name)),
    [all],
  )
  const names = [...new Set(all.filter((each) => !each.issue).map((each) => each.assessment_name))]
  return (
    <AsideSection
      title="Assessments"
      action={
        !adding && (
          <Button size="small" kind="plain" onClick={() => setAdding(true)}>
            <Plus size={12} /> Add
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-3">
        {adding && (
          <AssessmentForm
            traceId={trace.trace_id}
            spanId={span?.id}
            names={names}
            onClose={() => setAdding(false)}
          />
        )}
        {valid.length === 0 && !adding && (
          <p className="text-muted">
            Nobody has assessed this trace yet. Say what is right or wrong with it, and the table
            can be filtered by it.
          </p>
        )}
        {(['issue', 'feedback', 'expectation'] as const).map((kind) => {
          const own = valid.filter((each) => assessmentKind(each) === kind)
          if (own.length === 0) return null
          return (
            <div key={kind} className="flex flex-col gap-1.5">
              {own.length < valid.length && (
                <h3 className="text-2xs font-medium text-faint">{TITLES[kind]}</h3>
              )}
              {own.map((each) => (
                <Item
                  key={each.assessment_id}
                  assessment={each}
                  all={all}
                  span={each.span_id ? spans?.get(each.span_id) : undefined}
                  onSpan={onSpan}
                />
              ))}
            </div>
          )
        })}
      </div>
    </AsideSection>
  )
}

interface ItemProps {
  assessment: Assessment
  all: readonly Assessment[]
  span: Span | undefined
  onSpan: (id: string) => void
}

function Item({ assessment, all, span, onSpan }: ItemProps) {
  const [editing, setEditing] = useState(false)
  if (editing) {
    return (
      <AssessmentForm
        traceId={assessment.trace_id}
        spanId={undefined}
        before={assessment}
        names={[]}
        onClose={() => setEditing(false)}
      />
    )
  }
  return (
    <article
      aria-label={assessmentTitle(assessment)}
      className="flex flex-col gap-1 rounded-lg border px-2.5 py-1.5"
    >
      <div className="flex min-w-0 items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium" title={assessmentTitle(assessment)}>
          {assessment.issue ? 'Issue' : assessment.assessment_name}
        </span>
        <span className="flex max-w-[60%] min-w-0">
          <AssessmentValue assessment={assessment} />
        </span>
        <Actions assessment={assessment} onEdit={() => setEditing(true)} />
      </div>
      {assessment.feedback?.error?.error_message && (
        <p className="text-xs [overflow-wrap:anywhere] text-warn">
          {assessment.feedback.error.error_message}
        </p>
      )}
      {assessment.rationale && (
        <div className="text-xs text-muted">
          <Markdown source={assessment.rationale} chat />
        </div>
      )}
      <div className="flex min-w-0 items-center gap-2 text-xs text-faint">
        <AssessmentSource assessment={assessment} />
        {span && span.parent !== undefined && (
          <button
            type="button"
            onClick={() => onSpan(span.id)}
            className="min-w-0 truncate hover:text-ink hover:underline"
          >
            on {span.name}
          </button>
        )}
        <span className="ml-auto shrink-0">
          <Ago time={Date.parse(assessment.last_update_time ?? assessment.create_time ?? '')} />
        </span>
      </div>
      <History history={historyOf(assessment, all)} />
    </article>
  )
}

function History({ history }: { history: Assessment[] }) {
  const [open, setOpen] = useState(false)
  if (history.length === 0) return null
  return (
    <div className="border-t pt-1 text-xs">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex items-center gap-1 text-muted hover:text-ink"
      >
        <ChevronRight size={12} className={open ? 'rotate-90' : ''} />
        {history.length === 1 ? 'Overrides an earlier one' : `Overrides ${history.length} earlier`}
      </button>
      {open && (
        <ul className="flex flex-col gap-1.5 pt-1.5 pl-4">
          {history.map((each) => (
            <li key={each.assessment_id} className="flex flex-col gap-0.5 text-muted">
              <span className="flex min-w-0 items-center gap-2">
                <span className="min-w-0 line-through decoration-faint">
                  <AssessmentValue assessment={each} />
                </span>
                <AssessmentSource assessment={each} />
              </span>
              {each.rationale && <Markdown source={each.rationale} chat />}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Actions({ assessment, onEdit }: { assessment: Assessment; onEdit: () => void }) {
  const [confirming, setConfirming] = useState(false)
  const remove = useDeleteAssessment()
  const own = assessment.source?.source_type === 'HUMAN'
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Actions for ${assessmentTitle(assessment)}`}
            className="-mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-ink data-[popup-open]:bg-hover"
          >
            <MoreHorizontal size={14} />
          </button>
        }
      >
        {!assessment.issue && (
          <MenuItem icon={<Pencil size={14} />} onSelect={onEdit}>
            {own ? 'Edit' : 'Override'}
          </MenuItem>
        )}
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setConfirming(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() => remove.mutate(assessment, { onSuccess: () => setConfirming(false) })}
        title={`Delete “${assessmentTitle(assessment)}”?`}
        action="Delete assessment"
        busy={remove.isPending}
        error={remove.error}
      >
        This cannot be undone.
        {assessment.overrides && ' The assessment that it overrides counts again.'}
      </ConfirmDialog>
    </>
  )
}
