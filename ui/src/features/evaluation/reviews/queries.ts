import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { get, post } from '~/lib/api'
import { type Paged, pages } from '~/lib/evaluation'
import { tracePath } from '~/lib/traceQueries'
import type { Assessment } from '~/lib/traces'

export interface Queue {
  queue_id: string
  experiment_id: string
  name: string
  queue_type: 'USER' | 'CUSTOM'
  users?: string[]
  schema_ids?: string[]
  last_update_time_ms?: number
}

export type ItemStatus = 'PENDING' | 'COMPLETE' | 'DECLINED'

export interface Item {
  item_id: string
  status: ItemStatus
  completed_by?: string
  completed_time_ms?: number
}

const KEY = ['evaluation', 'reviews']

export const queuesQuery = (experimentId: string) =>
  pages([...KEY, 'queues', experimentId], (token, signal) =>
    get<Paged & { review_queues?: Queue[] }>(
      '3.0/review-queues/list',
      { experiment_id: experimentId, max_results: 100, page_token: token },
      signal,
    ),
  )

export const queueQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, 'queue', id],
    queryFn: async ({ signal }) =>
      (await get<{ review_queue: Queue }>('3.0/review-queues/get', { queue_id: id }, signal))
        .review_queue,
  })

const PAGE = 1000

/** All items of a queue: there are as many as people can look at. */
export const itemsQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, 'items', id],
    queryFn: async ({ signal }) => {
      const items: Item[] = []
      let token: string | undefined
      do {
        const page: Paged & { items?: Item[] } = await get(
          '3.0/review-queues/items/list',
          { queue_id: id, max_results: PAGE, page_token: token },
          signal,
        )
        items.push(...(page.items ?? []))
        token = page.next_page_token || undefined
      } while (token)
      return items
    },
  })

export interface Answer {
  name: string
  kind: 'feedback' | 'expectation'
  value: unknown
  comment: string
}

/** Writes the answers as assessments of the trace, and then notes how far the item is. */
export function useReview(queueId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (input: {
      item: Item
      status: ItemStatus
      answers: Answer[]
      reviewer: string
      before: readonly Assessment[]
    }) => {
      const { item, status, reviewer } = input
      for (const { name, kind, value, comment } of input.answers) {
        const mine = input.before.find(
          (each) =>
            each.valid !== false &&
            each.assessment_name === name &&
            each.source?.source_type === 'HUMAN' &&
            each.source.source_id === reviewer,
        )
        const assessment = {
          assessment_name: name,
          trace_id: item.item_id,
          source: { source_type: 'HUMAN', source_id: reviewer },
          [kind]: { value },
          rationale: comment || undefined,
        }
        if (!mine) await post(tracePath(item.item_id, '/assessments'), { assessment })
        else {
          await post(tracePath(item.item_id, '/assessments'), {
            assessment: { ...assessment, overrides: mine.assessment_id },
          })
        }
      }
      await post('3.0/review-queues/items/set-status', {
        queue_id: queueId,
        item_id: item.item_id,
        status,
        completed_by: status === 'PENDING' ? undefined : reviewer,
      })
    },
    onSuccess: (_, { item }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: [...KEY, 'items', queueId] }),
        client.invalidateQueries({ queryKey: ['traces', 'one', item.item_id] }),
      ]),
  })
}
