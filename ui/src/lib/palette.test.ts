import { expect, it } from 'vitest'
import { assignColors, PALETTE } from '~/lib/palette'

it('gives up to twelve things twelve colours, and the same ones again', () => {
  const ids = Array.from({ length: PALETTE.length }, (_, index) => `run-${index}`)
  const colors = assignColors(ids)
  expect(new Set(colors.values()).size).toBe(PALETTE.length)
  expect(assignColors(ids)).toEqual(colors)
})

it('starts over where there are more things than colours', () => {
  const ids = Array.from({ length: 30 }, (_, index) => `run-${index}`)
  expect(assignColors(ids).size).toBe(30)
})
