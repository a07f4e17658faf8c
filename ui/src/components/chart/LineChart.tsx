import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { type Line, nearestPoint, type XKind } from '~/components/chart/lines'
import { formatNumber, formatTick } from '~/lib/numbers'
import { useThemeChange } from '~/lib/theme'
import { formatDuration, formatExact } from '~/lib/time'

interface Props {
  lines: Line[]
  xKind: XKind
  logY: boolean
  height: number
  /** What part of x is shown; all of it where undefined. */
  zoom: [number, number] | undefined
  onZoom: (zoom: [number, number] | undefined) => void
  /** Charts of one group move their cursors together. */
  group?: string
  highlighted?: string
  label: string
  /** How values read in the hover card and, where it fits, on the axis. */
  formatY?: (value: number) => string
}

interface Hover {
  left: number
  top: number
  x: number
  rows: { id: string; label: string; color: string; y: number }[]
}

const MOST_ROWS = 8

function formatX(x: number, kind: XKind): string {
  if (kind === 'time') return formatExact(x * 1000)
  if (kind === 'relative') return formatDuration(x * 1000)
  return `step ${x.toLocaleString('en-US')}`
}

const DAY = 86_400
const CLOCK = new Intl.DateTimeFormat('en', { timeStyle: 'short', hour12: false })
const DATE = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })

/** A clock time between days, and a date where a day begins. `step` is in seconds. */
function formatTime(time: number, step: number): string {
  if (step < DAY && new Date(time).getHours() + new Date(time).getMinutes() > 0)
    return step < 60
      ? new Date(time).toLocaleTimeString('en', { hour12: false })
      : CLOCK.format(time)
  return DATE.format(time)
}

function color(name: string, element: Element): string {
  // A canvas knows no light-dark(): a computed style resolves it.
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${name})`
  element.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}

function hoverOf(chart: uPlot, lines: Line[], logY: boolean): Hover | undefined {
  const { left, top } = chart.cursor
  if (left === undefined || top === undefined || left < 0) return undefined
  const x = chart.posToVal(left, 'x')
  const found = lines
    .filter((line) => !line.faint)
    .flatMap((line) => {
      const point = nearestPoint(line, x)
      if (!point || (logY && point.y <= 0)) return []
      const distance = Math.abs(chart.valToPos(point.y, 'y') - top)
      return [
        { id: line.id, label: line.label, color: line.color, y: point.y, x: point.x, distance },
      ]
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_ROWS)
  const [first] = found
  if (!first) return undefined
  const rows = found.sort((a, b) => b.y - a.y)
  return { left, top, x: first.x, rows }
}

function options(props: Props, element: Element, width: number): uPlot.Options {
  const grid = color('line', element)
  const text = color('faint', element)
  const axis = { stroke: text, font: '11px "Inter Variable", sans-serif', ticks: { show: false } }
  return {
    width,
    height: props.height,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.15 },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      sync: props.group
        ? {
            key: props.group,
            setSeries: false,
            // Only the cursor follows: a drag is told once, by the chart that it happens in.
            filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
          }
        : undefined,
    },
    scales: {
      x: {
        time: props.xKind === 'time',
        range: props.zoom ? () => props.zoom as [number, number] : xRange,
      },
      y: {
        distr: props.logY ? 3 : 1,
        range: props.logY
          ? undefined
          : (_, low, high) => (low === null ? [0, 1] : uPlot.rangeNum(low, high, 0.08, true)),
      },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 64,
        grid: { show: false },
        border: { show: true, stroke: grid, width: 1 },
        values:
          props.xKind === 'time'
            ? (_, ticks, __, ___, step) => ticks.map((tick) => formatTime(tick * 1000, step))
            : (_, ticks) =>
                ticks.map((tick) => {
                  if (props.xKind === 'relative')
                    return tick === 0 ? '0' : formatDuration(tick * 1000)
                  return Number.isInteger(tick) ? formatTick(tick) : ''
                }),
      },
      {
        ...axis,
        size: 52,
        space: 30,
        grid: { stroke: grid, width: 1 },
        values: (_, ticks) =>
          ticks.map((tick) => (tick === null ? '' : (props.formatY ?? formatTick)(tick))),
      },
    ],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: line.color,
        width: line.faint ? 1 : 1.5,
        alpha: line.faint ? 0.25 : 1,
        spanGaps: true,
        points: line.x.length === 1 ? { show: true, size: 7, fill: line.color } : { show: false },
      })),
    ],
  }
}

function xRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

export default function LineChart(props: Props) {
  const { lines, xKind, logY, height, zoom, onZoom, group, highlighted, label } = props
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const [hover, setHover] = useState<Hover>()
  const [theme, setTheme] = useState(0)
  useThemeChange(() => setTheme((count) => count + 1))

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme draws anew; the others are read from props
  useEffect(() => {
    const element = box.current
    if (!element) return
    const setup = options(props, element, element.clientWidth)
    setup.hooks = {
      setCursor: [
        (each) => setHover(each.over.matches(':hover') ? hoverOf(each, lines, logY) : undefined),
      ],
      setSelect: [
        (each) => {
          const { left, width } = each.select
          if (width > 4) onZoom([each.posToVal(left, 'x'), each.posToVal(left + width, 'x')])
          each.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    }
    const tables = lines.map((line) => [
      line.x,
      logY ? line.y.map((y) => (y !== null && y > 0 ? y : null)) : line.y,
    ])
    const data = tables.length > 0 ? uPlot.join(tables as uPlot.AlignedData[]) : [[]]
    const plot = new uPlot(setup, data as uPlot.AlignedData, element)
    plot.over.addEventListener('dblclick', () => onZoom(undefined))
    chart.current = plot
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      chart.current = undefined
    }
  }, [lines, xKind, logY, height, zoom, onZoom, group, theme])

  useEffect(() => {
    const index = lines.findIndex((line) => line.id === highlighted && !line.faint)
    chart.current?.setSeries(index < 0 ? (null as unknown as number) : index + 1, { focus: true })
  }, [highlighted, lines])

  return (
    <div className="relative" style={{ height }}>
      <div ref={box} role="img" aria-label={label} style={{ height }} />
      {hover && (
        <HoverCard
          hover={hover}
          xKind={xKind}
          width={box.current?.clientWidth ?? 0}
          formatY={props.formatY ?? formatNumber}
        />
      )}
    </div>
  )
}

interface HoverCardProps {
  hover: Hover
  xKind: XKind
  width: number
  formatY: (value: number) => string
}

function HoverCard({ hover, xKind, width, formatY }: HoverCardProps) {
  const toLeft = hover.left + 52 > width / 2
  return (
    <div
      className="popup pointer-events-none absolute top-2 z-10 max-w-64 min-w-32 px-2 py-1.5 text-xs"
      style={toLeft ? { right: width - hover.left - 52 + 12 } : { left: hover.left + 52 + 12 }}
    >
      <div className="mb-0.5 text-faint tabular">{formatX(hover.x, xKind)}</div>
      {hover.rows.map((row) => (
        <div key={row.id} className="flex items-center gap-1.5">
          <span className="size-2 shrink-0 rounded-full" style={{ background: row.color }} />
          <span className="min-w-0 flex-1 truncate text-muted">{row.label}</span>
          <span className="pl-2 font-medium tabular">{formatY(row.y)}</span>
        </div>
      ))}
    </div>
  )
}
