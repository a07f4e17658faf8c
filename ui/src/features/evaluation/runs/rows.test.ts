import { expect, it } from 'vitest'
import { feedbackNames, scoreOf, sideBySide } from '~/features/evaluation/runs/rows'
import { aFeedback, aTrace } from '~/lib/samples'
import type { Trace } from '~/lib/traces'

let count = 0

function trace(request: string, marks: Record<string, unknown>): Trace {
  count += 1
  const id = `tr-${count}`
  return aTrace(id, {
    request_preview: request,
    assessments: Object.entries(marks).map(([name, value]) => aFeedback(id, name, value)),
  })
}

it('puts what changed first: worse, then better, then the rest', () => {
  const rows = sideBySide([
    [
      trace('same', { ok: 'yes' }),
      trace('better', { ok: 'no' }),
      trace('worse', { ok: 'yes', tone: 'no' }),
      trace('between', { ok: 'yes' }),
    ],
    [
      trace('same', { ok: 'yes' }),
      trace('better', { ok: 'no' }),
      trace('worse', { ok: 'yes', tone: 'yes' }),
      trace('between', { ok: 'no' }),
    ],
    [
      trace('worse', { ok: 'no', tone: 'yes' }),
      trace('better', { ok: 'yes' }),
      trace('same', { ok: 'yes' }),
      trace('between', { ok: 'yes' }),
    ],
  ])
  expect(rows.map((row) => [row.request, row.change])).toEqual([
    ['worse', 'worse'],
    ['better', 'better'],
    ['between', 'other'],
    ['same', 'none'],
  ])
  expect(feedbackNames(rows)).toEqual(['ok', 'tone'])
  expect(scoreOf(rows, 0, 'ok')).toBe(0.75)
  expect(scoreOf(rows, 2, 'tone')).toBe(1)
  expect(scoreOf(rows, 0, 'none')).toBeUndefined()
})

it('tells the same input apart when it comes twice, and leaves gaps where a run lacks it', () => {
  const rows = sideBySide([
    [trace('a', { words: 2 }), trace('a', { words: 4 })],
    [trace('a', { words: 7 }), trace('b', {})],
  ])
  expect(
    rows.map((row) => row.answers.map((answer) => answer?.trace.trace_id !== undefined)),
  ).toEqual([
    [true, true],
    [true, false],
    [false, true],
  ])
  expect(scoreOf(rows, 0, 'words')).toBe(3)
})
