import { Link } from '@tanstack/react-router'
import { GitCompareArrows, X } from 'lucide-react'
import { useMemo } from 'react'
import { Button, IconButton } from '~/components/Button'
import { Checkbox } from '~/components/Controls'
import { StatusBadge } from '~/components/StatusBadge'
import { Absent, Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { useShortcuts } from '~/lib/keyboard'
import { formatNumber, formatShare, plural, toNumber } from '~/lib/numbers'
import { runName, runUser } from '~/lib/runs'
import type { Run } from '~/lib/wire'

interface Props {
  runs: Run[]
  selection: string[]
  onSelection: (ids: string[]) => void
  /** Opens runs, one or several, with all that they answered. */
  onOpen: (ids: string[]) => void
}

const idOf = (run: Run) => run.info.run_id

/** Evaluation runs, and how each of them did. */
export function EvaluationRunsTable({ runs, selection, onSelection, onOpen }: Props) {
  useShortcuts({
    ...(selection.length > 0 && { escape: () => onSelection([]) }),
    ...(selection.length > 1 && { c: () => onOpen(inOrder(runs, selection)) }),
  })
  const columns = useMemo(() => {
    const toggle = (run: Run) => onSelection(toggled(selection, run.info.run_id))
    return columnsOf(runs, selection, toggle, onOpen)
  }, [runs, selection, onSelection, onOpen])
  return (
    <>
      <DataTable
        label="Evaluation runs"
        memory="evaluation-runs"
        columns={columns}
        rows={runs}
        rowId={idOf}
        onOpen={(run) => onOpen([run.info.run_id])}
        onToggle={(run) => onSelection(toggled(selection, run.info.run_id))}
        isSelected={(run) => selection.includes(run.info.run_id)}
        footer={
          <p className="sticky left-0 px-4 py-3 text-xs text-faint tabular">
            {plural(runs.length, 'evaluation run')}
          </p>
        }
      />
      {selection.length > 0 && (
        <section
          aria-label="Selected evaluation runs"
          className="popup absolute bottom-4 left-1/2 z-20 flex max-w-[calc(100%-16px)] -translate-x-1/2 items-center gap-1 rounded-xl py-1.5 pr-1.5 pl-3"
        >
          <span className="pr-2 font-medium whitespace-nowrap tabular">
            {selection.length} selected
          </span>
          <Button kind="solid" onClick={() => onOpen(inOrder(runs, selection))}>
            <GitCompareArrows size={14} />
            {selection.length > 1 ? 'Side by side' : 'Open'}
          </Button>
          <IconButton label="Clear selection" shortcut="Esc" onClick={() => onSelection([])}>
            <X size={15} />
          </IconButton>
        </section>
      )}
    </>
  )
}

const toggled = (ids: string[], id: string) =>
  ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]

/** The oldest first: what came after is read as the change. */
function inOrder(runs: Run[], ids: string[]): string[] {
  const start = (id: string) => runs.find((run) => run.info.run_id === id)?.info.start_time ?? 0
  return [...ids].sort((a, b) => start(a) - start(b))
}

function columnsOf(
  runs: Run[],
  selection: string[],
  toggle: (run: Run) => void,
  onOpen: (ids: string[]) => void,
): Column<Run>[] {
  const names = [...new Set(runs.flatMap((run) => run.data.metrics?.map(({ key }) => key) ?? []))]
  const params = [...new Set(runs.flatMap((run) => run.data.params?.map(({ key }) => key) ?? []))]
  return [
    {
      id: 'select',
      header: <span className="sr-only">Selection</span>,
      label: 'Selection',
      width: 36,
      fixedWidth: true,
      pinned: true,
      cell: (run) => (
        <Checkbox
          label={`Select ${runName(run)}`}
          checked={selection.includes(run.info.run_id)}
          onChange={() => toggle(run)}
        />
      ),
    },
    {
      id: 'name',
      header: 'Run',
      label: 'Run',
      width: 220,
      pinned: true,
      cell: (run) => (
        <span className="flex min-w-0 items-center gap-2">
          <StatusBadge status={run.info.status} compact />
          <button
            type="button"
            className="truncate font-medium hover:underline"
            onClick={() => onOpen([run.info.run_id])}
          >
            {runName(run)}
          </button>
        </span>
      ),
    },
    {
      id: 'created',
      header: 'Started',
      label: 'Started',
      width: 96,
      cell: (run) => (
        <span className="text-muted">
          <Ago time={run.info.start_time} />
        </span>
      ),
    },
    ...names.sort().map(
      (name): Column<Run> => ({
        id: `metric:${name}`,
        header: name.replace(/\/mean$/, ''),
        label: name,
        width: 132,
        align: 'end',
        cell: (run) => <Score run={run} name={name} />,
      }),
    ),
    ...params.sort().map(
      (name): Column<Run> => ({
        id: `param:${name}`,
        header: name,
        label: name,
        width: 150,
        cell: (run) => {
          const value = run.data.params?.find(({ key }) => key === name)?.value
          return value ? <span className="text-muted">{value}</span> : <Absent />
        },
      }),
    ),
    {
      id: 'dataset',
      header: 'Data set',
      label: 'Data set',
      width: 150,
      cell: (run) => {
        const name = run.inputs?.dataset_inputs?.[0]?.dataset.name
        return name ? <span className="text-muted">{name}</span> : <Absent />
      },
    },
    {
      id: 'user',
      header: 'User',
      label: 'User',
      width: 110,
      cell: (run) =>
        runUser(run) ? <span className="text-muted">{runUser(run)}</span> : <Absent />,
    },
    {
      id: 'run',
      header: <span className="sr-only">Page of the run</span>,
      label: 'Page of the run',
      width: 90,
      cell: (run) => (
        <Link
          to="/runs/$runId"
          params={{ runId: run.info.run_id }}
          className="text-xs text-muted hover:text-ink hover:underline"
        >
          Run page
        </Link>
      ),
    },
  ]
}

/** A share is read off a bar, any other number as it is. */
function Score({ run, name }: { run: Run; name: string }) {
  const metric = run.data.metrics?.find(({ key }) => key === name)
  if (!metric) return <Absent />
  const value = toNumber(metric.value)
  if (!(value >= 0 && value <= 1)) return <span className="tabular">{formatNumber(value)}</span>
  return (
    <span className="inline-flex items-center gap-2" title={formatNumber(value)}>
      <span aria-hidden className="flex h-1.5 w-12 overflow-hidden rounded-full bg-pressed">
        <span className="bg-accent-solid" style={{ width: `${100 * value}%` }} />
      </span>
      <span className="w-11 text-right tabular">{formatShare(value)}</span>
    </span>
  )
}
