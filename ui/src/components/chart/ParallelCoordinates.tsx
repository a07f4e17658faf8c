import { type PointerEvent, useMemo, useRef, useState } from 'react'
import { type Axis, heat } from '~/components/chart/axes'
import { classes } from '~/components/classes'
import { useSize } from '~/lib/useSize'

export interface PlottedItem {
  id: string
  label: string
  /** One value an axis, in their order. */
  values: (string | undefined)[]
}

interface Props {
  label: string
  axes: Axis[]
  items: PlottedItem[]
  /** The axis that colours the lines. */
  colorBy: number
  highlighted: string | undefined
  onHighlight: (id: string | undefined) => void
  onOpen: (id: string) => void
}

type Range = [number, number]

const HEIGHT = 320
const TOP = 34
const BOTTOM = 12
const SIDE = 64

const inner = HEIGHT - TOP - BOTTOM
const yOf = (place: number) => TOP + (1 - place) * inner

/** Each item a line over all axes; dragging along an axis leaves only the lines that cross there. */
export function ParallelCoordinates(props: Props) {
  const { axes, items, colorBy, highlighted, onHighlight, onOpen } = props
  const box = useRef<HTMLDivElement>(null)
  const width = useSize(box)
  const [brushes, setBrushes] = useState<Record<string, Range>>({})
  const gap = axes.length > 1 ? Math.max(84, (width - 2 * SIDE) / (axes.length - 1)) : 0
  const full = Math.max(width, 2 * SIDE + gap * (axes.length - 1))
  const lines = useMemo(
    () =>
      items.map((item) => {
        const places = axes.map((axis, index) => axis.place(item.values[index]))
        let path = ''
        let pen = 'M'
        places.forEach((place, index) => {
          if (place === undefined) {
            pen = 'M'
            return
          }
          path += `${pen}${(SIDE + gap * index).toFixed(1)} ${yOf(place).toFixed(1)}`
          pen = 'L'
        })
        return { ...item, places, path, color: heat(places[colorBy]) }
      }),
    [items, axes, gap, colorBy],
  )
  const chosen = (places: (number | undefined)[]) =>
    axes.every((axis, index) => {
      const brush = brushes[axis.id]
      const place = places[index]
      return !brush || (place !== undefined && place >= brush[0] && place <= brush[1])
    })
  const count = lines.filter((line) => chosen(line.places)).length
  const top = lines.find((line) => line.id === highlighted)
  const brushed = Object.keys(brushes).length > 0
  return (
    <div ref={box} className="min-w-0">
      {/* biome-ignore lint/a11y/useSemanticElements: a scrolling region around one picture */}
      <div role="group" aria-label={props.label} tabIndex={0} className="overflow-x-auto">
        <svg width={full} height={HEIGHT} className="block select-none text-2xs">
          <title>{props.label}</title>
          <g fill="none">
            {lines.map((line) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the table lists the same runs with links
              <path
                key={line.id}
                d={line.path}
                stroke={line.color}
                strokeWidth={1.3}
                opacity={!chosen(line.places) ? 0.05 : top ? 0.18 : 0.62}
                className="cursor-pointer"
                onPointerEnter={() => onHighlight(line.id)}
                onPointerLeave={() => onHighlight(undefined)}
                onClick={() => onOpen(line.id)}
              />
            ))}
            {top && (
              <path
                d={top.path}
                stroke={top.color}
                strokeWidth={3}
                className="pointer-events-none"
              />
            )}
          </g>
          {axes.map((axis, index) => (
            <AxisLine
              key={axis.id}
              axis={axis}
              x={SIDE + gap * index}
              strong={index === colorBy}
              brush={brushes[axis.id]}
              onBrush={(range) =>
                setBrushes(({ [axis.id]: _, ...others }) =>
                  range ? { ...others, [axis.id]: range } : others,
                )
              }
            />
          ))}
        </svg>
      </div>
      <p className="flex min-h-6 items-center gap-2 px-3 pb-1 text-xs text-faint tabular">
        {top ? (
          <span className="truncate text-ink">{top.label}</span>
        ) : brushed ? (
          <>
            {count} of {items.length}
            <button
              type="button"
              onClick={() => setBrushes({})}
              className="rounded-sm px-1 text-accent hover:underline"
            >
              Show all
            </button>
          </>
        ) : (
          'Drag along an axis to narrow down; click a line to open its run.'
        )}
      </p>
    </div>
  )
}

interface AxisLineProps {
  axis: Axis
  x: number
  strong: boolean
  brush: Range | undefined
  onBrush: (range: Range | undefined) => void
}

function AxisLine({ axis, x, strong, brush, onBrush }: AxisLineProps) {
  const start = useRef<number>(undefined)
  const placeOf = (event: PointerEvent<SVGRectElement>) => {
    const { top } = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, 1 - (event.clientY - top) / inner))
  }
  return (
    <g>
      <text
        x={x}
        y={14}
        textAnchor="middle"
        className={classes(strong ? 'fill-ink font-semibold' : 'fill-muted font-medium')}
      >
        {axis.label.length > 22 ? `…${axis.label.slice(-21)}` : axis.label}
        <title>{axis.label}</title>
      </text>
      <line x1={x} x2={x} y1={TOP} y2={HEIGHT - BOTTOM} className="stroke-line-strong" />
      {axis.ticks.map((tick) => (
        <text
          key={`${tick.at} ${tick.text}`}
          x={x - 6}
          y={yOf(tick.at) + 3.5}
          textAnchor="end"
          className="fill-faint [paint-order:stroke] stroke-surface [stroke-width:3px]"
        >
          {tick.text.length > 9 ? `${tick.text.slice(0, 8)}…` : tick.text}
        </text>
      ))}
      {brush && (
        <rect
          x={x - 7}
          width={14}
          y={yOf(brush[1])}
          height={Math.max(3, (brush[1] - brush[0]) * inner)}
          rx={2}
          className="fill-accent/25 stroke-accent"
        />
      )}
      <rect
        x={x - 14}
        width={28}
        y={TOP}
        height={inner}
        className="cursor-row-resize fill-transparent"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          start.current = placeOf(event)
          onBrush(undefined)
        }}
        onPointerMove={(event) => {
          if (start.current === undefined) return
          const now = placeOf(event)
          const range: Range = [Math.min(start.current, now), Math.max(start.current, now)]
          if (range[1] - range[0] > 0.01) onBrush(range)
        }}
        onPointerUp={() => {
          start.current = undefined
        }}
      />
    </g>
  )
}
