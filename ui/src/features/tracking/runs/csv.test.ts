import { expect, it } from 'vitest'
import { toCsv } from '~/features/tracking/runs/csv'
import { aMetric, aRun, pairs } from '~/lib/samples'

const run = (id: string, params: Record<string, string>) =>
  aRun(id, { params: pairs(params), metrics: [aMetric('loss', -0.5)] }, { run_name: `run, ${id}` })

it('gives every param a column and quotes what needs it', () => {
  const [header, first, second] = toCsv([run('a', { lr: '1' }), run('b', { z: 'x"y' })]).split('\n')
  expect(header).toBe(
    'run_id,name,status,start_time,end_time,user,source,params.lr,params.z,metrics.loss',
  )
  expect(first).toBe('a,"run, a",FINISHED,,,,,1,,-0.5')
  expect(second).toBe('b,"run, b",FINISHED,,,,,,"x""y",-0.5')
})

it('keeps a spreadsheet from running what a value says', () => {
  const text = toCsv([run('a', { f: '=cmd()', n: '-1e-3', s: '-rm' })])
  expect(text.split('\n')[1]).toContain(",'=cmd(),-1e-3,'-rm,")
})
