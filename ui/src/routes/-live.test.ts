import { expect, it } from 'vitest'
import { aMetric, aRun } from '~/lib/samples'
import { patchRun } from '~/routes/-live'

const RUN = aRun(
  'a',
  { metrics: [aMetric('loss', 2, { step: 1, timestamp: 10 })] },
  { status: 'RUNNING' },
)

it('puts new points and a new status into the run', () => {
  const point = { key: 'loss', value: 1, step: 2, timestamp: 20, run_id: 'a' }
  const info = { run_id: 'a', status: 'FINISHED', start_time: 1, end_time: 30 } as const
  const next = patchRun(RUN, new Map([['a', { info, metrics: [point] }]]))
  expect(next.info).toMatchObject({ status: 'FINISHED', end_time: 30 })
  expect(next.data.metrics).toEqual([{ key: 'loss', value: 1, step: 2, timestamp: 20 }])
})

it('leaves a run alone of which nothing changed', () => {
  const metrics = [{ key: 'loss', value: 2, step: 1, timestamp: 10, run_id: 'a' }]
  expect(patchRun(RUN, new Map([['a', { metrics }]]))).toBe(RUN)
  expect(patchRun(RUN, new Map([['b', { metrics }]]))).toBe(RUN)
})
