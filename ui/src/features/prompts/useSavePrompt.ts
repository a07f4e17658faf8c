import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  type Message,
  MODEL_CONFIG,
  NO_SOURCE,
  RESPONSE_FORMAT,
  TEXT,
  TYPE,
} from '~/features/prompts/prompt'
import { post } from '~/lib/api'
import { IS_PROMPT, type ModelVersion } from '~/lib/registry'

export interface Draft {
  name: string
  template: string | Message[]
  commit: string
  config: string
  format: string
}

/** Saves a version; the prompt itself too, where it is its first. */
export function useSavePrompt(isNew: boolean) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ name, template, commit, config, format }: Draft) => {
      const mark = { key: IS_PROMPT, value: 'true' }
      if (isNew) await post('registered-models/create', { name, tags: [mark] })
      const chat = typeof template !== 'string'
      const tags = [
        mark,
        { key: TYPE, value: chat ? 'chat' : 'text' },
        { key: TEXT, value: chat ? JSON.stringify(template) : template },
        ...(config.trim() ? [{ key: MODEL_CONFIG, value: config }] : []),
        ...(format.trim() ? [{ key: RESPONSE_FORMAT, value: format }] : []),
      ]
      const made = await post<{ model_version: ModelVersion }>('model-versions/create', {
        name,
        source: NO_SOURCE,
        description: commit.trim() || undefined,
        tags,
      })
      return made.model_version
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['registry'] }),
  })
}
