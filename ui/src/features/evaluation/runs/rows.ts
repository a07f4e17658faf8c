import { assessmentKind, assessmentValue, validAssessments, verdictOf } from '~/lib/assessments'
import type { Assessment, Trace } from '~/lib/traces'

/** What one run said about one input. */
interface Answer {
  trace: Trace
  /** The newest feedback of each name. */
  feedback: Map<string, Assessment>
}

export type Change = 'worse' | 'better' | 'other' | 'none'

/** One input, and what each run made of it. */
export interface Row {
  key: string
  request: string | undefined
  expectations: Assessment[]
  answers: (Answer | undefined)[]
  change: Change
}

function answerOf(trace: Trace): Answer {
  const feedback = new Map<string, Assessment>()
  const sorted = validAssessments(trace)
    .filter((each) => assessmentKind(each) === 'feedback')
    .sort((a, b) => (a.create_time ?? '').localeCompare(b.create_time ?? ''))
  for (const each of sorted) feedback.set(each.assessment_name, each)
  return { trace, feedback }
}

/** The same input again counts as another row: the first with the first, the second with the second. */
function keyed(traces: readonly Trace[]): Map<string, Trace> {
  const seen = new Map<string, number>()
  const byKey = new Map<string, Trace>()
  for (const trace of traces) {
    const request = trace.request_preview ?? trace.trace_id
    const count = (seen.get(request) ?? 0) + 1
    seen.set(request, count)
    byKey.set(count === 1 ? request : `${request}\u0000${count}`, trace)
  }
  return byKey
}

const RANK: Record<Change, number> = { worse: 0, better: 1, other: 2, none: 3 }

/** Rows by input; those that a judge sees differently from run to run come first. */
export function sideBySide(runs: readonly (readonly Trace[])[]): Row[] {
  const maps = runs.map(keyed)
  const keys = new Set(maps.flatMap((map) => [...map.keys()]))
  const rows = [...keys].map((key): Row => {
    const traces = maps.map((map) => map.get(key))
    const answers = traces.map((trace) => trace && answerOf(trace))
    const expectations = traces
      .flatMap((trace) => (trace ? validAssessments(trace) : []))
      .filter((each) => assessmentKind(each) === 'expectation')
    return {
      key,
      request: traces.find((trace) => trace)?.request_preview,
      expectations: expectations.filter(
        (each, index) =>
          expectations.findIndex((other) => other.assessment_name === each.assessment_name) ===
          index,
      ),
      answers,
      change: changeOf(answers),
    }
  })
  return rows.sort((a, b) => RANK[a.change] - RANK[b.change])
}

/** From the first run that has the row to the last one. */
function changeOf(answers: readonly (Answer | undefined)[]): Change {
  const present = answers.filter((answer) => answer !== undefined)
  const [first] = present
  const last = present.at(-1)
  if (!first || !last || present.length < 2) return 'none'
  let change: Change = 'none'
  for (const [name, before] of first.feedback) {
    const was = verdictOf(assessmentValue(before))
    const verdicts = present.map((answer) => {
      const found = answer.feedback.get(name)
      return found ? verdictOf(assessmentValue(found)) : undefined
    })
    const now = verdicts.at(-1)
    if (was === 'good' && now === 'bad') return 'worse'
    if (was === 'bad' && now === 'good') change = 'better'
    const differs = verdicts.some((each) => each !== undefined && each !== was)
    if (change === 'none' && differs) change = 'other'
  }
  return change
}

/** The names of all feedback in the rows, in the order in which they come up. */
export function feedbackNames(rows: readonly Row[]): string[] {
  const names = new Set<string>()
  for (const row of rows) {
    for (const answer of row.answers)
      for (const name of answer?.feedback.keys() ?? []) names.add(name)
  }
  return [...names].sort()
}

/** The share of a run's answers that a judge finds good; or the mean, where it gives numbers. */
export function scoreOf(rows: readonly Row[], run: number, name: string): number | undefined {
  const values = rows
    .map((row) => row.answers[run]?.feedback.get(name))
    .filter((each) => each !== undefined && !each.feedback?.error)
    .map((each) => assessmentValue(each as Assessment))
  if (values.length === 0) return undefined
  const numbers = values.map((value) => {
    if (typeof value === 'number') return value
    const verdict = verdictOf(value)
    return verdict === 'neutral' ? Number.NaN : Number(verdict === 'good')
  })
  const known = numbers.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return undefined
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
