import { queryOptions } from '@tanstack/react-query'
import { download, get } from '~/lib/api'
import { serverUrl } from '~/lib/base'
import type { ArtifactFile } from '~/lib/wire'

interface Listing {
  root_uri?: string
  files?: ArtifactFile[]
}

/** Whose files: a run's, or below one of its folders; or a logged model's. */
export type ArtifactRoot = { runId: string; folder?: string } | { modelId: string }

function listing(root: ArtifactRoot, path: string, signal: AbortSignal) {
  return 'modelId' in root
    ? get<Listing>(
        `logged-models/${root.modelId}/artifacts/directories`,
        { artifact_directory_path: path || undefined },
        signal,
      )
    : get<Listing>(
        'artifacts/list',
        { run_id: root.runId, path: path || root.folder || undefined },
        signal,
      )
}

export const artifactsQuery = (root: ArtifactRoot, path: string) =>
  queryOptions({
    queryKey: ['artifacts', 'list', root, path],
    queryFn: async ({ signal }) => {
      const { files = [] } = await listing(root, path, signal)
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
export function artifactUrl(root: ArtifactRoot, path: string): string {
  return 'modelId' in root
    ? serverUrl(`ajax-api/2.0/mlflow/logged-models/${root.modelId}/artifacts/files`, {
        artifact_file_path: path,
      })
    : serverUrl('get-artifact', { path, run_uuid: root.runId })
}

export const artifactTextQuery = (root: ArtifactRoot, path: string) =>
  queryOptions({
    queryKey: ['artifacts', 'text', root, path],
    queryFn: async ({ signal }) => (await download(artifactUrl(root, path), signal)).text(),
    staleTime: 60_000,
  })

/** Pictures come as bytes, not as a link: the server sends artifacts for saving, not for showing. */
export const artifactBlobQuery = (root: ArtifactRoot, path: string, type: string) =>
  queryOptions({
    queryKey: ['artifacts', 'blob', root, path],
    queryFn: async ({ signal }) => {
      const bytes = await (await download(artifactUrl(root, path), signal)).arrayBuffer()
      return new Blob([bytes], { type })
    },
    staleTime: 60_000,
  })
