import { Upload, X } from 'lucide-react'
import { type ComponentProps, useRef } from 'react'
import { Button, IconButton } from '~/components/Button'
import { ProgressBar } from '~/components/ProgressBar'
import type { useUpload } from '~/features/artifacts/useUpload'

interface Props extends Pick<ComponentProps<typeof Button>, 'kind' | 'size'> {
  upload: ReturnType<typeof useUpload>
}

/** A button that asks for files, and the way of those that are being sent in its place. */
export function UploadBar({ upload, ...button }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const { sending } = upload
  if (sending) {
    const which = sending.count > 1 ? `, ${sending.number} of ${sending.count}` : ''
    return (
      <div className="flex w-full min-w-0 items-center gap-2">
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <span className="truncate text-xs text-muted" title={sending.name}>
            Sending {sending.name}
            {which}
          </span>
          <ProgressBar label={`Sending ${sending.name}`} value={sending.share} />
        </div>
        <IconButton label="Cancel the upload" onClick={upload.cancel}>
          <X size={14} />
        </IconButton>
      </div>
    )
  }
  return (
    <>
      <Button {...button} onClick={() => input.current?.click()}>
        <Upload size={13} /> Upload files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          void upload.send([...(event.target.files ?? [])])
          // So that the same file can be chosen again.
          event.target.value = ''
        }}
      />
    </>
  )
}
