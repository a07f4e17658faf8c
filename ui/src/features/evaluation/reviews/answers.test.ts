import { expect, it } from 'vitest'
import { answersOf, choose, draftsOf, optionsOf } from '~/features/evaluation/reviews/answers'
import type { LabelSchema } from '~/lib/evaluation'
import { aFeedback } from '~/lib/samples'

const helpful: LabelSchema = {
  schema_id: '1',
  name: 'helpful',
  type: 'FEEDBACK',
  input: { pass_fail: { positive_label: 'Yes', negative_label: 'No' } },
}
const topics: LabelSchema = {
  schema_id: '2',
  name: 'topics',
  type: 'FEEDBACK',
  input: { categorical: { options: ['a', 'b'], multi_select: true } },
}
const expected: LabelSchema = {
  schema_id: '3',
  name: 'expected',
  type: 'EXPECTATION',
  input: { text: {} },
}

it('chooses, and takes back', () => {
  expect(optionsOf(helpful).map(({ value }) => value)).toEqual([true, false])
  expect(choose(helpful, true, true)).toBeUndefined()
  expect(choose(helpful, true, false)).toBe(false)
  expect(choose(topics, ['a'], 'b')).toEqual(['a', 'b'])
  expect(choose(topics, ['a'], 'a')).toBeUndefined()
})

it('writes only what is new', () => {
  const before = draftsOf(
    [helpful, expected],
    [aFeedback('t', 'helpful', true, { source: { source_type: 'HUMAN', source_id: 'mira' } })],
    'mira',
  )
  expect(before).toEqual({ helpful: { value: true, comment: '' } })
  const drafts = { ...before, expected: { value: 'x', comment: '' } }
  expect(answersOf([helpful, expected], drafts, before)).toEqual([
    { name: 'expected', kind: 'expectation', value: 'x', comment: '' },
  ])
  expect(answersOf([helpful], { helpful: { value: true, comment: 'why' } }, before)).toHaveLength(1)
})
