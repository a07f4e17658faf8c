import { expect, it } from 'vitest'
import { hexId, matching, readSpans, type Span, spanTree, timeFrame, unfolded } from '~/lib/spans'

const span = (id: string, parent?: string, start = 0): Span => ({
  id,
  parent,
  name: id,
  type: 'UNKNOWN',
  start,
  end: start + 1,
  status: 'OK',
  message: '',
  attributes: {},
  events: [],
  links: [],
})
const ids = (nodes: { span: Span }[]) => nodes.map((node) => node.span.id).join(' ')

it('reads the file of a trace', () => {
  const [read] = readSpans({
    spans: [
      {
        span_id: 'Nuf7Cnf1ZsU=',
        parent_span_id: null,
        name: 'agent',
        start_time_unix_nano: 1_500_000,
        end_time_unix_nano: 2_000_000,
        status: { code: 'STATUS_CODE_ERROR', message: 'no' },
        attributes: { 'mlflow.spanType': '"AGENT"' },
      },
    ],
  })
  expect(read).toMatchObject({
    id: '36e7fb0a77f566c5',
    parent: undefined,
    type: 'AGENT',
    start: 1.5,
    end: 2,
    status: 'ERROR',
  })
})

it('reads the file of an older client', () => {
  const [read] = readSpans({
    spans: [
      {
        name: 'a',
        context: { span_id: '0x36e7fb0a77f566c5', trace_id: '0x1' },
        parent_id: '0x26e7fb0a77f566c5',
        start_time: 3e6,
        end_time: 4e6,
        status_code: 'OK',
        status_message: '',
        attributes: {},
      },
    ],
  })
  expect(read).toMatchObject({ id: '36e7fb0a77f566c5', parent: '26e7fb0a77f566c5', start: 3 })
})

it('leaves an id that is neither as it is', () => {
  expect(hexId('not base64!')).toBe('not base64!')
})

it('builds the tree by time, and counts what lies below', () => {
  const nodes = spanTree([span('b', 'r', 5), span('r'), span('a', 'r', 1), span('c', 'a', 2)])
  expect(ids(nodes)).toBe('r a c b')
  expect(nodes.map((node) => node.depth)).toEqual([0, 1, 2, 1])
  expect(nodes.map((node) => node.descendants)).toEqual([3, 1, 0, 0])
})

it('keeps orphans, doubles and circles', () => {
  expect(ids(spanTree([span('x', 'gone'), span('p', 'q'), span('q', 'p'), span('s', 's')]))).toBe(
    'x s p q',
  )
})

it('builds a very deep tree', () => {
  const chain = Array.from({ length: 50_000 }, (_, i) =>
    span(String(i), i > 0 ? String(i - 1) : undefined, i),
  )
  const nodes = spanTree(chain)
  expect(nodes).toHaveLength(50_000)
  expect(nodes[0]?.descendants).toBe(49_999)
  expect(nodes.at(-1)?.depth).toBe(49_999)
})

it('folds', () => {
  const nodes = spanTree([span('r'), span('a', 'r', 1), span('c', 'a', 2), span('b', 'r', 5)])
  expect(ids(unfolded(nodes, new Set(['a'])))).toBe('r a b')
  expect(ids(unfolded(nodes, new Set(['r'])))).toBe('r')
})

it('finds, with all above', () => {
  const nodes = spanTree([
    span('r'),
    span('a', 'r', 1),
    span('c', 'a', 2),
    span('d', 'a', 3),
    span('b', 'r', 5),
    span('e', 'b', 6),
  ])
  const { shown, found } = matching(nodes, ({ id }) => id === 'd' || id === 'e')
  expect(ids(shown)).toBe('r a d b e')
  expect(found).toBe(2)
})

it('frames the time', () => {
  expect(timeFrame([span('a', undefined, 3), span('b', undefined, 9)])).toEqual({
    start: 3,
    end: 10,
  })
  expect(timeFrame([])).toEqual({ start: 0, end: 1 })
})
