import { Paperclip } from 'lucide-react'
import { useState } from 'react'
import { type Attachment, attachmentName, attachmentUrl } from '~/lib/attachments'
import { formatBytes } from '~/lib/numbers'

/** A file of a trace: seen or heard where the browser can, and always to be saved. */
export function AttachmentView({ attachment }: { attachment: Attachment }) {
  const [failed, setFailed] = useState(false)
  const url = attachmentUrl(attachment)
  const kind = failed ? 'none' : attachment.type.split('/')[0]
  const onError = () => setFailed(true)
  const size = attachment.size === undefined ? '' : ` · ${formatBytes(attachment.size)}`
  return (
    <figure className="flex min-w-0 flex-col items-start gap-1.5">
      {kind === 'image' && (
        <img
          src={url}
          alt={`Attachment ${attachment.id}`}
          loading="lazy"
          onError={onError}
          className="max-h-80 max-w-full rounded-md border bg-canvas object-contain"
        />
      )}
      {kind === 'audio' && (
        // biome-ignore lint/a11y/useMediaCaption: a trace has none
        <audio controls preload="none" src={url} onError={onError} className="max-w-full" />
      )}
      {kind === 'video' && (
        // biome-ignore lint/a11y/useMediaCaption: a trace has none
        <video
          controls
          preload="metadata"
          src={url}
          onError={onError}
          className="max-h-80 max-w-full rounded-md border"
        />
      )}
      <figcaption className="flex min-w-0 items-center gap-1.5 font-sans text-xs">
        <Paperclip size={12} aria-hidden className="shrink-0 text-faint" />
        <a
          href={url}
          download={attachmentName(attachment)}
          className="truncate text-accent hover:underline"
        >
          {attachment.type}
          {size}
        </a>
        {failed && <span className="text-bad">cannot be shown</span>}
      </figcaption>
    </figure>
  )
}
