import { expect, it } from 'vitest'
import { group } from '~/features/tracking/runs/group'
import type { Run } from '~/lib/wire'

const run = (id: string, optimizer: string, loss: number | 'NaN'): Run => ({
  info: { run_id: id, experiment_id: '1', status: 'FINISHED', lifecycle_stage: 'active' },
  data: {
    params: [
      { key: 'optimizer', value: optimizer },
      { key: 'id', value: id },
    ],
    metrics: [{ key: 'loss', value: loss, timestamp: 1 }],
  },
})
const RUNS = [run('a', 'sgd', 1), run('b', 'adam', 5), run('c', 'sgd', 3), run('d', 'sgd', 'NaN')]

it('sums up runs with the same value', () => {
  const rows = group(RUNS, 'param:optimizer', new Set())
  expect(rows.map((row) => [row.run.info.run_name, row.members])).toEqual([
    ['sgd', ['a', 'c', 'd']],
    ['adam', ['b']],
  ])
  expect(rows[0]?.run.data.metrics).toMatchObject([{ key: 'loss', value: 2 }])
  expect(rows[0]?.run.data.params).toEqual([{ key: 'optimizer', value: 'sgd' }])
})

it('shows the members of what is unfolded', () => {
  const rows = group(RUNS, 'param:optimizer', new Set(['group:sgd']))
  expect(rows.map((row) => row.run.info.run_id)).toEqual(['group:sgd', 'a', 'c', 'd', 'group:adam'])
})
