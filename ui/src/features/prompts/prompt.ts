import type { ModelVersion } from '~/lib/registry'
import { tagValue } from '~/lib/runs'

export const TEXT = 'mlflow.prompt.text'
export const TYPE = '_mlflow_prompt_type'
export const RESPONSE_FORMAT = '_mlflow_prompt_response_format'
export const MODEL_CONFIG = '_mlflow_prompt_model_config'
/** The registry wants a source of every version; of a prompt it means nothing. */
export const NO_SOURCE = 'dummy-source'

export interface Message {
  role: string
  content: string
}

export interface Prompt {
  name: string
  version: string
  template: string | Message[]
  commit: string
  config: string | undefined
  format: string | undefined
  created: number | undefined
}

function readMessages(text: string): Message[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return undefined
    return value.map((item: Partial<Message>) => ({
      role: String(item.role ?? 'user'),
      content: typeof item.content === 'string' ? item.content : JSON.stringify(item.content ?? ''),
    }))
  } catch {
    return undefined
  }
}

function indented(json: string | undefined): string | undefined {
  if (!json) return undefined
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

export function readPrompt(version: ModelVersion): Prompt {
  const text = tagValue(version.tags, TEXT) ?? ''
  const chat = tagValue(version.tags, TYPE) === 'chat' ? readMessages(text) : undefined
  return {
    name: version.name,
    version: version.version,
    template: chat ?? text,
    commit: version.description ?? '',
    config: indented(tagValue(version.tags, MODEL_CONFIG)),
    format: indented(tagValue(version.tags, RESPONSE_FORMAT)),
    created: version.creation_timestamp,
  }
}

export const VARIABLE = /\{\{\s*([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*)\s*\}\}/g

/** The names between double braces, each once, in the order they come. */
export function variablesOf(template: string | Message[]): string[] {
  const text = templateText(template)
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] as string))]
}

/** The template as lines: each message of a chat under a line with its role. */
export function templateText(template: string | Message[]): string {
  if (typeof template === 'string') return template
  return template.map(({ role, content }) => `[${role}]\n${content}`).join('\n\n')
}
