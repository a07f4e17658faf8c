/** Grey lines where text will be. Widths vary, so that it reads as text, and are always the same. */
export function SkeletonLines({ lines, height = 32 }: { lines: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <div key={index} className="flex items-center gap-6 border-b px-4" style={{ height }}>
          <div className="skeleton h-2.5" style={{ width: `${18 + ((index * 37) % 17)}%` }} />
          <div className="skeleton h-2.5 w-16" />
          <div className="skeleton h-2.5" style={{ width: `${8 + ((index * 23) % 11)}%` }} />
        </div>
      ))}
    </div>
  )
}
