import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { amount, choice, flag, list, text } from '~/lib/search'
import { parseSearch, stringifySearch } from '~/lib/searchParams'

describe('search parameters', () => {
  it('stay plain text, with lists as repeated keys', () => {
    expect(
      stringifySearch({ q: "tags.team = 'vision'", runs: ['a', 'b'], none: undefined, off: false }),
    ).toBe('?q=tags.team+%3D+%27vision%27&runs=a&runs=b')
  })
  it('come back as they went', () => {
    const search = {
      filter: 'metrics.`val/loss` < 0.5 & 1',
      cols: ['metric:val/loss', 'param:日本'],
      sort: '-metric:a',
    }
    expect(parseSearch(stringifySearch(search))).toEqual(search)
  })
  it('do not turn digits into numbers', () => {
    expect(parseSearch('?q=007')).toEqual({ q: '007' })
  })
})

describe('validators', () => {
  const schema = v.object({
    q: text(),
    on: flag(),
    runs: list(),
    view: choice(['table', 'charts']),
    smooth: amount(0, 1),
  })
  it('accept what the page writes', () => {
    expect(
      v.parse(schema, { q: 'a', on: 'true', runs: 'x', view: 'charts', smooth: '0.5' }),
    ).toEqual({
      q: 'a',
      on: true,
      runs: ['x'],
      view: 'charts',
      smooth: 0.5,
    })
  })
  it('fall back on anything else instead of failing', () => {
    const { q, on, runs, view, smooth } = v.parse(schema, {
      q: ['a'],
      on: 'maybe',
      runs: 3,
      view: 'map',
      smooth: '7',
    })
    expect([q, on, runs, view, smooth]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
