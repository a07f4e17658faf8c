import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { get, put, remove } from '~/lib/api'
import { parseObject } from '~/lib/traces'

/** A version of a scorer. */
export interface Scorer {
  scorer_id: string
  scorer_name: string
  scorer_version: number
  serialized_scorer: string
  creation_time?: number
}

interface OnlineConfig {
  scorer_id: string
  sample_rate: number
  filter_string?: string
}

interface Serialized {
  description?: string
  builtin_scorer_class?: string
  original_func_name?: string
  call_source?: string
  is_session_level_scorer?: boolean
  instructions_judge_pydantic_data?: { instructions?: string; model?: string }
}

const KEY = ['evaluation', 'scorers']

/** What a scorer does, as far as its serialized form tells. */
export function describe(scorer: Scorer) {
  const read = parseObject<Serialized>(scorer.serialized_scorer) ?? {}
  const judge = read.instructions_judge_pydantic_data
  const kind = judge ? 'Judge' : read.builtin_scorer_class ? 'Built in' : 'Code'
  return {
    kind,
    instructions: judge?.instructions ?? read.call_source ?? read.description,
    code: !judge && read.call_source !== undefined,
    builtin: read.builtin_scorer_class ?? undefined,
    model: judge?.model,
    session: read.is_session_level_scorer ?? false,
  }
}

export const scorersQuery = (experimentId: string) =>
  queryOptions({
    queryKey: [...KEY, 'list', experimentId],
    queryFn: async ({ signal }) => {
      const query = { experiment_id: experimentId }
      const scorers =
        (await get<{ scorers?: Scorer[] }>('3.0/scorers/list', query, signal)).scorers ?? []
      if (scorers.length === 0) return []
      const ids = scorers.map((scorer) => scorer.scorer_id)
      const { configs } = await get<{ configs: OnlineConfig[] }>(
        '3.0/scorers/online-configs',
        { scorer_ids: ids },
        signal,
      )
      return scorers.map((scorer) => ({
        ...scorer,
        online: configs.find((config) => config.scorer_id === scorer.scorer_id),
      }))
    },
  })

export const versionsQuery = (experimentId: string, name: string) =>
  queryOptions({
    queryKey: [...KEY, 'versions', experimentId, name],
    queryFn: async ({ signal }) => {
      const query = { experiment_id: experimentId, name }
      const found = await get<{ scorers?: Scorer[] }>('3.0/scorers/versions', query, signal)
      return (found.scorers ?? []).sort((a, b) => b.scorer_version - a.scorer_version)
    },
  })

function useChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}

export const useSampling = (experimentId: string) =>
  useChange((input: { name: string; rate: number; filter: string }) =>
    put('3.0/scorers/online-config', {
      experiment_id: experimentId,
      name: input.name,
      sample_rate: input.rate,
      filter_string: input.filter || undefined,
    }),
  )

export const useDeleteScorer = (experimentId: string) =>
  useChange((name: string) => remove('3.0/scorers/delete', { experiment_id: experimentId, name }))
