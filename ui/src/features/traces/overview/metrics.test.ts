import { expect, it } from 'vitest'
import {
  alongTime,
  bucketStarts,
  percentileValue,
  spanOf,
} from '~/features/traces/overview/metrics'

const HOUR = 3_600_000

it('takes whole buckets, at most sixty', () => {
  const span = spanOf(10 * HOUR + 5, 33 * HOUR)
  expect(span).toEqual({ from: 10 * HOUR, to: 33 * HOUR - 1, interval: HOUR / 2 })
  expect(bucketStarts(span)).toHaveLength(46)
  for (const length of [1000, HOUR, 24 * HOUR, 7 * 24 * HOUR, 90 * 24 * HOUR, 900 * 24 * HOUR])
    expect(bucketStarts(spanOf(1e12, 1e12 + length)).length).toBeLessThanOrEqual(62)
})

it('lays points along the time, with gaps', () => {
  const span = { from: 0, to: 3 * HOUR - 1, interval: HOUR }
  const point = { dimensions: { time_bucket: '1970-01-01T01:00:00+00:00' }, values: { COUNT: 4 } }
  expect(alongTime(span, [point], (each) => each.values?.COUNT)).toEqual([undefined, 4, undefined])
})

it('finds a percentile by either of its names', () => {
  expect(percentileValue({ values: { 'P50.0': 1 } }, 50)).toBe(1)
  expect(percentileValue({ values: { P99: 2 } }, 99)).toBe(2)
  expect(percentileValue(undefined, 99)).toBeUndefined()
})
