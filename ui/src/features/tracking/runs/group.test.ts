import { expect, it } from 'vitest'
import { group } from '~/features/tracking/runs/group'
import { aMetric, aRun, pairs } from '~/lib/samples'

const run = (id: string, optimizer: string, loss: number | 'NaN') =>
  aRun(id, { params: pairs({ optimizer, id }), metrics: [aMetric('loss', loss)] })
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
