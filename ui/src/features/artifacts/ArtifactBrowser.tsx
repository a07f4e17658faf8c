import { useQuery } from '@tanstack/react-query'
import {
  ChevronRight,
  File,
  FileAudio,
  FileCode2,
  FileText,
  FileVideo,
  Folder,
  FolderOpen,
  Image,
  Sheet,
} from 'lucide-react'
import { useEffect, useState } from 'react'
import { classes } from '~/components/classes'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { ArtifactPreview } from '~/features/artifacts/ArtifactPreview'
import { previewOf } from '~/features/artifacts/kinds'
import { type ArtifactRoot, artifactsQuery } from '~/features/artifacts/queries'
import { UploadBar } from '~/features/artifacts/UploadBar'
import { useFileDrop } from '~/features/artifacts/useFileDrop'
import { type UploadTarget, useUpload } from '~/features/artifacts/useUpload'
import { messageOf } from '~/lib/api'
import { formatBytes } from '~/lib/numbers'
import type { ArtifactFile } from '~/lib/wire'

interface Props {
  root: ArtifactRoot
  /** Where files can be added, if they can. */
  target?: UploadTarget
  /** The chosen file, part of the link. */
  path: string | undefined
  onPath: (path: string | undefined) => void
}

const nameOf = (path: string) => path.split('/').at(-1) ?? path

/** Files in a tree, and the chosen one beside it. */
export function ArtifactBrowser({ root, target, path, onPath }: Props) {
  const top = useQuery(artifactsQuery(root, ''))
  const [chosen, setChosen] = useState<ArtifactFile>()
  const upload = useUpload(target)
  const drop = useFileDrop(target ? (files) => void upload.send(files) : undefined)
  if (top.isPending) {
    return <div role="status" aria-label="Loading" className="skeleton m-5 h-5 w-52" />
  }
  if (top.isError) return <ErrorState error={top.error} onRetry={() => void top.refetch()} />
  if (top.data.length === 0) {
    return (
      <div {...drop.handlers} className={classes('flex-1', drop.over && 'bg-accent-soft')}>
        <EmptyState
          title="No artifacts"
          icon={<Folder size={18} />}
          actions={target && <UploadBar upload={upload} />}
        >
          Files, plots and models that a run logs appear here:{' '}
          <code className="font-mono text-xs">mlflow.log_artifact("plot.png")</code>
        </EmptyState>
      </div>
    )
  }
  const file = chosen?.path === path ? chosen : undefined
  return (
    <div className="flex min-h-0 flex-1 flex-col md:flex-row">
      <nav
        aria-label="Files"
        {...drop.handlers}
        className={classes(
          'flex shrink-0 flex-col overflow-y-auto border-b p-2 md:h-auto md:w-72 md:border-r md:border-b-0',
          path ? 'max-h-52 md:max-h-none' : 'flex-1 md:flex-none',
          drop.over && 'bg-accent-soft',
        )}
      >
        <FileList
          root={root}
          files={top.data}
          depth={0}
          path={path}
          onFile={(next) => {
            setChosen(next)
            onPath(next.path)
          }}
        />
        {target && (
          <div className="mt-2 flex border-t px-1.5 pt-2">
            <UploadBar upload={upload} kind="plain" />
          </div>
        )}
      </nav>
      {path ? (
        <ArtifactPreview key={path} root={root} path={path} size={file?.file_size} />
      ) : (
        <p className="hidden flex-1 items-center justify-center bg-canvas text-faint md:flex">
          Choose a file to see it here.
        </p>
      )}
    </div>
  )
}

interface ListProps {
  root: ArtifactRoot
  files: ArtifactFile[]
  depth: number
  path: string | undefined
  onFile: (file: ArtifactFile) => void
}

function FileList({ files, ...rest }: ListProps) {
  return (
    <ul>
      {files.map((file) => (
        <li key={file.path}>
          {file.is_dir ? <FolderRow folder={file} {...rest} /> : <FileRow file={file} {...rest} />}
        </li>
      ))}
    </ul>
  )
}

const ROW = 'flex h-7 w-full min-w-0 items-center gap-2 rounded-md pr-2 text-left hover:bg-hover'
const indent = (depth: number) => ({ paddingLeft: 6 + depth * 16 })

function FolderRow({
  folder,
  root,
  depth,
  path,
  onFile,
}: Omit<ListProps, 'files'> & { folder: ArtifactFile }) {
  const holdsChosen = path?.startsWith(`${folder.path}/`) ?? false
  const [open, setOpen] = useState(holdsChosen)
  useEffect(() => {
    if (holdsChosen) setOpen(true)
  }, [holdsChosen])
  const inside = useQuery({ ...artifactsQuery(root, folder.path), enabled: open })
  const Icon = open ? FolderOpen : Folder
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className={ROW}
        style={indent(depth)}
      >
        <ChevronRight
          size={12}
          className={classes(
            'shrink-0 text-faint transition-transform duration-100',
            open && 'rotate-90',
          )}
        />
        <Icon size={14} className="shrink-0 text-accent" />
        <span className="truncate" title={folder.path}>
          {nameOf(folder.path)}
        </span>
      </button>
      {open && inside.isError && (
        <p role="alert" className="px-8 py-1 text-xs text-bad">
          {messageOf(inside.error)}
        </p>
      )}
      {open && inside.data?.length === 0 && (
        <p className="py-1 text-xs text-faint" style={indent(depth + 2)}>
          Empty
        </p>
      )}
      {open && inside.data && (
        <FileList root={root} files={inside.data} depth={depth + 1} path={path} onFile={onFile} />
      )}
    </>
  )
}

const ICONS = {
  image: Image,
  audio: FileAudio,
  video: FileVideo,
  pdf: FileText,
  table: Sheet,
  parquet: Sheet,
  code: FileCode2,
  json: FileCode2,
  html: FileCode2,
  markdown: FileText,
  text: FileText,
}

function FileRow({ file, depth, path, onFile }: Omit<ListProps, 'files'> & { file: ArtifactFile }) {
  const kind = previewOf(file.path)?.kind
  const Icon = kind ? ICONS[kind] : File
  return (
    <button
      type="button"
      aria-current={file.path === path || undefined}
      onClick={() => onFile(file)}
      className={classes(ROW, 'aria-[current]:bg-selected')}
      style={indent(depth)}
    >
      <span className="w-3 shrink-0" />
      <Icon size={14} className="shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate" title={file.path}>
        {nameOf(file.path)}
      </span>
      {file.file_size !== undefined && (
        <span className="shrink-0 text-xs text-faint tabular">
          {formatBytes(Number(file.file_size))}
        </span>
      )}
    </button>
  )
}
