import { infiniteQueryOptions } from '@tanstack/react-query'
import { post } from '~/lib/api'
import { quoteValue } from '~/lib/filters'
import { LIVE_INTERVAL } from '~/lib/queryClient'
import type { Trace } from '~/lib/traces'

interface Page {
  traces?: Trace[]
  next_page_token?: string
}

const SESSION = 'metadata.`mlflow.trace.session`'
const PAGE = 200
const MOST_LIVE_PAGES = 2

function turnsQuery(experimentId: string, key: readonly string[], filter: string, order: string) {
  return infiniteQueryOptions({
    queryKey: ['traces', 'sessions', experimentId, ...key],
    queryFn: ({ pageParam, signal }) =>
      post<Page>(
        '3.0/traces/search',
        {
          locations: [
            { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
          ],
          filter,
          order_by: [`timestamp_ms ${order}`],
          max_results: PAGE,
          page_token: pageParam,
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
    refetchInterval: (query) =>
      query.state.status !== 'error' && (query.state.data?.pages.length ?? 0) <= MOST_LIVE_PAGES
        ? LIVE_INTERVAL
        : false,
  })
}

/** The turns of all sessions, the newest first: sessions are groups of traces, nothing of their own. */
export const sessionsQuery = (experimentId: string) =>
  turnsQuery(experimentId, [], `${SESSION} IS NOT NULL`, 'DESC')

/** The turns of one session, in the order of the conversation. */
export const sessionQuery = (experimentId: string, session: string) =>
  turnsQuery(experimentId, [session], `${SESSION} = ${quoteValue(session)}`, 'ASC')
