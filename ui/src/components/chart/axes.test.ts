import { expect, it } from 'vitest'
import { axisOf } from '~/components/chart/axes'

it('puts numbers on a scale, over many powers of ten on a logarithmic one', () => {
  const even = axisOf('a', 'a', ['1', '2', undefined, '3', 'NaN'])
  expect(['1', '2', '3', 'NaN', undefined].map((value) => even?.place(value))).toEqual([
    0,
    0.5,
    1,
    undefined,
    undefined,
  ])
  const log = axisOf('a', 'a', ['0.0001', '0.01', '1'])
  expect(log?.label).toBe('a (log)')
  expect(log?.place('0.01')).toBeCloseTo(0.5)
})

it('puts texts side by side', () => {
  const axis = axisOf('a', 'a', ['sgd', 'adam', 'lion', 'sgd'])
  expect(axis?.ticks.map((tick) => tick.text)).toEqual(['adam', 'lion', 'sgd'])
  expect(axis?.place('lion')).toBe(0.5)
})

it('makes no axis of what has no place', () => {
  expect(axisOf('a', 'a', [undefined, ''])).toBeUndefined()
  expect(
    axisOf(
      'a',
      'a',
      Array.from({ length: 40 }, (_, i) => `text ${i}`),
    ),
  ).toBeUndefined()
})
