// Reads a conversation out of the inputs and outputs of a span, in the shapes that the providers'
// and frameworks' own clients log: OpenAI (both APIs), Anthropic, Gemini, LangChain, GenAI semantic conventions.

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export interface ToolCall {
  id: string | undefined
  name: string
  /** Parsed where it is JSON. */
  arguments: unknown
}

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'thought'; text: string }
  | { kind: 'image'; url: string }
  | { kind: 'call'; call: ToolCall }
  | { kind: 'result'; id: string | undefined; value: unknown }
  | { kind: 'other'; value: unknown }

export interface Message {
  role: Role
  name: string | undefined
  parts: Part[]
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const asText = (value: unknown) => (typeof value === 'string' && value ? value : undefined)

const ROLES: Record<string, Role> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  AIMessageChunk: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function toolCall(value: Json): ToolCall {
  const called = isObject(value.function) ? value.function : value
  return {
    id: asText(value.id) ?? asText(value.call_id),
    name: asText(called.name) ?? 'tool',
    arguments: parsed(called.arguments ?? called.args ?? called.input),
  }
}

function imageUrl(value: Json): string | undefined {
  if (isObject(value.image_url)) return asText(value.image_url.url)
  const source = value.source
  if (isObject(source) && source.type === 'base64')
    return `data:${String(source.media_type)};base64,${String(source.data)}`
  return asText(value.image_url)
}

function part(value: unknown): Part {
  if (typeof value === 'string') return { kind: 'text', text: value }
  if (!isObject(value)) return { kind: 'other', value }
  switch (value.type) {
    case 'thinking':
    case 'reasoning':
      return { kind: 'thought', text: asText(value.thinking) ?? asText(value.content) ?? '' }
    case 'tool_use':
    case 'tool_call':
    case 'function_call':
      return { kind: 'call', call: toolCall(value) }
    case 'tool_result':
    case 'tool_call_response':
      return {
        kind: 'result',
        id: asText(value.tool_use_id) ?? asText(value.id),
        value: value.content ?? value.response ?? value.result,
      }
    default:
  }
  if (isObject(value.functionCall)) return { kind: 'call', call: toolCall(value.functionCall) }
  if (isObject(value.functionResponse))
    return { kind: 'result', id: undefined, value: value.functionResponse.response }
  const url = imageUrl(value)
  if (url) return { kind: 'image', url }
  const text = value.text ?? (value.type === 'text' ? value.content : undefined)
  return typeof text === 'string' ? { kind: 'text', text } : { kind: 'other', value }
}

function parts(content: unknown): Part[] {
  if (content === null || content === undefined || content === '') return []
  return Array.isArray(content) ? content.map(part) : [part(content)]
}

/** A single message; undefined where the value is none. */
export function toMessage(value: unknown): Message | undefined {
  if (!isObject(value)) return undefined
  if (value.type === 'function_call')
    return { role: 'assistant', name: undefined, parts: [{ kind: 'call', call: toolCall(value) }] }
  if (value.type === 'function_call_output')
    return {
      role: 'tool',
      name: undefined,
      parts: [{ kind: 'result', id: asText(value.call_id), value: parsed(value.output) }],
    }
  // LangChain writes `type` for the role, and its serialised form nests everything below.
  const inner = isObject(value.kwargs) ? value.kwargs : isObject(value.data) ? value.data : value
  const written = asText(value.role) ?? asText(inner.type) ?? asText(value.type)
  const role = written && ROLES[written]
  if (!role) return undefined
  const content = inner.content ?? inner.parts
  const extra = isObject(inner.additional_kwargs) ? inner.additional_kwargs : {}
  const calls = [inner.tool_calls, extra.tool_calls].find(
    (each): each is unknown[] => Array.isArray(each) && each.length > 0,
  )
  const body: Part[] =
    role === 'tool' && !Array.isArray(inner.parts)
      ? [{ kind: 'result', id: asText(inner.tool_call_id), value: parsed(content) }]
      : parts(content)
  const thought = asText(inner.reasoning_content)
  if (body.length === 0 && !calls && content === undefined && !thought) return undefined
  return {
    role,
    name: asText(inner.name),
    parts: [
      ...(thought ? [{ kind: 'thought', text: thought } as const] : []),
      ...body,
      ...(calls ?? [])
        .filter(isObject)
        .map((each) => ({ kind: 'call', call: toolCall(each) }) as const),
    ],
  }
}

function messageList(value: unknown): Message[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  // LangChain sends batches: lists of lists.
  const list = value.length === 1 && Array.isArray(value[0]) ? (value[0] as unknown[]) : value
  const messages = list
    .filter((each) => !isObject(each) || each.type !== 'reasoning')
    .map(toMessage)
  return messages.every((each) => each !== undefined) ? (messages as Message[]) : undefined
}

function system(text: unknown): Message[] {
  const content = isObject(text) && Array.isArray(text.parts) ? text.parts : text
  const body = parts(content)
  return body.length > 0 ? [{ role: 'system', name: undefined, parts: body }] : []
}

/** The conversation in what a span was given or gave back; undefined where it is none. */
export function toMessages(value: unknown): Message[] | undefined {
  if (!isObject(value)) return messageList(value)
  for (const key of ['messages', 'input', 'contents', 'chat_history']) {
    const found = messageList(value[key])
    if (found)
      return [...system(value.system ?? value.instructions ?? value.system_instruction), ...found]
  }
  const { choices, candidates, output, generations } = value
  if (Array.isArray(choices)) {
    return messageList(choices.map((each) => (isObject(each) ? each.message : undefined)))
  }
  if (Array.isArray(candidates)) {
    return messageList(candidates.map((each) => (isObject(each) ? each.content : undefined)))
  }
  if (Array.isArray(output)) return messageList(output)
  if (Array.isArray(generations)) {
    return messageList(
      generations.flat().map((each) => (isObject(each) ? each.message : undefined)),
    )
  }
  const single = toMessage(value)
  return single && [single]
}
