import { expect, it } from 'vitest'
import { experimentFilter } from '~/features/tracking/experiments/filter'

it.each([
  ['', ''],
  ['  vision ', "name ILIKE '%vision%'"],
  ["ada's", 'name ILIKE "%ada\'s%"'],
  [`a'long"b`, "name ILIKE '%long%'"],
  ["tags.team = 'vision'", "tags.team = 'vision'"],
  ["name LIKE 'a%'", "name LIKE 'a%'"],
  ['name', "name ILIKE '%name%'"],
  ['tags.of.mine', "name ILIKE '%tags.of.mine%'"],
])('%s asks for %s', (text, filter) => {
  expect(experimentFilter(text)).toBe(filter)
})
