import { useMutation, useQueryClient } from '@tanstack/react-query'
import { patch, post, remove } from '~/lib/api'
import type { ModelVersion, RegisteredModel } from '~/lib/registry'
import type { Tag } from '~/lib/wire'

// What changes models and prompts. Every list and page of the registry then reads anew.

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['registry'] }),
  })
}

export const useCreateModel = () =>
  useChange((input: { name: string; description?: string; tags?: Tag[] }) =>
    post<{ registered_model: RegisteredModel }>('registered-models/create', input),
  )

export const useDescribeModel = () =>
  useChange((input: { name: string; description: string }) =>
    patch('registered-models/update', input),
  )

export const useRenameModel = () =>
  useChange((input: { name: string; new_name: string }) => post('registered-models/rename', input))

export const useDeleteModel = () =>
  useChange((name: string) => remove('registered-models/delete', { name }))

export const useTagModel = () =>
  useChange((input: { name: string; key: string; value: string }) =>
    post('registered-models/set-tag', input),
  )

export const useUntagModel = () =>
  useChange((input: { name: string; key: string }) => remove('registered-models/delete-tag', input))

export const useSetAlias = () =>
  useChange((input: { name: string; alias: string; version: string }) =>
    post('registered-models/alias', input),
  )

export const useDeleteAlias = () =>
  useChange((input: { name: string; alias: string }) => remove('registered-models/alias', input))

export interface NewVersion {
  name: string
  source: string
  run_id?: string
  model_id?: string
  description?: string
  tags?: Tag[]
}

export const useCreateVersion = () =>
  useChange(
    async (input: NewVersion) =>
      (await post<{ model_version: ModelVersion }>('model-versions/create', input)).model_version,
  )

interface VersionRef {
  name: string
  version: string
}

export const useDescribeVersion = () =>
  useChange((input: VersionRef & { description: string }) => patch('model-versions/update', input))

export const useDeleteVersion = () =>
  useChange((input: VersionRef) => remove('model-versions/delete', input))

export const useTagVersion = () =>
  useChange((input: VersionRef & { key: string; value: string }) =>
    post('model-versions/set-tag', input),
  )

export const useUntagVersion = () =>
  useChange((input: VersionRef & { key: string }) => remove('model-versions/delete-tag', input))

export const useMoveStage = () =>
  useChange((input: VersionRef & { stage: string; archive_existing_versions: boolean }) =>
    post('model-versions/transition-stage', input),
  )
