import { describe, expect, it } from 'vitest'
import { nearestPoint, smooth } from '~/components/chart/lines'

describe('smooth', () => {
  it('changes nothing at weight 0', () => {
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2])
  })
  it('keeps a constant constant from the first value on', () => {
    for (const value of smooth([3, 3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12)
  })
  it('leaves gaps as gaps', () => {
    const [first, gap, second] = smooth([2, null, 2], 0.5)
    expect([first, gap]).toEqual([2, null])
    expect(second).toBeCloseTo(2, 12)
  })
  it('weighs what came before', () => {
    expect(smooth([0, 1], 0.5)[1]).toBeCloseTo(2 / 3, 12)
  })
})

describe('nearestPoint', () => {
  const line = { id: 'a', label: 'a', color: '', x: [0, 10, 20], y: [1, null, 3] }
  it('finds the nearest value', () => {
    expect(nearestPoint(line, 3)).toEqual({ x: 0, y: 1 })
    expect(nearestPoint(line, 19)).toEqual({ x: 20, y: 3 })
    expect(nearestPoint(line, 99)).toEqual({ x: 20, y: 3 })
  })
  it('passes over gaps', () => {
    expect(nearestPoint(line, 9)).toEqual({ x: 0, y: 1 })
  })
  it('finds nothing in nothing', () => {
    expect(nearestPoint({ ...line, x: [], y: [] }, 1)).toBeUndefined()
  })
})
