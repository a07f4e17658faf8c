import { expect, test } from 'vitest'
import { attachmentName, readAttachment } from '~/lib/attachments'

const ID = '0a1b2c3d-0000-4000-8000-00000000000f'

test('a reference names its trace, its type and its size', () => {
  const reference = `mlflow-attachment://${ID}?content_type=image%2Fpng&trace_id=tr-1&size=12`
  expect(readAttachment(reference)).toEqual({
    id: ID,
    traceId: 'tr-1',
    type: 'image/png',
    size: 12,
  })
})

test('anything else is no reference', () => {
  for (const text of [
    undefined,
    5,
    'mlflow-attachment://x?content_type=image/png&trace_id=tr-1',
    `mlflow-attachment://${ID}?content_type=image/png`,
    `see mlflow-attachment://${ID}?content_type=image/png&trace_id=tr-1`,
  ])
    expect(readAttachment(text)).toBeUndefined()
})

test('a file is saved under a name with the ending of its type', () => {
  const name = (type: string) => attachmentName({ id: 'a', traceId: 't', type, size: undefined })
  expect(name('image/jpeg')).toBe('a.jpg')
  expect(name('text/plain; charset=utf-8')).toBe('a.txt')
  expect(name('application/x-tar')).toBe('a.tar')
  expect(name('odd')).toBe('a.bin')
})
