import { FlaskConical } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { ValueBars } from '~/components/chart/ValueBars'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { Markdown } from '~/components/Markdown'
import { NumberText, ParamText } from '~/components/NumberText'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { StatusBadge } from '~/components/StatusBadge'
import { TagChip } from '~/components/TagChip'
import { Ago, Duration } from '~/components/Time'
import { notify } from '~/components/Toasts'
import { PALETTE } from '~/lib/palette'
import { FAILURE, Line } from '~/routes/dev/-controls'

const LineChart = lazy(() => import('~/components/chart/LineChart'))

const COLORS = [
  ...[
    'canvas',
    'surface',
    'raised',
    'sunken',
    'hover',
    'pressed',
    'selected',
    'line',
    'line-strong',
  ],
  ...[
    'ink',
    'muted',
    'faint',
    'accent',
    'accent-soft',
    'good',
    'good-soft',
    'bad',
    'bad-soft',
    'warn',
    'warn-soft',
  ],
]

export function Colors() {
  return (
    <>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(88px,1fr))] gap-2">
        {COLORS.map((name) => (
          <div key={name} className="text-2xs text-muted">
            <div className="h-8 rounded-md border" style={{ background: `var(--color-${name})` }} />
            {name}
          </div>
        ))}
      </div>
      <Line>
        {PALETTE.map((color) => (
          <span key={color} className="size-5 rounded-full" style={{ background: color }} />
        ))}
      </Line>
    </>
  )
}

export function Text() {
  return (
    <>
      <p className="text-xl font-semibold">Extra large 20</p>
      <p className="text-lg">Large 16</p>
      <p className="text-base">Base 14</p>
      <p>Small 13, the size of most text</p>
      <p className="text-xs text-muted">Extra small 12, muted</p>
      <p className="text-2xs text-faint">Smallest 11, faint</p>
      <Markdown
        source={'**Markdown** with `code`, a [link](https://example.org) and\n\n- a list\n- of two'}
      />
      <Snippet code={'import mlflow\nmlflow.log_metric("loss", 0.1)'} />
    </>
  )
}

const SECOND = 1000

export function Values() {
  const [now] = useState(() => Date.now())
  return (
    <>
      <Line>
        <StatusBadge status="RUNNING" />
        <StatusBadge status="SCHEDULED" />
        <StatusBadge status="FINISHED" />
        <StatusBadge status="FAILED" />
        <StatusBadge status="KILLED" />
      </Line>
      <Line>
        <NumberText value={0.28110565376053936} />
        <NumberText value={25557032} />
        <NumberText value={0.0000017} />
        <NumberText value="NaN" />
        <ParamText value="0.0000174271" />
        <Ago time={now - 190 * SECOND} />
        <Duration start={now - 8000 * SECOND} end={now} />
        <TagChip tag={{ key: 'team', value: 'vision' }} />
      </Line>
    </>
  )
}

const STEPS = Array.from({ length: 80 }, (_, step) => step)
const LINES = PALETTE.slice(0, 4).map((color, index) => ({
  id: color,
  label: `run ${index + 1}`,
  color,
  x: STEPS,
  y: STEPS.map(
    (step) =>
      0.2 +
      index * 0.1 +
      2 * Math.exp(-step / (8 + index * 5)) +
      Math.sin(step * (index + 2)) * 0.02,
  ),
}))

export function Charts() {
  const [zoom, setZoom] = useState<[number, number]>()
  return (
    <>
      <Suspense fallback={<div style={{ height: 200 }} />}>
        <LineChart
          label="Example"
          lines={LINES}
          xKind="step"
          logY={false}
          height={200}
          zoom={zoom}
          onZoom={setZoom}
        />
      </Suspense>
      <ValueBars
        height={100}
        values={LINES.map(({ id, label, color }, index) => ({
          id,
          label,
          color,
          value: 0.9 - index / 5,
        }))}
      />
    </>
  )
}

export function States() {
  return (
    <>
      <SkeletonLines lines={3} />
      <ErrorNote error={FAILURE} />
      <ErrorState error={FAILURE} onRetry={() => notify('Tried again')} />
      <EmptyState title="No runs yet" icon={<FlaskConical size={18} />}>
        Log a run into this experiment, and it appears here.
      </EmptyState>
    </>
  )
}
