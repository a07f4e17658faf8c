import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { orderBy } from '~/features/tracking/runs/order'
import { missingParents } from '~/features/tracking/runs/tree'
import { get, post } from '~/lib/api'
import type { Run, RunStatus } from '~/lib/wire'

export interface RunsPage {
  runs?: Run[]
  next_page_token?: string
}

export interface RunsView {
  experimentId: string
  filter: string
  sort: string
  deleted: boolean
}

const PAGE = 100
const LARGEST_PAGE = 800
/** A view that has loaded more pages than this is not read anew on its own. */
const MOST_LIVE_PAGES = 3

export const runsQuery = (view: RunsView) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'search', view],
    queryFn: ({ pageParam, signal }) =>
      post<RunsPage>(
        'runs/search',
        {
          experiment_ids: [view.experimentId],
          filter: view.filter || undefined,
          order_by: orderBy(view.sort),
          run_view_type: view.deleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
          max_results: pageParam.size,
          page_token: pageParam.token,
        },
        signal,
      ),
    initialPageParam: { token: undefined as string | undefined, size: PAGE },
    // The first page comes soon; who goes far gets there in fewer and larger ones.
    getNextPageParam: ({ next_page_token: token }, _, { size }) =>
      token ? { token, size: Math.min(size * 2, LARGEST_PAGE) } : undefined,
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= MOST_LIVE_PAGES,
  })

const MOST_LEVELS = 5
const MOST_IDS = 100

/** The parents, grandparents and so on of runs, as far as they are in the same experiment. */
export const parentsQuery = (experimentId: string, ids: string[], deleted: boolean) =>
  queryOptions({
    queryKey: ['runs', 'parents', experimentId, ids, deleted],
    queryFn: async ({ signal }) => {
      const found: Run[] = []
      let wanted = ids
      for (let level = 0; level < MOST_LEVELS && wanted.length > 0; level += 1) {
        const page = await post<RunsPage>(
          'runs/search',
          {
            experiment_ids: [experimentId],
            filter: `attributes.run_id IN (${wanted
              .slice(0, MOST_IDS)
              .map((id) => `'${id}'`)
              .join(', ')})`,
            run_view_type: deleted ? 'ALL' : 'ACTIVE_ONLY',
            max_results: MOST_IDS,
          },
          signal,
        )
        const runs = page.runs ?? []
        found.push(...runs)
        wanted = runs.length > 0 ? missingParents(found) : []
      }
      return found
    },
    enabled: ids.length > 0,
    staleTime: 30_000,
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ run: Run }>('runs/get', { run_id: id }, signal)).run,
  })

/** For finding a run by name: a few of one experiment's runs. */
export function findRuns(experimentId: string, filter: string, signal?: AbortSignal) {
  return post<RunsPage>(
    'runs/search',
    { experiment_ids: [experimentId], filter, max_results: 8 },
    signal,
  )
}

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['runs'] }),
  })
}

export const useUpdateRun = () =>
  useChange((input: { id: string; name?: string; status?: RunStatus }) =>
    post('runs/update', { run_id: input.id, run_name: input.name, status: input.status }),
  )

export const useTagRun = () =>
  useChange((input: { id: string; key: string; value: string }) =>
    post('runs/set-tag', { run_id: input.id, key: input.key, value: input.value }),
  )

export const useUntagRun = () =>
  useChange((input: { id: string; key: string }) =>
    post('runs/delete-tag', { run_id: input.id, key: input.key }),
  )

const AT_ONCE = 6

/** One request a run, a few at a time; the first failure ends it. */
async function each(
  ids: readonly string[],
  path: string,
  progress?: (done: number) => void,
  rest: object = {},
): Promise<void> {
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const some = ids.slice(first, first + AT_ONCE)
    await Promise.all(some.map((id) => post(path, { run_id: id, ...rest })))
    progress?.(first + some.length)
  }
}

interface Many {
  ids: readonly string[]
  progress?: (done: number) => void
}

export const useDeleteRuns = () =>
  useChange(({ ids, progress }: Many) => each(ids, 'runs/delete', progress))

export const useRestoreRuns = () =>
  useChange(({ ids, progress }: Many) => each(ids, 'runs/restore', progress))

export const useTagRuns = () =>
  useChange(({ ids, progress, key, value }: Many & { key: string; value: string }) =>
    each(ids, 'runs/set-tag', progress, { key, value }),
  )
