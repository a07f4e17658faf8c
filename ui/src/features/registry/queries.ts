import { queryOptions } from '@tanstack/react-query'
import { parseSignature } from '~/features/registry/signature'
import { ApiError, download, get } from '~/lib/api'
import { serverUrl } from '~/lib/base'
import type { LoggedModel, ModelVersion } from '~/lib/registry'

export const versionQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ['registry', 'version', name, version],
    queryFn: async ({ signal }) =>
      (await get<{ model_version: ModelVersion }>('model-versions/get', { name, version }, signal))
        .model_version,
  })

/** null where the model has no signature, or no files at all. */
export const signatureQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ['registry-signature', name, version],
    queryFn: async ({ signal }) => {
      const url = serverUrl('model-versions/get-artifact', { name, version, path: 'MLmodel' })
      try {
        return parseSignature(await (await download(url, signal)).text()) ?? null
      } catch (error) {
        // Versions may point at places that this server cannot read.
        if (error instanceof ApiError) return null
        throw error
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

export const loggedModelQuery = (id: string) =>
  queryOptions({
    queryKey: ['logged-models', 'one', id],
    queryFn: async ({ signal }) =>
      (await get<{ model: LoggedModel }>(`logged-models/${id}`, {}, signal)).model,
    staleTime: 30_000,
  })

/** The versions that were registered from a run. */
export const runVersionsQuery = (runId: string) =>
  queryOptions({
    queryKey: ['registry', 'of-run', runId],
    queryFn: async ({ signal }) =>
      (
        await get<{ model_versions?: ModelVersion[] }>(
          'model-versions/search',
          { filter: `run_id = '${runId}'`, max_results: 50 },
          signal,
        )
      ).model_versions ?? [],
    staleTime: 15_000,
  })

/** Where the files of a version are, as its source says it. */
export interface Source {
  modelId?: string
  runId?: string
  /** Below the run's artifacts. */
  path?: string
}

export function readSource(source: string | undefined): Source {
  const model = source?.match(/^models:\/(m-[0-9a-f]+)$/)
  if (model) return { modelId: model[1] }
  const run = source?.match(/^runs:\/([^/]+)\/(.+)$/)
  if (run) return { runId: run[1], path: run[2] }
  return {}
}
