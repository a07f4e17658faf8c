import { Bot, Check, Code2, Flag, TriangleAlert, User, X } from 'lucide-react'
import { classes } from '~/components/classes'
import { assessmentKind, assessmentValue, type Verdict, verdictOf } from '~/lib/assessments'
import { formatNumber } from '~/lib/numbers'
import type { Assessment } from '~/lib/traces'

const TONES: Record<Verdict, string> = {
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  neutral: 'bg-hover text-ink',
}

const CHIP =
  'inline-flex h-5 max-w-full min-w-0 items-center gap-1 rounded-sm px-1.5 text-xs font-medium'

function textOf(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return value
  return JSON.stringify(value) ?? ''
}

/** The value of an assessment as a chip: a judge's yes and no at a glance. */
export function AssessmentValue({ assessment }: { assessment: Assessment }) {
  const kind = assessmentKind(assessment)
  const error = assessment.feedback?.error
  if (error) {
    return (
      <span
        className={classes(CHIP, 'bg-warn-soft text-warn')}
        title={error.error_message ?? error.error_code}
      >
        <TriangleAlert size={11} className="shrink-0" />
        <span className="truncate">{error.error_code ?? 'Error'}</span>
      </span>
    )
  }
  const value = assessmentValue(assessment)
  const text = textOf(value)
  if (kind === 'issue') {
    return (
      <span className={classes(CHIP, 'bg-warn-soft text-warn')} title={text}>
        <Flag size={11} className="shrink-0" />
        <span className="truncate">{text}</span>
      </span>
    )
  }
  const verdict = kind === 'feedback' && typeof value !== 'number' ? verdictOf(value) : 'neutral'
  return (
    <span className={classes(CHIP, TONES[verdict])} title={text}>
      {verdict === 'good' && <Check size={11} strokeWidth={3} className="shrink-0" />}
      {verdict === 'bad' && <X size={11} strokeWidth={3} className="shrink-0" />}
      <span className="truncate tabular">{text || 'empty'}</span>
    </span>
  )
}

const SOURCES: Record<string, { label: string; icon: typeof User } | undefined> = {
  HUMAN: { label: 'Human', icon: User },
  LLM_JUDGE: { label: 'LLM judge', icon: Bot },
  AI_JUDGE: { label: 'LLM judge', icon: Bot },
  CODE: { label: 'Code', icon: Code2 },
}

/** Who assessed. */
export function AssessmentSource({ assessment }: { assessment: Assessment }) {
  const { source_type: type, source_id: id } = assessment.source ?? {}
  const known = type && SOURCES[type]
  const Icon = known?.icon ?? User
  return (
    <span className="inline-flex min-w-0 items-center gap-1 text-xs text-muted">
      <Icon size={12} aria-label={known?.label ?? 'Source'} className="shrink-0 text-faint" />
      <span className="truncate" title={id}>
        {id || known?.label || 'unknown'}
      </span>
    </span>
  )
}
