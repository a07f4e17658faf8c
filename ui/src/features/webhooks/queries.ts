import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { get, patch, post, remove } from '~/lib/api'

export interface WebhookEvent {
  entity: string
  action: string
}

export interface Webhook {
  webhook_id: string
  name: string
  description?: string
  url: string
  events?: WebhookEvent[]
  status?: 'ACTIVE' | 'DISABLED'
  creation_timestamp?: number
  last_updated_timestamp?: number
}

export interface TestResult {
  success?: boolean
  response_status?: number
  response_body?: string
  error_message?: string
}

/** What each kind of thing can tell about. */
export const EVENTS: { entity: string; label: string; actions: string[] }[] = [
  { entity: 'REGISTERED_MODEL', label: 'Model', actions: ['CREATED'] },
  { entity: 'MODEL_VERSION', label: 'Model version', actions: ['CREATED'] },
  { entity: 'MODEL_VERSION_TAG', label: 'Model version tag', actions: ['SET', 'DELETED'] },
  { entity: 'MODEL_VERSION_ALIAS', label: 'Model alias', actions: ['CREATED', 'DELETED'] },
  { entity: 'PROMPT', label: 'Prompt', actions: ['CREATED'] },
  { entity: 'PROMPT_VERSION', label: 'Prompt version', actions: ['CREATED'] },
  { entity: 'PROMPT_TAG', label: 'Prompt tag', actions: ['SET', 'DELETED'] },
  { entity: 'PROMPT_VERSION_TAG', label: 'Prompt version tag', actions: ['SET', 'DELETED'] },
  { entity: 'PROMPT_ALIAS', label: 'Prompt alias', actions: ['CREATED', 'DELETED'] },
  { entity: 'RUN', label: 'Run', actions: ['CREATED', 'FINISHED', 'DELETED', 'RESTORED'] },
  { entity: 'TRACE', label: 'Trace', actions: ['CREATED', 'FINISHED', 'DELETED'] },
  { entity: 'ASSESSMENT', label: 'Assessment', actions: ['CREATED', 'UPDATED', 'DELETED'] },
]

interface Page {
  webhooks?: Webhook[]
  next_page_token?: string
}

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) => {
    const found: Webhook[] = []
    let token: string | undefined
    do {
      const page: Page = await get<Page>(
        'webhooks',
        { max_results: 100, page_token: token, include_own_events: true },
        signal,
      )
      found.push(...(page.webhooks ?? []))
      token = page.next_page_token || undefined
    } while (token)
    return found
  },
})

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  })
}

export interface WebhookDraft {
  name: string
  url: string
  description?: string
  /** Left out, the one that is set stays. */
  secret?: string
  events: WebhookEvent[]
}

export const useSaveWebhook = (id: string | undefined) =>
  useChange((draft: WebhookDraft) =>
    id ? patch(`webhooks/${id}`, draft) : post('webhooks', { ...draft, status: 'ACTIVE' }),
  )

export const useSwitchWebhook = () =>
  useChange((input: { id: string; status: 'ACTIVE' | 'DISABLED' }) =>
    patch(`webhooks/${input.id}`, { status: input.status }),
  )

export const useDeleteWebhook = () => useChange((id: string) => remove(`webhooks/${id}`))

export const useTestWebhook = () =>
  useMutation({
    mutationFn: async (id: string) =>
      (await post<{ result: TestResult }>(`webhooks/${id}/test`, {})).result,
  })

export type DeliveryState = 'PENDING' | 'DELIVERED' | 'FAILED'

export interface Delivery {
  event_id: string
  entity: string
  action: string
  state: DeliveryState
  attempts: number
  creation_timestamp: number
  last_attempt_timestamp?: number
  next_attempt_timestamp?: number
  duration_ms?: number
  response_status?: number
  error_message?: string
  payload?: string
  response_body?: string
}

interface DeliveriesPage {
  deliveries?: Delivery[]
  next_page_token?: string
}

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ webhook: Webhook }>(`webhooks/${id}`, {}, signal)).webhook,
  })

const REFRESH_MILLISECONDS = 5_000

/** What a webhook was told, newest first. */
export const deliveriesQuery = (id: string, state: DeliveryState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', id, state],
    queryFn: ({ pageParam, signal }) =>
      get<DeliveriesPage>(
        `webhooks/${id}/deliveries`,
        { state, max_results: 100, page_token: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
    refetchInterval: REFRESH_MILLISECONDS,
  })

export const deliveryQuery = (id: string, event: string) =>
  queryOptions({
    queryKey: ['deliveries', id, 'one', event],
    queryFn: async ({ signal }) =>
      (await get<{ delivery: Delivery }>(`webhooks/${id}/deliveries/${event}`, {}, signal))
        .delivery,
    refetchInterval: ({ state }) =>
      state.data?.state === 'PENDING' ? REFRESH_MILLISECONDS / 2 : false,
  })

export function useResend(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (event: string) => post(`webhooks/${id}/deliveries/${event}/resend`, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ['deliveries', id] }),
  })
}

/** An event in words: "prompt version created". */
export const eventText = ({ entity, action }: WebhookEvent) =>
  `${entity} ${action}`.toLowerCase().replaceAll('_', ' ')
