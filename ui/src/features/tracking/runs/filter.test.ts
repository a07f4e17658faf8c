import { describe, expect, it } from 'vitest'
import { surveyFields } from '~/features/tracking/runs/fields'
import { complete, fieldName } from '~/features/tracking/runs/filter'
import { isSortable, nextSort, orderBy, sortedAs } from '~/features/tracking/runs/order'
import { quoteKey, quoteValue } from '~/lib/filters'
import { aMetric, aRun } from '~/lib/samples'

describe('quoting', () => {
  it.each([
    ['loss', 'loss'],
    ['val/loss', '`val/loss`'],
    ['my metric', '`my metric`'],
    ['1st', '`1st`'],
    ['a`b', '"a`b"'],
    ['mlflow.user', '`mlflow.user`'],
  ])('the key %s stands as %s', (key, text) => {
    expect(quoteKey(key)).toBe(text)
  })
  it('quotes values by what is in them', () => {
    expect(quoteValue('plain')).toBe("'plain'")
    expect(quoteValue("it's")).toBe('"it\'s"')
    expect(fieldName('metric', 'val/loss')).toBe('metrics.`val/loss`')
  })
})

describe('complete', () => {
  const facts = surveyFields([
    [aRun('a', { metrics: [aMetric('val/loss', 1)], params: [{ key: 'lr', value: '1' }] })],
  ])
  const texts = (text: string) =>
    complete(text, text.length, facts).options.map((option) => option.text)
  it('offers names at the start and after AND', () => {
    expect(texts('')).toEqual(expect.arrayContaining(['metrics.`val/loss`', 'params.lr']))
    expect(texts('params.lr = 1 AND val')).toEqual(['metrics.`val/loss`'])
  })
  it('offers comparisons after a name', () => {
    expect(texts('metrics.`val/loss` ')).toContain('<')
    expect(texts('params.lr ')).toContain('LIKE')
  })
  it('offers statuses', () => {
    expect(texts('attributes.status = ')).toContain("'FAILED'")
  })
  it('offers AND after a condition, and nothing inside a value', () => {
    expect(texts("params.lr = 'x' ")).toEqual(['AND'])
    expect(texts('metrics.`val/loss` < ')).toEqual([])
  })
  it('replaces the word at the caret only', () => {
    expect(complete('params.lr = 1 AND va', 20, facts).from).toBe(18)
  })
})

describe('sorting', () => {
  it('asks the server in its own words', () => {
    expect(orderBy('-metric:val/loss')).toEqual(['metrics.`val/loss` DESC'])
    expect(orderBy('attribute:created')).toEqual(['attributes.start_time ASC'])
    expect(orderBy('attribute:user')).toEqual(['tags.`mlflow.user` ASC'])
    expect(orderBy('rubbish')).toEqual([])
  })
  it('goes down, up and back for metrics, up, down and back for others', () => {
    expect(nextSort('-attribute:created', 'metric:a')).toBe('-metric:a')
    expect(nextSort('-metric:a', 'metric:a')).toBe('metric:a')
    expect(nextSort('metric:a', 'metric:a')).toBeUndefined()
    expect(nextSort('-attribute:created', 'param:a')).toBe('param:a')
    expect(nextSort('-attribute:created', 'attribute:created')).toBe('attribute:created')
    expect(nextSort('attribute:created', 'attribute:created')).toBeUndefined()
  })
  it('knows what can be sorted', () => {
    expect(isSortable('attribute:duration')).toBe(false)
    expect(sortedAs('-metric:a', 'metric:a')).toBe('desc')
    expect(sortedAs('-metric:a', 'metric:b')).toBeUndefined()
  })
})
