import { describe, expect, it } from 'vitest'
import { type ChartRun, toLines } from '~/features/tracking/metrics/history'
import type { Metric } from '~/lib/wire'

const RUN: ChartRun = { id: 'a', name: 'a', color: '#000', start: 1000, live: false }
const point = (step: number, value: Metric['value'], timestamp: number, run = 'a'): Metric => ({
  key: 'm',
  step,
  value,
  timestamp,
  run_id: run,
})

describe('toLines', () => {
  it('puts steps, seconds since the start, or times on x', () => {
    const metrics = [point(2, 5, 4000), point(1, 3, 2000)]
    expect(toLines(metrics, [RUN], 'step', 0)[0]).toMatchObject({ x: [1, 2], y: [3, 5] })
    expect(toLines(metrics, [RUN], 'relative', 0)[0]?.x).toEqual([1, 3])
    expect(toLines(metrics, [RUN], 'time', 0)[0]?.x).toEqual([2, 4])
  })
  it('lets the last of several values of a step count', () => {
    expect(
      toLines([point(1, 3, 2), point(1, 9, 5), point(1, 4, 3)], [RUN], 'step', 0)[0]?.y,
    ).toEqual([9])
  })
  it('makes gaps of what is no finite number', () => {
    expect(
      toLines([point(0, 'NaN', 1), point(1, 'Infinity', 2), point(2, 1, 3)], [RUN], 'step', 0)[0]
        ?.y,
    ).toEqual([null, null, 1])
  })
  it('draws the raw values pale behind smoothed ones', () => {
    const lines = toLines([point(0, 0, 1), point(1, 1, 2), point(2, 2, 3)], [RUN], 'step', 0.5)
    expect(lines.map((line) => line.faint ?? false)).toEqual([true, false])
  })
  it('leaves out runs without values', () => {
    expect(toLines([point(0, 1, 1, 'other')], [RUN], 'step', 0)).toEqual([])
  })
})
