import { describe, expect, it } from 'vitest'
import { formatAgo, formatDuration, formatFine } from '~/lib/time'

const NOW = new Date(2026, 5, 15, 12).getTime()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('formatAgo', () => {
  it.each([
    [0, 'just now'],
    [50_000, '1m ago'],
    [59 * MINUTE, '59m ago'],
    [23 * HOUR, '23h ago'],
    [29 * DAY, '29d ago'],
    [40 * DAY, 'May 6'],
    [400 * DAY, 'May 11, 2025'],
  ])('%d ms ago is "%s"', (age, text) => {
    expect(formatAgo(NOW - age, NOW)).toBe(text)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [840, '840ms'],
    [12_400, '12.4s'],
    [60_000, '1m'],
    [59_999, '1m'],
    [200_000, '3m 20s'],
    [5 * HOUR + 2 * MINUTE, '5h 2m'],
    [52 * HOUR, '2d 4h'],
  ])('%d ms is "%s"', (length, text) => {
    expect(formatDuration(length)).toBe(text)
  })
})

it.each([
  [0, '0ms'],
  [0.3384, '338µs'],
  [7.25, '7.3ms'],
  [2, '2ms'],
  [12.4, '12ms'],
  [1500, '1.5s'],
])('a fine duration of %s ms reads %s', (length, text) => expect(formatFine(length)).toBe(text))
