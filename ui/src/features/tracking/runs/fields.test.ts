import { describe, expect, it } from 'vitest'
import {
  field,
  fieldValue,
  parseField,
  surveyFields,
  tellingFields,
} from '~/features/tracking/runs/fields'
import { aMetric, aRun, pairs } from '~/lib/samples'
import type { Run, WireNumber } from '~/lib/wire'

function run(id: string, metrics: Record<string, WireNumber>, params: Record<string, string>): Run {
  return aRun(id, {
    metrics: Object.entries(metrics).map(([key, value]) => aMetric(key, value)),
    params: pairs(params),
    tags: [{ key: 'mlflow.user', value: id }],
  })
}

const telling = (runs: Run[], shown?: string[]) => tellingFields(surveyFields([runs]), shown)

describe('tellingFields', () => {
  it('shows what differs and hides what is the same', () => {
    const runs = [
      run('a', { loss: 1, size: 5 }, { lr: '0.1', model: 'x' }),
      run('b', { loss: 2, size: 5 }, { lr: '0.2', model: 'x' }),
    ]
    expect(telling(runs)).toEqual(['metric:loss', 'param:lr'])
  })
  it('counts a missing value as a difference, after real ones', () => {
    const runs = [run('a', {}, { flag: '1', lr: '1' }), run('b', {}, { lr: '2' })]
    expect(telling(runs)).toEqual(['param:lr', 'param:flag'])
  })
  it('shows all of a single run', () => {
    expect(telling([run('a', { loss: 1 }, { lr: '1' })])).toEqual(['metric:loss', 'param:lr'])
  })
  it('puts held-out metrics first and leaves out those of the machine', () => {
    const runs = [
      run('a', { 'train/loss': 1, 'val/loss': 1, 'system/cpu': 3 }, {}),
      run('b', { 'train/loss': 2, 'val/loss': 2, 'system/cpu': 4 }, {}),
    ]
    expect(telling(runs)).toEqual(['metric:val/loss', 'metric:train/loss'])
  })
  it('puts long texts behind short values', () => {
    const runs = [
      run('a', {}, { a_prompt: 'x'.repeat(99), lr: '1' }),
      run('b', {}, { a_prompt: 'y', lr: '2' }),
    ]
    expect(telling(runs)).toEqual(['param:lr', 'param:a_prompt'])
  })
  it('keeps the place of what was shown before', () => {
    const runs = [run('a', { b: 1, a: 1 }, {}), run('b', { b: 2, a: 2 }, {})]
    expect(telling(runs, ['metric:b'])).toEqual(['metric:b', 'metric:a'])
  })
  it('shows ten of a kind at most', () => {
    const metrics = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`m${index}`, index]),
    )
    const other = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`m${index}`, index + 1]),
    )
    expect(telling([run('a', metrics, {}), run('b', other, {})])).toHaveLength(10)
  })
})

describe('surveyFields', () => {
  it('keeps the range of finite values', () => {
    const facts = surveyFields([
      [run('a', { m: 'NaN' }, {}), run('b', { m: 3 }, {})],
      [run('c', { m: -1 }, {})],
    ])
    expect(facts[0]).toMatchObject({ low: -1, high: 3, runs: 3, differs: true })
  })
  it('leaves out the tags that clients set for themselves', () => {
    expect(surveyFields([[run('a', {}, {})]])).toEqual([])
  })
})

describe('fields', () => {
  it('name themselves', () => {
    expect(parseField('metric:a:b/c')).toEqual(field('metric', 'a:b/c'))
    expect(parseField('nothing')).toBeUndefined()
  })
  it('find their value', () => {
    expect(fieldValue(run('a', { m: 2 }, { p: 'x' }), field('param', 'p'))).toBe('x')
    expect(fieldValue(run('a', { m: 2 }, {}), field('metric', 'm'))).toBe(2)
    expect(fieldValue(run('a', {}, {}), field('metric', 'm'))).toBeUndefined()
  })
})
