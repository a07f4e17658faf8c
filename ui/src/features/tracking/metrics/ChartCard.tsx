import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Maximize2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { IconButton } from '~/components/Button'
import { ValueBars } from '~/components/chart/ValueBars'
import { Dialog } from '~/components/Dialog'
import {
  type ChartRun,
  historyQuery,
  type Steps,
  toLines,
} from '~/features/tracking/metrics/history'
import type { ChartSettings } from '~/features/tracking/metrics/settings'
import { messageOf } from '~/lib/api'
import { formatNumber } from '~/lib/numbers'

const LineChart = lazy(() => import('~/components/chart/LineChart'))

interface Props {
  metricKey: string
  runs: ChartRun[]
  runIds: ReadonlySet<string>
  settings: ChartSettings
  /** The part of x that all charts of the page show. */
  zoom: [number, number] | undefined
  onZoom: (zoom: [number, number] | undefined) => void
  highlighted?: string
}

const HEIGHT = 200
const LARGE = 460

/** True once the element has come near the window: charts far below ask for nothing. */
function useSeen() {
  const ref = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const element = ref.current
    if (!element || seen) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((each) => each.isIntersecting) && setSeen(true),
      {
        rootMargin: '300px',
      },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [seen])
  return { ref, seen }
}

function useChart({ metricKey, runs, runIds, settings, zoom }: Props, seen: boolean) {
  const own = useMemo(() => runs.filter((run) => runIds.has(run.id)), [runs, runIds])
  // On the step axis a zoom asks the server for the points in between.
  const steps: Steps =
    zoom && settings.x === 'step' ? [Math.floor(zoom[0]), Math.ceil(zoom[1])] : undefined
  const query = useQuery({
    ...historyQuery(metricKey, own, steps),
    enabled: seen && own.length > 0,
    placeholderData: keepPreviousData,
  })
  const lines = useMemo(
    () => toLines(query.data ?? [], own, settings.x, settings.smoothing),
    [query.data, own, settings.x, settings.smoothing],
  )
  return { query, lines, own }
}

export function ChartCard(props: Props) {
  const { metricKey, settings, highlighted, zoom, onZoom } = props
  const { ref, seen } = useSeen()
  const { query, lines, own } = useChart(props, seen)
  const [large, setLarge] = useState(false)
  const [only] = own.length === 1 ? lines.filter((line) => !line.faint) : []
  const latest = only?.y.findLast((value) => value !== null)
  const single = lines.length > 0 && lines.every((line) => line.x.length === 1)
  const chart = (height: number) =>
    single ? (
      <ValueBars
        values={lines.map(({ id, label, color, y }) => ({
          id,
          label,
          color,
          value: y[0] ?? Number.NaN,
        }))}
        height={height}
        highlighted={highlighted}
      />
    ) : (
      <Suspense fallback={<div style={{ height }} />}>
        <LineChart
          label={`${metricKey}, ${own.length} runs`}
          lines={lines}
          xKind={settings.x}
          logY={settings.log}
          height={height}
          zoom={zoom}
          onZoom={onZoom}
          group={settings.x}
          highlighted={highlighted}
        />
      </Suspense>
    )
  return (
    <div ref={ref} className="group min-w-0 rounded-lg border bg-surface">
      <div className="flex h-9 items-center gap-2 pr-1.5 pl-3">
        <h3 className="min-w-0 flex-1 truncate text-sm font-medium" title={metricKey}>
          {metricKey}
        </h3>
        {typeof latest === 'number' && !single && (
          <span className="text-muted tabular">{formatNumber(latest)}</span>
        )}
        <IconButton
          label="Enlarge"
          onClick={() => setLarge(true)}
          className="size-6 opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
        >
          <Maximize2 size={13} />
        </IconButton>
      </div>
      <div className="px-1 pb-1" style={{ height: HEIGHT + 4 }}>
        {query.isError ? (
          <p role="alert" className="p-3 text-xs text-bad">
            {messageOf(query.error)}
          </p>
        ) : !seen || query.isPending ? (
          <div className="px-3 pt-2">
            <div className="skeleton" style={{ height: HEIGHT - 24 }} />
          </div>
        ) : (
          chart(HEIGHT)
        )}
      </div>
      <Dialog open={large} onClose={() => setLarge(false)} title={metricKey} wide>
        <div className="flex flex-col gap-3">
          {chart(LARGE)}
          <Legend lines={own} />
        </div>
      </Dialog>
    </div>
  )
}

function Legend({ lines }: { lines: ChartRun[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {lines.map((line) => (
        <li key={line.id} className="flex max-w-60 items-center gap-1.5">
          <span
            aria-hidden
            className="size-2 shrink-0 rounded-full"
            style={{ background: line.color }}
          />
          <span className="truncate">{line.name}</span>
        </li>
      ))}
    </ul>
  )
}
