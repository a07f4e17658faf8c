import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { notify, notifyError } from '~/components/Toasts'
import { upload } from '~/lib/api'
import { serverUrl } from '~/lib/base'
import { plural } from '~/lib/numbers'

/** A run to which files may be added, and where its artifacts are. */
export interface UploadTarget {
  runId: string
  artifactUri: string
}

/** How far the files on their way have come. */
export interface Sending {
  /** The file that is being sent. */
  name: string
  /** Its place among them, from 1. */
  number: number
  count: number
  /** Of all bytes, from 0 to 1. */
  share: number
}

const PROXIED = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+/

/** Where a file goes: through the artifact proxy, which takes any size, if it serves this run. */
export function uploadRequest({ runId, artifactUri }: UploadTarget, name: string) {
  if (!PROXIED.test(artifactUri)) {
    const url = serverUrl('ajax-api/2.0/mlflow/upload-artifact', { run_uuid: runId, path: name })
    return { method: 'POST' as const, url }
  }
  const path = `${artifactUri.replace(PROXIED, '')}/${name}`.split('/').map(encodeURIComponent)
  const url = serverUrl(`ajax-api/2.0/mlflow-artifacts/artifacts/${path.join('/')}`)
  return { method: 'PUT' as const, url }
}

/** Sends files into a run's artifacts, one after the other, and shows them when they are there. */
export function useUpload(target: UploadTarget | undefined) {
  const queries = useQueryClient()
  const [sending, setSending] = useState<Sending>()
  const abort = useRef<AbortController>(undefined)
  // Whoever leaves the page no longer sees how it goes.
  useEffect(() => () => abort.current?.abort(), [])

  const send = async (files: File[]) => {
    if (!target || files.length === 0 || sending) return
    const controller = new AbortController()
    abort.current = controller
    const total = files.reduce((sum, file) => sum + file.size, 0) || 1
    let before = 0
    let number = 0
    try {
      for (const file of files) {
        number += 1
        const tell = (bytes: number) =>
          setSending({
            name: file.name,
            number,
            count: files.length,
            share: Math.min(1, (before + bytes) / total),
          })
        tell(0)
        const { method, url } = uploadRequest(target, file.name)
        await upload(method, url, file, tell, controller.signal)
        before += file.size
      }
      notify(`Uploaded ${files.length === 1 ? files[0]?.name : plural(files.length, 'file')}`)
    } catch (error) {
      if (!controller.signal.aborted) notifyError(error)
    } finally {
      setSending(undefined)
      await queries.invalidateQueries({ queryKey: ['artifacts'] })
    }
  }

  return { sending, send, cancel: () => abort.current?.abort() }
}
