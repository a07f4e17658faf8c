import { expect, it } from 'vitest'
import { isCut, previewLine, previewText } from '~/lib/previews'

it.each([
  [undefined, ''],
  ['Hello', 'Hello'],
  ['"Hello"', 'Hello'],
  ['one\ntwo  three', 'one two three'],
  ['## Title\nThe **bold** `code`', 'Title The bold code'],
  ['{"question": "Why?", "context": ["a"]}', 'Why?'],
  ['{"messages": [{"role": "system", "content": "Be."}, {"role": "user", "content": "Hi"}]}', 'Hi'],
  ['{"choices": [{"message": {"role": "assistant", "content": "Yo"}}]}', 'Yo'],
  ['{"pages": 3}', '{"pages": 3}'],
  ['{"cut": "off', '{"cut": "off'],
])('%s on one line is %s', (preview, line) => expect(previewLine(preview)).toBe(line))

it('keeps the lines of a text', () => {
  expect(previewText('one\n**two**')).toBe('one\n**two**')
})

it('knows a preview that was cut', () => {
  expect(isCut('x'.repeat(1000))).toBe(true)
  expect(isCut('short')).toBe(false)
})
