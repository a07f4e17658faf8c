import { expect, it } from 'vitest'
import { sectionsOf } from '~/features/tracking/metrics/sections'

const keys = (...names: string[]) => names.map((key) => ({ key }))
const shape = (...names: string[]) =>
  sectionsOf(keys(...names)).map(({ prefix, metrics }) => [prefix, metrics.map((m) => m.key)])

it('puts metrics of one prefix together', () => {
  const train = ['a', 'b', 'c', 'd', 'e'].map((name) => `train/${name}`)
  expect(shape('lr', 'train/loss', 'val/loss', ...train, 'f1')).toEqual([
    ['', ['lr', 'f1']],
    ['train', ['train/loss', ...train]],
    ['val', ['val/loss']],
  ])
})

it('leaves alone what sections would not tell apart', () => {
  expect(shape('a/x', 'a/y', 'b')).toEqual([['', ['a/x', 'a/y', 'b']]])
  const many = Array.from({ length: 12 }, (_, index) => `system/${index}`)
  expect(shape(...many)).toEqual([['', many]])
})
