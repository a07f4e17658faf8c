import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { axisOf } from '~/components/chart/axes'
import { ParallelCoordinates, type PlottedItem } from '~/components/chart/ParallelCoordinates'
import { ScatterPlot } from '~/components/chart/ScatterPlot'
import { EmptyState } from '~/components/EmptyState'
import { Select } from '~/components/Select'
import {
  type FieldFacts,
  fieldValue,
  parseField,
  SYSTEM_PREFIX,
} from '~/features/tracking/runs/fields'
import { FEWEST_RUNS, importances } from '~/features/tracking/runs/importance'
import { plural } from '~/lib/numbers'
import { runName } from '~/lib/runs'
import type { Run } from '~/lib/wire'

interface Choices {
  metric?: string
  sx?: string
  sy?: string
}

interface Props {
  runs: Run[]
  facts: FieldFacts[]
  telling: string[]
  selection: string[]
  choices: Choices
  onChoices: (change: Choices) => void
  more: boolean
  onMore: () => void
}

/** So many runs are read without being asked for; more would be drawn over each other. */
const ENOUGH = 500
const MOST_PARAMS = 8

const textOf = (run: Run, id: string): string | undefined => {
  const key = parseField(id)
  const value = key && fieldValue(run, key)
  return value === undefined ? undefined : String(value)
}

/** What the runs' params have to do with a metric. Nested runs are drawn whether or not they are folded. */
export default function RunsExplorer(props: Props) {
  const { facts, telling, selection, choices, onChoices, more, onMore } = props
  const navigate = useNavigate()
  const [highlighted, setHighlighted] = useState<string>()
  const loaded = props.runs.length
  useEffect(() => {
    if (more && loaded < ENOUGH) onMore()
  }, [more, loaded, onMore])

  const metrics = useMemo(
    () =>
      facts
        .filter((each) => each.kind === 'metric' && !each.key.startsWith(SYSTEM_PREFIX))
        .sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true })),
    [facts],
  )
  const params = useMemo(
    () => facts.filter((each) => each.kind === 'param' && each.differs),
    [facts],
  )
  const first = telling.find((id) => id.startsWith('metric:')) ?? metrics[0]?.id
  const metric = metrics.find((each) => each.id === choices.metric)?.id ?? first
  const runs = useMemo(() => {
    const chosen = new Set(selection)
    return props.runs.filter(
      (run) =>
        (chosen.size === 0 || chosen.has(run.info.run_id)) &&
        (metric === undefined || textOf(run, metric) !== undefined),
    )
  }, [props.runs, selection, metric])

  const ranking = useMemo(() => {
    if (!metric) return []
    return importances(
      params.map(({ id, key }) => ({ key, values: runs.map((run) => textOf(run, id)) })),
      runs.map((run) => Number(textOf(run, metric))),
    )
  }, [params, runs, metric])
  const plot = useMemo(() => {
    if (!metric) return undefined
    const ranked = ranking.map((each) => `param:${each.key}`)
    const varying = params.filter((each) => each.varies).map((each) => each.id)
    const wanted = (ranked.length > 0 ? ranked : varying).slice(0, MOST_PARAMS)
    const found = [...wanted, metric].flatMap((id) => {
      const label = parseField(id)?.key ?? id
      const axis = axisOf(
        id,
        label,
        runs.map((run) => textOf(run, id)),
      )
      return axis ? [axis] : []
    })
    const items = runs.map(
      (run): PlottedItem => ({
        id: run.info.run_id,
        label: `${runName(run)} · ${parseField(metric)?.key} ${textOf(run, metric)}`,
        values: found.map((axis) => textOf(run, axis.id)),
      }),
    )
    return { axes: found, items }
  }, [metric, ranking, params, runs])

  if (!metric || !plot || runs.length === 0) {
    return (
      <EmptyState title="Nothing to explore yet">
        As soon as some runs have a metric, this shows what their parameters have to do with it.
      </EmptyState>
    )
  }
  const open = (id: string) => void navigate({ to: '/runs/$runId', params: { runId: id } })
  const hovering = { highlighted, onHighlight: setHighlighted, onOpen: open }
  const metricName = parseField(metric)?.key ?? ''
  return (
    <section
      aria-label="Explore"
      tabIndex={0}
      className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto bg-canvas p-4 md:p-5"
    >
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-muted">What drives</span>
        <Select
          label="Metric"
          value={metric}
          options={metrics.map((each) => ({ value: each.id, label: each.key }))}
          onChange={(next) => onChoices({ metric: next })}
        />
        <span className="text-xs text-faint tabular">
          {plural(runs.length, 'run')}
          {more && `, of those loaded`}
        </span>
      </div>
      <Panel title="Parallel coordinates">
        <ParallelCoordinates
          label={`Parameters and ${metricName} of ${runs.length} runs`}
          axes={plot.axes}
          items={plot.items}
          colorBy={plot.axes.length - 1}
          {...hovering}
        />
      </Panel>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
        <Panel
          title="Parameter importance"
          note="How much of the metric's variation each parameter explains by itself."
        >
          <ImportanceBars ranking={ranking} runs={runs.length} />
        </Panel>
        <Scatter
          fields={[...params, ...metrics]}
          runs={runs}
          x={choices.sx ?? (ranking[0] ? `param:${ranking[0].key}` : (params[0]?.id ?? metric))}
          y={choices.sy ?? metric}
          color={metric}
          onChoices={onChoices}
          {...hovering}
        />
      </div>
    </section>
  )
}

interface PanelProps {
  title: string
  note?: string
  actions?: ReactNode
  children: ReactNode
}

function Panel({ title, note, actions, children }: PanelProps) {
  return (
    <section className="min-w-0 rounded-lg border bg-surface">
      <header className="flex min-h-9 flex-wrap items-center gap-2 px-3 py-1">
        <h3 className="text-sm font-medium">{title}</h3>
        {note && <p className="text-xs text-faint">{note}</p>}
        {actions}
      </header>
      {children}
    </section>
  )
}

function ImportanceBars({
  ranking,
  runs,
}: {
  ranking: ReturnType<typeof importances>
  runs: number
}) {
  if (ranking.length === 0) {
    return (
      <p className="px-3 pb-6 text-muted">
        {runs < FEWEST_RUNS
          ? `That takes at least ${FEWEST_RUNS} runs.`
          : 'No parameter differs between these runs.'}
      </p>
    )
  }
  return (
    <ul aria-label="Parameter importance" className="flex flex-col gap-1 px-3 pb-4">
      {ranking.slice(0, 12).map(({ key, explained, direction }) => (
        <li
          key={key}
          className="grid h-6 grid-cols-[minmax(0,34%)_1fr_92px] items-center gap-2 text-xs"
        >
          <span className="truncate text-right text-muted" title={key}>
            {key}
          </span>
          <span className="h-3 overflow-hidden rounded-xs bg-sunken">
            <span
              className="block h-full rounded-xs bg-accent-solid"
              style={{ width: `${explained * 100}%` }}
            />
          </span>
          <span className="tabular">
            {Math.round(explained * 100)} %
            {direction !== undefined && explained > 0.05 && Math.abs(direction) > 0.2 && (
              <span className="text-faint">{direction > 0 ? ' · rises' : ' · falls'}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

interface ScatterProps {
  fields: FieldFacts[]
  runs: Run[]
  x: string
  y: string
  color: string
  onChoices: (change: Choices) => void
  highlighted: string | undefined
  onHighlight: (id: string | undefined) => void
  onOpen: (id: string) => void
}

function Scatter({ fields, runs, x, y, color, onChoices, ...hovering }: ScatterProps) {
  const options = fields.map((each) => ({ value: each.id, label: each.key }))
  const { axes, items } = useMemo(() => {
    const ids = [x, y, color]
    return {
      axes: ids.map((id) =>
        axisOf(
          id,
          parseField(id)?.key ?? id,
          runs.map((run) => textOf(run, id)),
        ),
      ),
      items: runs.map(
        (run): PlottedItem => ({
          id: run.info.run_id,
          label: runName(run),
          values: ids.map((id) => textOf(run, id)),
        }),
      ),
    }
  }, [runs, x, y, color])
  const [xAxis, yAxis, colorAxis] = axes
  return (
    <Panel
      title="Scatter"
      actions={
        <span className="ml-auto flex items-center gap-1.5">
          <Select
            label="X axis of the scatter"
            value={x}
            options={options}
            onChange={(sx) => onChoices({ sx })}
            className="h-6 max-w-36 text-xs"
          />
          <Select
            label="Y axis of the scatter"
            value={y}
            options={options}
            onChange={(sy) => onChoices({ sy })}
            className="h-6 max-w-36 text-xs"
          />
        </span>
      }
    >
      {xAxis && yAxis ? (
        <ScatterPlot
          label={`${yAxis.label} over ${xAxis.label} of ${runs.length} runs`}
          x={{ axis: xAxis, index: 0 }}
          y={{ axis: yAxis, index: 1 }}
          color={colorAxis && { axis: colorAxis, index: 2 }}
          items={items}
          {...hovering}
        />
      ) : (
        <p className="px-3 pb-6 text-muted">These runs have nothing to put on one of the axes.</p>
      )}
    </Panel>
  )
}
