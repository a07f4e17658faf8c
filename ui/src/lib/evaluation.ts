// What the pages of evaluation share: the JSON of its routes, and words for what is in it.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { get, post } from '~/lib/api'
import type { Trace } from '~/lib/traces'

export const traceLocations = (experimentId: string) => [
  { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
]

interface TracesPage {
  traces?: Trace[]
  next_page_token?: string
}

const PAGE = 500
/** More rows than anybody reads side by side. */
const MOST = 5_000

/** All traces of an evaluation run, as far as they can be shown. */
export const runTracesQuery = (experimentId: string, runId: string) =>
  queryOptions({
    queryKey: ['traces', 'evaluation', experimentId, runId],
    queryFn: async ({ signal }) => {
      const traces: Trace[] = []
      let token: string | undefined
      do {
        const page: TracesPage = await post<TracesPage>(
          '3.0/traces/search',
          {
            locations: traceLocations(experimentId),
            filter: `run_id = '${runId}'`,
            order_by: ['timestamp_ms ASC'],
            max_results: PAGE,
            page_token: token,
          },
          signal,
        )
        traces.push(...(page.traces ?? []))
        token = page.next_page_token
      } while (token && traces.length < MOST)
      return traces
    },
  })

type InputKind =
  | { pass_fail: { positive_label?: string; negative_label?: string } }
  | { categorical: { options?: string[]; multi_select?: boolean } }
  | { numeric: { min_value?: number; max_value?: number } }
  | { text: { max_length?: number } }

/** A question that reviewers answer. */
export interface LabelSchema {
  schema_id: string
  name: string
  type: 'FEEDBACK' | 'EXPECTATION'
  instruction?: string
  enable_comment?: boolean
  is_default?: boolean
  created_at?: number
  input: InputKind
}

export const schemasQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['evaluation', 'schemas', experimentId],
    queryFn: async ({ signal }) => {
      const query = { experiment_id: experimentId, max_results: 1000 }
      const found = await get<{ label_schemas?: LabelSchema[] }>(
        '3.0/label-schemas/list',
        query,
        signal,
      )
      // Opinions before what would have been right, each in the order in which they were thought of.
      const late = ({ type }: LabelSchema) => Number(type === 'EXPECTATION')
      return (found.label_schemas ?? []).sort(
        (a, b) => late(a) - late(b) || (a.created_at ?? 0) - (b.created_at ?? 0),
      )
    },
  })

export interface Paged {
  next_page_token?: string
}

/** The pages of a list whose routes take a token. */
export function pages<T extends Paged>(
  key: readonly unknown[],
  read: (token: string | undefined, signal: AbortSignal) => Promise<T>,
) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
}
