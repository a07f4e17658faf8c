import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { serverFilter } from '~/features/traces/table/filter'
import { orderBy } from '~/features/traces/table/order'
import { post } from '~/lib/api'
import { LIVE_INTERVAL } from '~/lib/queryClient'
import { limits, type TimeRange } from '~/lib/timeRange'
import type { Trace } from '~/lib/traces'

interface Page {
  traces?: Trace[]
  next_page_token?: string
}

export interface TracesView {
  experimentId: string
  filter: string
  sort: string
  /** Only what this run made. */
  run?: string | undefined
  time: TimeRange
}

interface Cursor {
  token: string
  /** All pages of a view mean the same "now". */
  filter: string
}

const PAGE = 100
/** A view that has loaded more pages than this is not read anew on its own. */
const MOST_LIVE_PAGES = 2

export const tracesQuery = (view: TracesView, live: boolean) =>
  infiniteQueryOptions({
    queryKey: ['traces', 'search', view],
    queryFn: async ({ pageParam, signal }) => {
      const filter =
        pageParam?.filter ??
        serverFilter({ filter: view.filter, run: view.run, ...limits(view.time, Date.now()) })
      const page = await post<Page>(
        '3.0/traces/search',
        {
          locations: [
            { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: view.experimentId } },
          ],
          filter: filter || undefined,
          order_by: orderBy(view.sort),
          max_results: PAGE,
          page_token: pageParam?.token,
        },
        signal,
      )
      return { ...page, filter }
    },
    initialPageParam: undefined as Cursor | undefined,
    getNextPageParam: (page): Cursor | undefined =>
      page.next_page_token ? { token: page.next_page_token, filter: page.filter } : undefined,
    refetchInterval: (query) => {
      const pages = query.state.data?.pages ?? []
      return live && query.state.status !== 'error' && pages.length <= MOST_LIVE_PAGES
        ? LIVE_INTERVAL
        : false
    },
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= MOST_LIVE_PAGES,
  })

/** For finding a trace by words: a few of one experiment's. */
export async function findTraces(
  experimentId: string,
  filter: string,
  signal?: AbortSignal,
): Promise<Trace[]> {
  const { traces = [] } = await post<Page>(
    '3.0/traces/search',
    {
      locations: [
        { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
      ],
      filter: serverFilter({ filter }) || undefined,
      order_by: ['timestamp_ms DESC'],
      max_results: 6,
    },
    signal,
  )
  return traces
}

const MOST_AT_ONCE = 100

export function useDeleteTraces() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({
      experimentId,
      ids,
      progress,
    }: {
      experimentId: string
      ids: readonly string[]
      progress?: (done: number) => void
    }) => {
      for (let first = 0; first < ids.length; first += MOST_AT_ONCE) {
        const some = ids.slice(first, first + MOST_AT_ONCE)
        await post('3.0/traces/delete-traces', {
          experiment_id: experimentId,
          request_ids: some,
        })
        progress?.(first + some.length)
      }
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['traces'] }),
  })
}
