import type { Tag } from '~/lib/wire'

export function TagChip({ tag }: { tag: Tag }) {
  return (
    <span
      title={`${tag.key}: ${tag.value}`}
      className="inline-flex max-w-44 shrink-0 items-center rounded-sm border bg-surface px-1.5 text-xs leading-[18px]"
    >
      <span className="truncate text-faint">{tag.key}</span>
      {tag.value && <span className="ml-1 min-w-0 truncate text-ink">{tag.value}</span>}
    </span>
  )
}
