import { expect, it } from 'vitest'
import { surveyTraces } from '~/features/traces/table/fields'
import { complete, isExpression, serverFilter } from '~/features/traces/table/filter'
import { aFeedback, aTrace } from '~/lib/samples'

it.each([
  ["status = 'ERROR'", true],
  ['execution_time_ms > 100', true],
  ["tags.`a b` ILIKE '%x%'", true],
  ['metadata.`mlflow.trace.session` IS NOT NULL', true],
  ["name IN ('a')", true],
  ['what is this', false],
  ['things I like', false],
  ['timeout in the tool', false],
  ['disk full', false],
])('%s is an expression: %s', (filter, expected) => expect(isExpression(filter)).toBe(expected))

it('looks for words in the text of spans, and adds the limits', () => {
  expect(serverFilter({ filter: 'disk full' })).toBe("trace.text ILIKE '%disk full%'")
  expect(serverFilter({ filter: "it's" })).toBe('trace.text ILIKE "%it\'s%"')
  expect(serverFilter({ filter: "status = 'OK'", run: 'r1', from: 5.5, to: 9.1 })).toBe(
    "status = 'OK' AND run_id = 'r1' AND timestamp_ms >= 5 AND timestamp_ms <= 10",
  )
  expect(serverFilter({ filter: '' })).toBe('')
})

const traces = [
  aTrace('tr-1', {
    tags: { 'mlflow.traceName': 'agent', tier: 'pro' },
    trace_metadata: { 'mlflow.trace.session': 's-1' },
    assessments: [aFeedback('tr-1', 'relevance', 'no')],
  }),
]
const options = (text: string) =>
  complete(text, text.length, surveyTraces(traces)).options.map((option) => option.text)

it('completes names, comparisons and values', () => {
  expect(options('rel')).toEqual(['feedback.relevance'])
  expect(options('status ')).toContain('=')
  expect(options('status = ')).toEqual(["'OK'", "'ERROR'", "'IN_PROGRESS'"])
  expect(options('feedback.relevance = ')).toEqual(["'no'"])
  expect(options('metadata.`mlflow.trace.session` = ')).toEqual(["'s-1'"])
  expect(options("name = 'agent' ")).toEqual(['AND'])
  expect(options("name = 'agent' AND tier")).toEqual(['tags.tier'])
})
