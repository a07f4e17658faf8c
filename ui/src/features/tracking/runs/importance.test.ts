import { expect, it } from 'vitest'
import { importances } from '~/features/tracking/runs/importance'

const COUNT = 60
const numbers = Array.from({ length: COUNT }, (_, index) => (index * 37) % COUNT)
const texts = numbers.map(String)

it('finds what the metric follows, whatever its shape, and passes over chance', () => {
  const noise = numbers.map((_, index) => String((index * 7919) % 101))
  const choice = numbers.map((_, index) => ['a', 'b', 'c'][index % 3] as string)
  const valley = numbers.map((x) => (x - COUNT / 2) ** 2)
  const found = importances(
    [
      { key: 'noise', values: noise },
      { key: 'choice', values: choice },
      { key: 'cause', values: texts },
    ],
    valley,
  )
  expect(found[0]?.key).toBe('cause')
  expect(found[0]?.explained).toBeGreaterThan(0.7)
  expect(found[1]?.explained).toBeLessThan(0.15)
})

it('tells the direction of numbers, and of texts none', () => {
  const falling = numbers.map((x) => -x)
  expect(importances([{ key: 'x', values: texts }], falling)[0]?.direction).toBeCloseTo(-1)
  const letters = numbers.map((x) => (x < 30 ? 'low' : 'high'))
  const [only] = importances([{ key: 'x', values: letters }], falling)
  expect(only?.direction).toBeUndefined()
  expect(only?.explained).toBeGreaterThan(0.7)
})

it('says nothing of few runs, or of a param that is always the same', () => {
  expect(importances([{ key: 'x', values: ['1', '2'] }], [1, 2])).toEqual([])
  expect(importances([{ key: 'x', values: texts.map(() => '1') }], numbers)).toEqual([])
})
