import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { experimentFilter } from '~/features/tracking/experiments/filter'
import { get, post } from '~/lib/api'
import type { Experiment } from '~/lib/wire'

interface Page {
  experiments?: Experiment[]
  next_page_token?: string
}

export interface ExperimentsView {
  text: string
  deleted: boolean
  order: string
}

export const DEFAULT_ORDER = 'last_update_time DESC'
const PAGE = 200

export function searchExperiments(
  view: ExperimentsView,
  size: number,
  token?: string,
  signal?: AbortSignal,
) {
  return post<Page>(
    'experiments/search',
    {
      max_results: size,
      view_type: view.deleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
      filter: experimentFilter(view.text) || undefined,
      order_by: [view.order],
      page_token: token,
    },
    signal,
  )
}

export const experimentsQuery = (view: ExperimentsView) =>
  infiniteQueryOptions({
    queryKey: ['experiments', 'list', view],
    queryFn: ({ pageParam, signal }) => searchExperiments(view, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: ['experiments', 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ experiment: Experiment }>('experiments/get', { experiment_id: id }, signal))
        .experiment,
    staleTime: 60_000,
  })

/** A change of one or more experiments; every list and page of experiments then reads anew. */
function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['experiments'] }),
  })
}

export interface NewExperiment {
  name: string
  artifactLocation: string
}

export const useCreateExperiment = () =>
  useChange(async ({ name, artifactLocation }: NewExperiment) => {
    const made = await post<{ experiment_id: string }>('experiments/create', {
      name,
      artifact_location: artifactLocation || undefined,
    })
    return made.experiment_id
  })

export const useRenameExperiment = () =>
  useChange((input: { id: string; name: string }) =>
    post('experiments/update', { experiment_id: input.id, new_name: input.name }),
  )

export const useDeleteExperiment = () =>
  useChange((id: string) => post('experiments/delete', { experiment_id: id }))

export const useRestoreExperiment = () =>
  useChange((id: string) => post('experiments/restore', { experiment_id: id }))

export const useTagExperiment = () =>
  useChange((input: { id: string; key: string; value: string }) =>
    post('experiments/set-experiment-tag', {
      experiment_id: input.id,
      key: input.key,
      value: input.value,
    }),
  )

export const useUntagExperiment = () =>
  useChange((input: { id: string; key: string }) =>
    post('experiments/delete-experiment-tag', { experiment_id: input.id, key: input.key }),
  )
