import { queryOptions } from '@tanstack/react-query'
import { post } from '~/lib/api'
import { LIVE_INTERVAL } from '~/lib/queryClient'
import { isLive } from '~/lib/runs'
import type { Run } from '~/lib/wire'

const MOST = 1000

/** The evaluation runs of an experiment, the newest first. */
export const evaluationRunsQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['runs', 'evaluation', experimentId],
    queryFn: async ({ signal }) => {
      const body = {
        experiment_ids: [experimentId],
        filter: "tags.`mlflow.runType` = 'genai_evaluate'",
        order_by: ['attributes.start_time DESC'],
        max_results: MOST,
      }
      return (await post<{ runs?: Run[] }>('runs/search', body, signal)).runs ?? []
    },
    refetchInterval: (query) => (query.state.data?.some(isLive) ? LIVE_INTERVAL : false),
  })
