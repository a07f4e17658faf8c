import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { Button, buttonClass } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { CopyButton } from '~/components/CopyButton'
import { DocumentFrame } from '~/components/content/DocumentFrame'
import { ErrorState } from '~/components/ErrorState'
import { Markdown } from '~/components/Markdown'
import { type Preview, previewOf } from '~/features/artifacts/kinds'
import { parseLoggedTable } from '~/features/artifacts/loggedTable'
import {
  type ArtifactRoot,
  artifactBlobQuery,
  artifactsQuery,
  artifactTextQuery,
  artifactUrl,
} from '~/features/artifacts/queries'
import { TablePreview, TextTable } from '~/features/artifacts/TablePreview'
import { formatBytes, plural } from '~/lib/numbers'

const Code = lazy(() => import('~/features/artifacts/Code'))
const ParquetPreview = lazy(() => import('~/features/artifacts/ParquetPreview'))

interface Props {
  root: ArtifactRoot
  path: string
  size: number | undefined
}

/** Above this a file is shown only when asked for: the tab would stall. */
const LARGE = 5_000_000
/** A report carries the library that draws it: one of 4 MB is the usual size. */
const LARGE_DOCUMENT = 64_000_000

export function ArtifactPreview({ root, path, size }: Props) {
  const folder = path.split('/').slice(0, -1).join('/')
  // A link straight to the file knows no size yet; its folder does.
  const listing = useQuery({ ...artifactsQuery(root, folder), enabled: size === undefined })
  const known = size ?? listing.data?.find((file) => file.path === path)?.file_size
  const bytes = known === undefined ? undefined : Number(known)
  const preview = previewOf(path)
  const [anyway, setAnyway] = useState(false)
  const settled = bytes !== undefined || !listing.isPending
  return (
    <section aria-label={path} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex h-10 shrink-0 items-center gap-1.5 border-b pr-2 pl-4">
        <h2 className="min-w-0 truncate font-mono text-xs" title={path}>
          {path}
        </h2>
        <CopyButton text={path} label="Copy path" className="size-6" />
        <span className="flex-1" />
        {bytes !== undefined && (
          <span className="text-xs text-faint tabular">{formatBytes(bytes)}</span>
        )}
        <a
          href={artifactUrl(root, path)}
          download={path.split('/').at(-1)}
          className={buttonClass('plain', 'small')}
        >
          <Download size={13} /> Download
        </a>
      </header>
      {/* The scroll area is the preview's own affair: tables and frames scroll by themselves. */}
      {!settled ? null : !preview ? (
        <Notice text="There is no preview for this kind of file." root={root} path={path} />
      ) : preview.kind === 'audio' || preview.kind === 'video' ? (
        <Player kind={preview.kind} url={artifactUrl(root, path)} name={path} />
      ) : preview.kind === 'parquet' && bytes !== undefined ? (
        <Suspense fallback={<Loading />}>
          <ParquetPreview root={root} path={path} bytes={bytes} />
        </Suspense>
      ) : bytes !== undefined && bytes > largeFor(preview) && !anyway ? (
        <Notice
          text={`This file has ${formatBytes(bytes)}.`}
          root={root}
          path={path}
          onShow={() => setAnyway(true)}
        />
      ) : preview.kind === 'image' || preview.kind === 'pdf' ? (
        <Bytes root={root} path={path} preview={preview} />
      ) : (
        <Text root={root} path={path} preview={preview} />
      )}
    </section>
  )
}

const largeFor = ({ kind }: Preview) => (kind === 'html' ? LARGE_DOCUMENT : LARGE)

interface NoticeProps {
  text: string
  root: ArtifactRoot
  path: string
  onShow?: () => void
}

function Notice({ text, root, path, onShow }: NoticeProps) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-3 bg-canvas p-8 text-muted">
      <p>{text}</p>
      <div className="flex gap-2">
        <a
          href={artifactUrl(root, path)}
          download={path.split('/').at(-1)}
          className={buttonClass()}
        >
          <Download size={13} /> Download
        </a>
        {onShow && <Button onClick={onShow}>Show anyway</Button>}
      </div>
    </div>
  )
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="p-5">
      <div className="skeleton h-4 w-1/2" />
    </div>
  )
}

/** What a browser plays from any place in the file: it asks for the parts that it needs. */
function Player({ kind, url, name }: { kind: 'audio' | 'video'; url: string; name: string }) {
  const [failed, setFailed] = useState(false)
  const attributes = {
    src: url,
    controls: true,
    preload: 'metadata',
    'aria-label': name,
    onError: () => setFailed(true),
  } as const
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-3 overflow-auto bg-canvas p-5">
      {kind === 'audio' ? (
        <audio {...attributes} className="w-full max-w-xl" />
      ) : (
        <video {...attributes} className="max-h-full max-w-full rounded-md" />
      )}
      {failed && (
        <p role="alert" className="text-muted">
          This browser cannot play the file. Download it to play it elsewhere.
        </p>
      )}
    </div>
  )
}

function Bytes({ root, path, preview }: { root: ArtifactRoot; path: string; preview: Preview }) {
  const query = useQuery(artifactBlobQuery(root, path, preview.detail))
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!query.data) return
    const made = URL.createObjectURL(query.data)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [query.data])
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!url) return <Loading />
  // The type is ours, not the server's: nothing but a PDF is made of these bytes.
  if (preview.kind === 'pdf') {
    return <iframe title={path} src={url} className="min-h-0 flex-1 bg-canvas" />
  }
  return (
    <div className="flex min-h-0 flex-1 items-center justify-center overflow-auto bg-canvas p-5">
      {/* An <img> runs no script, even of an SVG. */}
      <img
        src={url}
        alt={path}
        className="max-h-full max-w-full rounded-sm bg-[repeating-conic-gradient(#0000000d_0_25%,transparent_0_50%)] bg-[length:16px_16px] object-contain"
      />
    </div>
  )
}

function Text({ root, path, preview }: { root: ArtifactRoot; path: string; preview: Preview }) {
  const query = useQuery(artifactTextQuery(root, path))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) return <Loading />
  const text = query.data
  if (preview.kind === 'table') return <TablePreview text={text} separator={preview.detail} />
  if (preview.kind === 'html') {
    return <DocumentFrame key={text} title={path} html={text} />
  }
  if (preview.kind === 'json') return <Json text={text} root={root} />
  if (preview.kind === 'markdown') {
    return (
      <section aria-label="Content" tabIndex={0} className="min-h-0 flex-1 overflow-auto p-5">
        <Markdown source={text} />
      </section>
    )
  }
  return (
    <Suspense fallback={<Loading />}>
      <Code text={text} language={preview.detail} />
    </Suspense>
  )
}

/** JSON as text, and as the table that it is where `mlflow.log_table` wrote it. */
function Json({ text, root }: { text: string; root: ArtifactRoot }) {
  const table = useMemo(() => parseLoggedTable(text), [text])
  const [shown, setShown] = useState<'table' | 'text'>('table')
  return (
    <>
      {table && (
        <div className="flex h-10 shrink-0 items-center border-b px-4">
          <Segmented
            label="Shown as"
            value={shown}
            options={[
              { value: 'table', label: 'Table' },
              { value: 'text', label: 'JSON' },
            ]}
            onChange={setShown}
          />
        </div>
      )}
      {table && shown === 'table' ? (
        <TextTable
          header={table.header}
          cells={table.rows}
          note={plural(table.rows.length, 'row')}
          root={root}
        />
      ) : (
        <Suspense fallback={<Loading />}>
          <Code text={indented(text)} language="json" />
        </Suspense>
      )}
    </>
  )
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
