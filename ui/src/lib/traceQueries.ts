import { queryOptions } from '@tanstack/react-query'
import { ApiError, get } from '~/lib/api'
import { LIVE_INTERVAL } from '~/lib/queryClient'
import { readSpans, spanTree, timeFrame } from '~/lib/spans'
import { isUnfinished, type Trace } from '~/lib/traces'

/** The address of a trace below the API's root. */
export const tracePath = (id: string, rest = '') => `3.0/traces/${encodeURIComponent(id)}${rest}`

export const traceQuery = (id: string) =>
  queryOptions({
    queryKey: ['traces', 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ trace: { trace_info: Trace } }>(tracePath(id), {}, signal)).trace.trace_info,
    refetchInterval: (query) =>
      query.state.data && isUnfinished(query.state.data) ? LIVE_INTERVAL : false,
  })

interface SpansFile {
  spans?: unknown[]
}

/** The file is smaller than the protocol's form, which a server without the file has as well. */
async function readFile(id: string, signal: AbortSignal): Promise<SpansFile> {
  try {
    return await get<SpansFile>('3.0/get-trace-artifact', { request_id: id }, signal)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    const query = { trace_id: id, allow_partial: true }
    return (await get<{ trace: SpansFile }>('3.0/traces/get', query, signal)).trace
  }
}

/** The spans of a trace in the order of their tree. Those of a finished trace never change. */
export const spansQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: ['traces', 'spans', id],
    queryFn: async ({ signal }) => {
      const spans = readSpans(await readFile(id, signal))
      const nodes = spanTree(spans)
      return { nodes, frame: timeFrame(spans), byId: new Map(spans.map((span) => [span.id, span])) }
    },
    // Comparing 50,000 spans with their elder selves would take longer than drawing them.
    structuralSharing: false,
    staleTime: live ? 0 : Number.POSITIVE_INFINITY,
    refetchInterval: live ? LIVE_INTERVAL : false,
    refetchOnWindowFocus: live,
    // A large one is not kept for long once it is closed.
    gcTime: 30_000,
  })
