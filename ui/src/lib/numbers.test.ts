import { describe, expect, it } from 'vitest'
import { formatBytes, formatNumber, formatParam, formatTick, plural, toNumber } from '~/lib/numbers'

describe('formatNumber', () => {
  it.each([
    [0.28110565376053936, '0.28111'],
    [0.5, '0.5'],
    [0, '0'],
    [-0.125, '−0.125'],
    [25_557_032, '25,557,032'],
    [1234.5678, '1,234.6'],
    [123_456.789, '123,457'],
    [0.00001234567, '1.235e-5'],
    [0.00012, '0.00012'],
    [1e-7, '1e-7'],
    [6.02e23, '6.02e23'],
    [1e12, '1e12'],
    [0.99999999, '1'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('%d reads as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })
})

describe('formatParam', () => {
  it.each([
    ['adamw', 'adamw'],
    ['0.001', '0.001'],
    ['0.00017427101780000001', '0.00017427'],
    ['20000000000', '20000000000'],
    ['007', '007'],
    ['1e-5', '1e-5'],
    ['', ''],
    ['1.2.3', '1.2.3'],
  ])('%s reads as %s', (value, text) => {
    expect(formatParam(value)).toBe(text)
  })
})

describe('other numbers', () => {
  it('reads numbers that travel as text', () => {
    expect(toNumber('NaN')).toBeNaN()
    expect(toNumber('-Infinity')).toBe(Number.NEGATIVE_INFINITY)
    expect(toNumber(-Number.MAX_VALUE)).toBe(Number.NEGATIVE_INFINITY)
  })
  it('shortens ticks', () => {
    expect([0, 0.25, 12_000, 3_500_000, 2e9, 0.0004].map(formatTick)).toEqual([
      '0',
      '0.25',
      '12k',
      '3.5M',
      '2B',
      '4e−4',
    ])
  })
  it('names sizes', () => {
    expect([0, 999, 1000, 1_500_000, 300_000, 5e12].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '1.5 MB',
      '300 kB',
      '5 TB',
    ])
  })
  it('counts', () => {
    expect(plural(1, 'run')).toBe('1 run')
    expect(plural(2000, 'run')).toBe('2,000 runs')
  })
})
