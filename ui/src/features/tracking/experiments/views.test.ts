import { expect, it } from 'vitest'
import { namedViews, VIEW_TAG, viewSearch, viewTag } from '~/features/tracking/experiments/views'

it('reads back what it keeps, and passes over what it cannot read', () => {
  const tag = viewTag([], 'best', { filter: 'metrics.loss < 1' })
  const views = namedViews([
    tag,
    { key: `${VIEW_TAG}x`, value: 'no json' },
    { key: 'a', value: '{}' },
  ])
  expect(views).toEqual([{ key: tag.key, name: 'best', search: { filter: 'metrics.loss < 1' } }])
  expect(viewTag(views, 'best', {}).key).toBe(tag.key)
  expect(viewTag(views, 'other', {}).key).not.toBe(tag.key)
})

it('leaves the selection out of a view', () => {
  expect(viewSearch({ sel: ['a'], sort: 'metric:loss', x: undefined })).toEqual({
    sort: 'metric:loss',
  })
})
