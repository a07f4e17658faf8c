import { describe, expect, it } from 'vitest'
import { translateHash } from '~/lib/hashUrls'

describe('translateHash', () => {
  it.each([
    ['#/experiments/1', '/experiments/1'],
    ['#/experiments/1/runs', '/experiments/1'],
    ['#/experiments/1/runs/abc', '/runs/abc'],
    ['#/experiments/1/runs/abc/model-metrics', '/runs/abc?tab=charts'],
    ['#/experiments/1/runs/abc/system-metrics', '/runs/abc?tab=system'],
    ['#/experiments/1/runs/abc/artifacts', '/runs/abc?tab=artifacts'],
    [
      '#/experiments/1/runs/abc/artifacts/plots/a%20b.png',
      '/runs/abc?tab=artifacts&path=plots%2Fa%20b.png',
    ],
    ['#/runs/abc', '/runs/abc'],
    ['#/compare-runs?runs=[%22a%22,%22b%22]&experiments=[%221%22]', '/compare?runs=a&runs=b'],
    ['#/metric/loss?runs=[%22a%22]&metric=%22loss%22', '/compare?runs=a&tab=charts'],
    ['#/compare-experiments/s?experiments=[%223%22,%224%22]', '/experiments/3'],
    ['#/', '/experiments'],
    ['#/compare-runs?runs=broken', '/experiments'],
  ])('%s leads to %s', (hash, path) => {
    expect(translateHash(hash)).toBe(path)
  })
  it('leaves other hashes alone', () => {
    expect(translateHash('')).toBeUndefined()
    expect(translateHash('#main')).toBeUndefined()
  })
})

describe('the registry', () => {
  it.each([
    ['#/models', '/models'],
    ['#/models/churn%20v2', '/models/churn%20v2'],
    ['#/models/churn/versions/3', '/models/churn/versions/3'],
    ['#/prompts', '/prompts'],
    ['#/prompts/support?promptVersion=2', '/prompts/support'],
  ])('%s', (hash, path) => expect(translateHash(hash)).toBe(path))
})

describe('traces', () => {
  it.each([
    ['#/experiments/1/traces', '/experiments/1/traces'],
    ['#/experiments/1/traces?selectedEvaluationId=tr-1', '/experiments/1/traces?trace=tr-1'],
    ['#/experiments/1/traces/tr-1', '/experiments/1/traces?trace=tr-1'],
    ['#/experiments/1/chat-sessions', '/experiments/1/sessions'],
    ['#/experiments/1/chat-sessions/a%20b', '/experiments/1/sessions/a%20b'],
    ['#/experiments/1/overview', '/experiments/1/monitoring'],
  ])('%s', (hash, path) => expect(translateHash(hash)).toBe(path))
})
