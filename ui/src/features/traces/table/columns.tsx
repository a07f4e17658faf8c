import { Link } from '@tanstack/react-router'
import { AssessmentValue } from '~/components/AssessmentValue'
import { Checkbox } from '~/components/Controls'
import { Absent, Ago } from '~/components/Time'
import { TraceStatus } from '~/components/TraceStatus'
import type { Column } from '~/components/table/columns'
import { isSortable, nextSort, sortedAs } from '~/features/traces/table/order'
import { assessmentKind, assessmentsByName, validAssessments } from '~/lib/assessments'
import { formatCost, formatCount } from '~/lib/numbers'
import { previewLine } from '~/lib/previews'
import { formatDuration } from '~/lib/time'
import {
  type Assessment,
  shortTraceId,
  type Trace,
  traceCost,
  traceDuration,
  traceName,
  tracePrompts,
  traceRun,
  traceSession,
  traceSpanCount,
  traceStart,
  traceTokens,
  traceUser,
} from '~/lib/traces'

export interface ColumnOptions {
  narrow: boolean
  ids: string[]
  sort: string
  onSort: (sort: string | undefined) => void
  allSelected: boolean
  someSelected: boolean
  onSelectAll: (all: boolean) => void
  isSelected: (trace: Trace) => boolean
  onToggle: (trace: Trace, range: boolean) => void
}

type Simple = Pick<Column<Trace>, 'header' | 'width' | 'align' | 'cell'>

const muted = (text: string | number | undefined) =>
  text === undefined || text === '' ? (
    <Absent />
  ) : (
    <span className="text-muted tabular" title={String(text)}>
      {text}
    </span>
  )

const COLUMNS: Record<string, Simple> = {
  response: {
    header: 'Response',
    width: 230,
    cell: (trace) => {
      const text = previewLine(trace.response_preview)
      return text ? (
        <span className="text-muted" title={text}>
          {text}
        </span>
      ) : (
        <Absent />
      )
    },
  },
  name: { header: 'Name', width: 120, cell: (trace) => muted(traceName(trace)) },
  time: {
    header: 'Time',
    width: 84,
    cell: (trace) => (
      <span className="text-muted">
        <Ago time={traceStart(trace)} />
      </span>
    ),
  },
  latency: {
    header: 'Latency',
    width: 78,
    align: 'end',
    cell: (trace) => {
      const duration = traceDuration(trace)
      return muted(duration === undefined ? undefined : formatDuration(duration))
    },
  },
  tokens: {
    header: 'Tokens',
    width: 74,
    align: 'end',
    cell: (trace) => {
      const tokens = traceTokens(trace)
      if (tokens?.total_tokens === undefined) return <Absent />
      return (
        <span
          className="text-muted tabular"
          title={`${tokens.input_tokens ?? 0} in, ${tokens.output_tokens ?? 0} out`}
        >
          {formatCount(tokens.total_tokens)}
        </span>
      )
    },
  },
  cost: {
    header: 'Cost',
    width: 88,
    align: 'end',
    cell: (trace) => {
      const cost = traceCost(trace)?.total_cost
      return muted(cost === undefined ? undefined : formatCost(cost))
    },
  },
  spans: {
    header: 'Spans',
    width: 66,
    align: 'end',
    cell: (trace) => muted(traceSpanCount(trace)?.toLocaleString('en-US')),
  },
  issues: {
    header: 'Issues',
    width: 150,
    cell: (trace) => (
      <Values values={validAssessments(trace).filter((each) => assessmentKind(each) === 'issue')} />
    ),
  },
  session: { header: 'Session', width: 120, cell: (trace) => <SessionCell trace={trace} /> },
  user: { header: 'User', width: 130, cell: (trace) => muted(traceUser(trace)) },
  run: { header: 'Run', width: 92, cell: (trace) => <RunCell trace={trace} /> },
  prompts: {
    header: 'Prompts',
    width: 150,
    cell: (trace) =>
      muted(
        tracePrompts(trace)
          .map((prompt) => `${prompt.name} v${prompt.version}`)
          .join(', '),
      ),
  },
  source: {
    header: 'Source',
    width: 120,
    cell: (trace) => muted(trace.trace_metadata?.['mlflow.source.name']?.split(/[\\/]/).at(-1)),
  },
  id: {
    header: 'Trace ID',
    width: 170,
    cell: (trace) => <span className="font-mono text-xs text-muted">{trace.trace_id}</span>,
  },
}

export function traceColumns(options: ColumnOptions): Column<Trace>[] {
  const { sort, onSort } = options
  let assessed = false
  const chosen = options.ids.flatMap((id): Column<Trace>[] => {
    const [kind = '', name = ''] = split(id)
    const first = kind === 'assessment' && !assessed
    assessed = kind === 'assessment'
    const simple = COLUMNS[id] ?? namedColumn(kind, name)
    if (!simple) return []
    return [
      {
        id,
        label: typeof simple.header === 'string' ? simple.header : name,
        ...simple,
        divided: first,
        sorted: sortedAs(sort, id),
        onSort: isSortable(id) ? () => onSort(nextSort(sort, id)) : undefined,
      },
    ]
  })
  return [selectColumn(options), requestColumn(options), ...chosen]
}

function split(id: string): [string, string] {
  const at = id.indexOf(':')
  return at < 0 ? [id, ''] : [id.slice(0, at), id.slice(at + 1)]
}

function namedColumn(kind: string, name: string): Simple | undefined {
  if (!name) return undefined
  const header = name
  if (kind === 'tag') return { header, width: 110, cell: (trace) => muted(trace.tags?.[name]) }
  if (kind === 'metadata')
    return { header, width: 120, cell: (trace) => muted(trace.trace_metadata?.[name]) }
  if (kind !== 'assessment') return undefined
  return {
    header,
    width: 104,
    cell: (trace) => <Values values={assessmentsByName(validAssessments(trace)).get(name) ?? []} />,
  }
}

function selectColumn(options: ColumnOptions): Column<Trace> {
  return {
    id: 'select',
    label: 'Select',
    header: (
      <Checkbox
        label="Select all loaded traces"
        checked={options.allSelected}
        partial={options.someSelected && !options.allSelected}
        onChange={options.onSelectAll}
      />
    ),
    width: 36,
    pinned: true,
    fixedWidth: true,
    cell: (trace) => (
      <Checkbox
        label={`Select trace ${shortTraceId(trace.trace_id)}`}
        checked={options.isSelected(trace)}
        onChange={(_, event) =>
          options.onToggle(trace, event instanceof MouseEvent && event.shiftKey)
        }
      />
    ),
  }
}

function requestColumn({ narrow }: ColumnOptions): Column<Trace> {
  return {
    id: 'request',
    label: 'Request',
    header: 'Request',
    width: narrow ? 220 : 284,
    pinned: true,
    cell: (trace) => {
      const text = previewLine(trace.request_preview)
      return (
        <span className="flex min-w-0 items-center gap-2">
          <TraceStatus state={trace.state} compact />
          <Link
            to="."
            search={(before: Record<string, unknown>) => ({
              ...before,
              trace: trace.trace_id,
              span: undefined,
            })}
            title={text}
            className="min-w-0 truncate font-medium hover:underline"
          >
            {text || traceName(trace) || shortTraceId(trace.trace_id)}
          </Link>
        </span>
      )
    },
  }
}

function Values({ values }: { values: readonly Assessment[] }) {
  const [first] = values
  if (!first) return <Absent />
  return (
    <span className="flex min-w-0 items-center gap-1">
      <AssessmentValue assessment={first} />
      {values.length > 1 && <span className="text-2xs text-faint">+{values.length - 1}</span>}
    </span>
  )
}

function SessionCell({ trace }: { trace: Trace }) {
  const session = traceSession(trace)
  const experimentId = trace.trace_location?.mlflow_experiment?.experiment_id
  if (!session || !experimentId) return <Absent />
  return (
    <Link
      to="/experiments/$experimentId/sessions/$sessionId"
      params={{ experimentId, sessionId: session }}
      title={session}
      className="text-muted hover:text-ink hover:underline"
    >
      {session}
    </Link>
  )
}

function RunCell({ trace }: { trace: Trace }) {
  const runId = traceRun(trace)
  if (!runId) return <Absent />
  return (
    <Link
      to="/runs/$runId"
      params={{ runId }}
      className="font-mono text-xs text-muted hover:text-ink hover:underline"
    >
      {runId.slice(0, 8)}
    </Link>
  )
}
