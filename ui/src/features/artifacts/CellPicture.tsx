import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { previewOf } from '~/features/artifacts/kinds'
import type { Picture } from '~/features/artifacts/loggedTable'
import { type ArtifactRoot, artifactBlobQuery } from '~/features/artifacts/queries'
import { messageOf } from '~/lib/api'

interface Props {
  root: ArtifactRoot
  picture: Picture
  full: boolean
}

/** A picture in a cell of a table: small from the smaller file, in full from the whole one. */
export function CellPicture({ root, picture, full }: Props) {
  const path = full ? picture.path : picture.preview
  const query = useQuery(artifactBlobQuery(root, path, previewOf(path)?.detail ?? 'image/png'))
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!query.data) return
    const made = URL.createObjectURL(query.data)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [query.data])
  if (query.isError) {
    return (
      <span className="text-xs text-bad" title={messageOf(query.error)}>
        no picture
      </span>
    )
  }
  if (!url) return <span className="skeleton inline-block size-12 align-middle" />
  return (
    <img
      src={url}
      alt={picture.path.split('/').at(-1) ?? picture.path}
      title={picture.path}
      className={
        full
          ? 'max-h-[50vh] max-w-full rounded-sm object-contain'
          : 'max-h-16 max-w-full rounded-sm object-contain'
      }
    />
  )
}
