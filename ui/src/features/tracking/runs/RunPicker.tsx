import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { Checkbox } from '~/components/Controls'
import { StatusBadge } from '~/components/StatusBadge'
import type { RunRow } from '~/features/tracking/runs/tree'
import { runName } from '~/lib/runs'

interface Props {
  rows: RunRow[]
  /** Colours of the runs that are drawn. */
  colors: ReadonlyMap<string, string>
  selection: string[]
  onSelection: (ids: string[]) => void
  onHighlight: (id: string | undefined) => void
  onEnd: () => void
}

const HEIGHT = 30

/** The runs beside their charts: what is ticked is drawn. */
export function RunPicker({ rows, colors, selection, onSelection, onHighlight, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 10,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= 0 && last >= rows.length - 10) onEnd()
  }, [last, rows.length, onEnd])
  const toggle = (id: string) => {
    // The first click starts from what is drawn without any choice.
    const chosen = selection.length > 0 ? selection : [...colors.keys()]
    const next = chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]
    onSelection(next)
  }
  return (
    <section
      ref={scroller}
      aria-label="Runs"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto"
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]
          if (!row) return null
          const id = row.run.info.run_id
          const name = runName(row.run)
          const color = colors.get(id)
          return (
            <div
              key={id}
              onPointerEnter={() => onHighlight(id)}
              onPointerLeave={() => onHighlight(undefined)}
              className="absolute inset-x-0 flex items-center gap-2 px-3 hover:bg-hover"
              style={{ top: item.start, height: HEIGHT, paddingLeft: 12 + row.depth * 14 }}
            >
              <Checkbox
                label={`Draw ${name}`}
                checked={color !== undefined}
                onChange={() => toggle(id)}
              />
              <span
                aria-hidden
                className="size-2 shrink-0 rounded-full bg-line-strong"
                style={color ? { background: color } : undefined}
              />
              <Link
                to="/runs/$runId"
                params={{ runId: id }}
                title={name}
                className="min-w-0 flex-1 truncate hover:underline"
              >
                {name}
              </Link>
              <StatusBadge status={row.run.info.status} compact />
            </div>
          )
        })}
      </div>
    </section>
  )
}
