import type { Answer } from '~/features/evaluation/reviews/queries'
import { assessmentValue } from '~/lib/assessments'
import type { LabelSchema } from '~/lib/evaluation'
import type { Assessment } from '~/lib/traces'

/** What is said of one question so far. */
export interface Draft {
  value: unknown
  comment: string
}

export type Drafts = Record<string, Draft>

export interface Option {
  label: string
  value: unknown
}

/** The answers to choose from; none where one writes. */
export function optionsOf(schema: LabelSchema): Option[] {
  const { input } = schema
  if ('pass_fail' in input) {
    return [
      { label: input.pass_fail.positive_label || 'Pass', value: true },
      { label: input.pass_fail.negative_label || 'Fail', value: false },
    ]
  }
  if ('categorical' in input) {
    return (input.categorical.options ?? []).map((option) => ({ label: option, value: option }))
  }
  return []
}

export const isMulti = ({ input }: LabelSchema) =>
  'categorical' in input && input.categorical.multi_select === true

/** The value after an option was chosen: the same one again takes it back. */
export function choose(schema: LabelSchema, before: unknown, chosen: unknown): unknown {
  if (!isMulti(schema)) return before === chosen ? undefined : chosen
  const list = Array.isArray(before) ? before : []
  const next = list.includes(chosen) ? list.filter((each) => each !== chosen) : [...list, chosen]
  return next.length > 0 ? next : undefined
}

/** What this reviewer said of a trace before. */
export function draftsOf(
  schemas: readonly LabelSchema[],
  assessments: readonly Assessment[],
  reviewer: string,
): Drafts {
  const drafts: Drafts = {}
  for (const { name } of schemas) {
    const mine = assessments.find(
      (each) =>
        each.valid !== false &&
        each.assessment_name === name &&
        each.source?.source_type === 'HUMAN' &&
        each.source.source_id === reviewer,
    )
    if (mine) drafts[name] = { value: assessmentValue(mine), comment: mine.rationale ?? '' }
  }
  return drafts
}

/** What has to be written: answers that are given, and not the same as before. */
export function answersOf(
  schemas: readonly LabelSchema[],
  drafts: Drafts,
  before: Drafts,
): Answer[] {
  return schemas.flatMap(({ name, type, input }) => {
    const draft = drafts[name]
    if (draft === undefined || draft.value === undefined || draft.value === '') return []
    const value = 'numeric' in input ? Number(draft.value) : draft.value
    const was = before[name]
    if (was && JSON.stringify(was.value) === JSON.stringify(value) && was.comment === draft.comment)
      return []
    return [
      {
        name,
        kind: type === 'EXPECTATION' ? 'expectation' : 'feedback',
        value,
        comment: draft.comment,
      },
    ]
  })
}
