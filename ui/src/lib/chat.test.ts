import { expect, it } from 'vitest'
import { toMessages } from '~/lib/chat'

const text = (value: unknown) =>
  toMessages(value)?.map(
    ({ role, parts }) =>
      `${role}: ${parts.map((part) => (part.kind === 'text' ? part.text : part.kind === 'call' ? `${part.call.name}(${JSON.stringify(part.call.arguments)})` : part.kind)).join(' ')}`,
  )

it('reads a request to OpenAI, and its answer with a call', () => {
  expect(
    text({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,x' } },
          ],
        },
      ],
    }),
  ).toEqual(['system: Be.', 'user: Hi image'])
  expect(
    text({
      choices: [
        {
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: '1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            ],
          },
        },
      ],
    }),
  ).toEqual(['assistant: f({"a":1})'])
  expect(text([{ role: 'tool', tool_call_id: '1', content: '{"b":2}' }])).toEqual(['tool: result'])
})

it('reads the Responses API', () => {
  expect(text({ input: [{ role: 'user', content: 'Hi' }], instructions: 'Be.' })).toEqual([
    'system: Be.',
    'user: Hi',
  ])
  expect(
    text({
      output: [
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yo' }] },
        { type: 'function_call', name: 'f', arguments: '{}', call_id: '1' },
      ],
    }),
  ).toEqual(['assistant: Yo', 'assistant: f({})'])
})

it('reads Anthropic, Gemini, LangChain and the semantic conventions', () => {
  expect(text({ system: 'Be.', messages: [{ role: 'user', content: 'Hi' }] })).toEqual([
    'system: Be.',
    'user: Hi',
  ])
  expect(
    text({
      role: 'assistant',
      content: [
        { type: 'text', text: 'Yo' },
        { type: 'tool_use', id: '1', name: 'f', input: { a: 1 } },
      ],
    }),
  ).toEqual(['assistant: Yo f({"a":1})'])
  expect(text({ candidates: [{ content: { role: 'model', parts: [{ text: 'Yo' }] } }] })).toEqual([
    'assistant: Yo',
  ])
  expect(
    text([
      [
        { type: 'human', content: 'Hi' },
        { type: 'ai', content: 'Yo' },
      ],
    ]),
  ).toEqual(['user: Hi', 'assistant: Yo'])
  expect(text({ generations: [[{ text: 'Yo', message: { type: 'ai', content: 'Yo' } }]] })).toEqual(
    ['assistant: Yo'],
  )
  expect(text([{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }])).toEqual(['user: Hi'])
})

it('leaves alone what is no conversation', () => {
  for (const value of [
    null,
    1,
    'text',
    [],
    {},
    { role: 'admin', content: 'x' },
    { role: 'user' },
    { messages: [{ a: 1 }] },
    { type: 'human' },
    [{ role: 'user', content: 'x' }, 3],
  ])
    expect(toMessages(value)).toBeUndefined()
})
