import { queryOptions } from '@tanstack/react-query'
import { download, get } from '~/lib/api'
import { serverUrl } from '~/lib/base'
import type { ArtifactFile } from '~/lib/wire'

interface Listing {
  root_uri?: string
  files?: ArtifactFile[]
}

export const artifactsQuery = (runId: string, path: string) =>
  queryOptions({
    queryKey: ['artifacts', 'list', runId, path],
    queryFn: async ({ signal }) => {
      const { files = [] } = await get<Listing>(
        'artifacts/list',
        { run_id: runId, path: path || undefined },
        signal,
      )
      // Folders first, then by name with numbers in their natural order.
      return files.sort(
        (a, b) =>
          Number(b.is_dir) - Number(a.is_dir) ||
          a.path.localeCompare(b.path, 'en', { numeric: true }),
      )
    },
    staleTime: 15_000,
  })

/** Where the bytes of an artifact are. */
export function artifactUrl(runId: string, path: string): string {
  return serverUrl('get-artifact', { path, run_uuid: runId })
}

export const artifactTextQuery = (runId: string, path: string) =>
  queryOptions({
    queryKey: ['artifacts', 'text', runId, path],
    queryFn: async ({ signal }) => (await download(artifactUrl(runId, path), signal)).text(),
    staleTime: 60_000,
  })

/** Pictures come as bytes, not as a link: the server sends artifacts for saving, not for showing. */
export const artifactBlobQuery = (runId: string, path: string, type: string) =>
  queryOptions({
    queryKey: ['artifacts', 'blob', runId, path],
    queryFn: async ({ signal }) => {
      const bytes = await (await download(artifactUrl(runId, path), signal)).arrayBuffer()
      return new Blob([bytes], { type })
    },
    staleTime: 60_000,
  })
