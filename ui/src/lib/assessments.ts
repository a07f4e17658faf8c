import { type Assessment, parseObject, type Trace } from '~/lib/traces'

export type AssessmentKind = 'feedback' | 'expectation' | 'issue'

export function assessmentKind(assessment: Assessment): AssessmentKind {
  if (assessment.issue) return 'issue'
  return assessment.expectation ? 'expectation' : 'feedback'
}

/** What was assessed, in any JSON type; undefined where the judge failed. */
export function assessmentValue(assessment: Assessment): unknown {
  const { feedback, expectation, issue } = assessment
  if (issue) return issue.issue_name
  if (!expectation) return feedback?.value
  const text = expectation.serialized_value?.value
  if (text === undefined) return expectation.value
  return parseObject(text) ?? text
}

export function assessmentTitle(assessment: Assessment): string {
  return assessment.issue?.issue_name ?? assessment.assessment_name
}

export type Verdict = 'good' | 'bad' | 'neutral'

const GOOD = new Set(['yes', 'true', 'pass', 'passed', 'correct'])
const BAD = new Set(['no', 'false', 'fail', 'failed', 'incorrect'])

/** How a value reads: judges answer yes and no, or true and false. */
export function verdictOf(value: unknown): Verdict {
  const word = String(value).toLowerCase()
  if (GOOD.has(word)) return 'good'
  return BAD.has(word) ? 'bad' : 'neutral'
}

/** The assessments that count: those that no other one has replaced. */
export function validAssessments(trace: Trace): Assessment[] {
  return (trace.assessments ?? []).filter((each) => each.valid !== false)
}

/** By name, the newest first. */
export function assessmentsByName(assessments: readonly Assessment[]): Map<string, Assessment[]> {
  const groups = new Map<string, Assessment[]>()
  for (const each of assessments) {
    const group = groups.get(each.assessment_name)
    if (group) group.push(each)
    else groups.set(each.assessment_name, [each])
  }
  for (const group of groups.values()) {
    group.sort((a, b) => (b.create_time ?? '').localeCompare(a.create_time ?? ''))
  }
  return groups
}

/** The assessments that one replaced, the newest first. */
export function historyOf(assessment: Assessment, all: readonly Assessment[]): Assessment[] {
  const history: Assessment[] = []
  let before = assessment.overrides
  while (before && history.length < all.length) {
    const found = all.find((each) => each.assessment_id === before)
    if (!found) break
    history.push(found)
    before = found.overrides
  }
  return history
}
