import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { get, post, remove } from '~/lib/api'
import { type Paged, pages } from '~/lib/evaluation'

export interface Dataset {
  dataset_id: string
  name: string
  /** JSON texts. */
  tags?: string
  schema?: string
  profile?: string
  created_time?: number
  last_update_time?: number
  created_by?: string
}

export interface DatasetRecord {
  dataset_record_id: string
  inputs: Record<string, unknown>
  outputs?: unknown
  expectations?: Record<string, unknown> | null
  tags?: Record<string, string> | null
  source?: { source_type?: string; source_data?: Record<string, unknown> } | null
  created_time?: number
  last_update_time?: number
}

const KEY = ['evaluation', 'datasets']

export const datasetsQuery = (experimentId: string) =>
  pages([...KEY, 'list', experimentId], (token, signal) =>
    post<Paged & { datasets?: Dataset[] }>(
      '3.0/datasets/search',
      {
        experiment_ids: [experimentId],
        max_results: 100,
        order_by: ['last_update_time DESC'],
        page_token: token,
      },
      signal,
    ),
  )

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ dataset: Dataset }>(`3.0/datasets/${id}`, {}, signal)).dataset,
  })

export const recordsQuery = (id: string) =>
  pages([...KEY, 'records', id], async (token, signal) => {
    const query = { max_results: 500, page_token: token }
    const page = await get<Paged & { records: string }>(`3.0/datasets/${id}/records`, query, signal)
    return {
      next_page_token: page.next_page_token,
      records: JSON.parse(page.records || '[]') as DatasetRecord[],
    }
  })

/** How many records a data set's profile tells of. */
export function recordCount(dataset: Dataset): number | undefined {
  try {
    const profile = JSON.parse(dataset.profile ?? '{}') as { num_records?: number }
    return profile.num_records
  } catch {
    return undefined
  }
}

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}

export const useCreateDataset = () =>
  useChange(async (input: { name: string; experimentId: string }) => {
    const body = { name: input.name, experiment_ids: [input.experimentId] }
    return (await post<{ dataset: Dataset }>('3.0/datasets/create', body)).dataset
  })

export const useDeleteDataset = () => useChange((id: string) => remove(`3.0/datasets/${id}`))

export type Draft = Pick<DatasetRecord, 'inputs' | 'expectations' | 'tags'>

/**
 * Saves a record. It is known by its inputs: other inputs make another record, so the one that was
 * edited goes once the new one is there.
 */
export const useSaveRecord = (datasetId: string) =>
  useChange(async ({ draft, before }: { draft: Draft; before: DatasetRecord | undefined }) => {
    const path = `3.0/datasets/${datasetId}/records`
    const source = before?.source ?? { source_type: 'HUMAN' }
    await post(path, { records: JSON.stringify([{ ...draft, source }]) })
    if (before && JSON.stringify(before.inputs) !== JSON.stringify(draft.inputs)) {
      await remove(path, { dataset_record_ids: [before.dataset_record_id] })
    }
  })

export const useDeleteRecords = (datasetId: string) =>
  useChange((ids: string[]) =>
    remove(`3.0/datasets/${datasetId}/records`, { dataset_record_ids: ids }),
  )
