import { type PointerEvent, useRef, useState } from 'react'
import type { TimeFrame } from '~/lib/spans'
import { formatDuration } from '~/lib/time'

interface Props {
  frame: TimeFrame
  /** Where the trace begins: times count from there. */
  origin: number
  onZoom: (frame: TimeFrame | undefined) => void
}

const LEAST_DRAG = 5

/** Short as a tick has to be: "0", "250ms", "1.5s". */
function tick(milliseconds: number): string {
  if (milliseconds === 0) return '0'
  if (milliseconds < 1) return `${Number((milliseconds * 1000).toPrecision(3))}µs`
  if (milliseconds < 10) return `${Number(milliseconds.toPrecision(2))}ms`
  return formatDuration(milliseconds)
}

/** The scale above the bars. Dragging over it shows that part alone. */
export function TimeAxis({ frame, origin, onZoom }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<[number, number]>()
  const at = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect()
    return rect ? Math.max(0, Math.min(rect.width, event.clientX - rect.left)) : 0
  }
  const end = () => {
    const width = box.current?.clientWidth ?? 0
    if (drag && width > 0 && Math.abs(drag[1] - drag[0]) >= LEAST_DRAG) {
      const length = frame.end - frame.start
      const [low, high] = [Math.min(...drag), Math.max(...drag)]
      onZoom({
        start: frame.start + (low / width) * length,
        end: frame.start + (high / width) * length,
      })
    }
    setDrag(undefined)
  }
  const length = frame.end - frame.start
  return (
    <div
      ref={box}
      aria-hidden
      title="Drag to zoom, double-click to show all"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        setDrag([at(event), at(event)])
      }}
      onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
      onPointerUp={end}
      onDoubleClick={() => onZoom(undefined)}
      className="relative h-full min-w-0 flex-1 cursor-col-resize overflow-hidden select-none"
    >
      {[0, 1, 2].map((third) => (
        <span
          key={third}
          className="absolute inset-y-0 flex items-center border-l pl-1 text-2xs whitespace-nowrap text-faint tabular"
          style={{ left: `${third * 33.33}%` }}
        >
          {tick(frame.start - origin + (third * length) / 3)}
        </span>
      ))}
      {drag && (
        <span
          className="absolute inset-y-0 bg-accent/25"
          style={{ left: Math.min(...drag), width: Math.abs(drag[1] - drag[0]) }}
        />
      )}
    </div>
  )
}
