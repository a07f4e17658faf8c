import { expect, it } from 'vitest'
import { customViews, savedViews, searchOf, viewTag } from '~/lib/views'

it('keeps what the page shows in a tag, and reads it back', async () => {
  const shown = { filter: "status = 'ERROR' — 失敗", range: '7d' as const }
  const tag = await viewTag('id-1', 'Failures', shown, 1)
  const [view] = savedViews([{ key: 'other', value: '{}' }, tag])
  expect(view).toMatchObject({ id: 'id-1', name: 'Failures' })
  expect(await searchOf(view as never)).toEqual({ ...shown, from: undefined, to: undefined })
})

it('passes over what it cannot read', async () => {
  expect(savedViews([{ key: 'mlflow.tracesV4ViewState.a', value: 'no' }])).toEqual([])
  expect(await searchOf({ id: 'a', name: 'a', state: 'deflate;!!' })).toBeUndefined()
  const key = 'mlflow.customView.view.v1.b'
  expect(customViews([{ key, value: '{"name":"b"}' }])).toEqual([])
  const template = [{ updateComponents: { components: [{ id: 'root', component: 'Column' }] } }]
  const [view] = customViews([{ key, value: JSON.stringify({ name: 'b', template }) }])
  expect(view?.parts.get('root')?.component).toBe('Column')
})
