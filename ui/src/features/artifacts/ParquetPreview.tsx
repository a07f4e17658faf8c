import { useQuery } from '@tanstack/react-query'
import { decompress } from 'fzstd'
import {
  asyncBufferFromUrl,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { type ArtifactRoot, artifactUrl } from '~/features/artifacts/queries'
import { TextTable } from '~/features/artifacts/TablePreview'

interface Props {
  root: ArtifactRoot
  path: string
  bytes: number
}

const MOST_ROWS = 1_000

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return String(value)
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' ? each.toString() : each,
  )
}

/** The first rows; of a large file only the parts that hold them are fetched. */
async function readRows(url: string, byteLength: number) {
  const file = await asyncBufferFromUrl({ url, byteLength })
  const metadata = await parquetMetadataAsync(file)
  const header = parquetSchema(metadata).children.map((child) => child.element.name)
  const rows = await parquetReadObjects({
    file,
    metadata,
    rowEnd: Math.min(MOST_ROWS, Number(metadata.num_rows)),
    compressors: { ZSTD: (input) => decompress(input) },
  })
  const texts = rows.map((row) => header.map((name) => textOf(row[name])))
  return { header, texts, count: Number(metadata.num_rows) }
}

export default function ParquetPreview({ root, path, bytes }: Props) {
  const query = useQuery({
    queryKey: ['artifacts', 'parquet', root, path],
    queryFn: () => readRows(artifactUrl(root, path), bytes),
    retry: false,
    staleTime: 60_000,
  })
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <SkeletonLines lines={12} />
  const { header, texts, count } = query.data
  const rows = count.toLocaleString('en-US')
  const note = count > texts.length ? `The first ${texts.length} of ${rows} rows` : `${rows} rows`
  return <TextTable header={header} cells={texts} note={note} />
}
