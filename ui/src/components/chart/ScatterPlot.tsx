import { useRef } from 'react'
import { type Axis, heat } from '~/components/chart/axes'
import type { PlottedItem } from '~/components/chart/ParallelCoordinates'
import { useSize } from '~/lib/useSize'

interface Props {
  label: string
  /** x, y and, where there is one, colour: places in the items' values. */
  x: { axis: Axis; index: number }
  y: { axis: Axis; index: number }
  color: { axis: Axis; index: number } | undefined
  items: PlottedItem[]
  highlighted: string | undefined
  onHighlight: (id: string | undefined) => void
  onOpen: (id: string) => void
}

const HEIGHT = 300
const LEFT = 56
const BOTTOM = 24
const PAD = 12

/** Each item a dot. */
export function ScatterPlot(props: Props) {
  const { x, y, color, items, highlighted, onHighlight, onOpen } = props
  const box = useRef<HTMLDivElement>(null)
  const width = useSize(box)
  const right = Math.max(LEFT + 40, width - PAD)
  const xOf = (place: number) => LEFT + PAD + place * (right - LEFT - 2 * PAD)
  const yOf = (place: number) => PAD + (1 - place) * (HEIGHT - BOTTOM - 2 * PAD)
  const dots = items.flatMap((item) => {
    const px = x.axis.place(item.values[x.index])
    const py = y.axis.place(item.values[y.index])
    if (px === undefined || py === undefined) return []
    const shade = color ? heat(color.axis.place(item.values[color.index])) : 'var(--color-accent)'
    return [{ ...item, cx: xOf(px), cy: yOf(py), shade }]
  })
  const top = dots.find((dot) => dot.id === highlighted)
  return (
    <div ref={box} className="min-w-0">
      <svg
        role="img"
        aria-label={props.label}
        width={width}
        height={HEIGHT}
        className="block text-2xs"
      >
        {y.axis.ticks.map((tick) => (
          <g key={`y${tick.at}${tick.text}`}>
            <line
              x1={LEFT}
              x2={right}
              y1={yOf(tick.at)}
              y2={yOf(tick.at)}
              className="stroke-line"
            />
            <text x={LEFT - 6} y={yOf(tick.at) + 3.5} textAnchor="end" className="fill-faint">
              {tick.text.length > 9 ? `${tick.text.slice(0, 8)}…` : tick.text}
            </text>
          </g>
        ))}
        {x.axis.ticks.map((tick) => (
          <text
            key={`x${tick.at}${tick.text}`}
            x={xOf(tick.at)}
            y={HEIGHT - 8}
            textAnchor="middle"
            className="fill-faint"
          >
            {tick.text.length > 9 ? `${tick.text.slice(0, 8)}…` : tick.text}
          </text>
        ))}
        {dots.map((dot) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the table lists the same runs with links
          <circle
            key={dot.id}
            cx={dot.cx}
            cy={dot.cy}
            r={dot.id === highlighted ? 6.5 : 4.5}
            fill={dot.shade}
            fillOpacity={top && dot !== top ? 0.3 : 0.85}
            stroke="var(--color-surface)"
            className="cursor-pointer"
            onPointerEnter={() => onHighlight(dot.id)}
            onPointerLeave={() => onHighlight(undefined)}
            onClick={() => onOpen(dot.id)}
          />
        ))}
      </svg>
      <p className="h-6 truncate px-3 text-xs text-faint tabular">
        {top ? (
          <>
            <span className="text-ink">{top.label}</span> · {x.axis.label} {top.values[x.index]} ·{' '}
            {y.axis.label} {top.values[y.index]}
          </>
        ) : (
          `${dots.length} runs`
        )}
      </p>
    </div>
  )
}
