import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useCallback, useMemo, useRef } from 'react'
import { IconButton } from '~/components/Button'
import { classes } from '~/components/classes'
import { ErrorState } from '~/components/ErrorState'
import { FilterBar } from '~/components/FilterBar'
import { RangePicker } from '~/components/RangePicker'
import { SkeletonLines } from '~/components/Skeleton'
import { DataTable } from '~/components/table/DataTable'
import { traceColumns } from '~/features/traces/table/columns'
import { automaticColumns, surveyTraces } from '~/features/traces/table/fields'
import { complete } from '~/features/traces/table/filter'
import { DEFAULT_SORT } from '~/features/traces/table/order'
import { type TracesView, tracesQuery } from '~/features/traces/table/queries'
import type { TracesSearch } from '~/features/traces/table/search'
import { TraceColumns } from '~/features/traces/table/TraceColumns'
import { TraceSelectionBar } from '~/features/traces/table/TraceSelectionBar'
import { TracesEmpty } from '~/features/traces/table/TracesEmpty'
import { ApiError } from '~/lib/api'
import { useShortcuts } from '~/lib/keyboard'
import { useNarrow } from '~/lib/narrow'
import { plural } from '~/lib/numbers'
import type { Trace } from '~/lib/traces'

interface Props {
  experimentId: string
  experiment: string
  run?: string
  search: TracesSearch
  onSearch: (part: TracesSearch) => void
  /** More to choose in the bar above the table. */
  choices?: ReactNode
}

const NONE: string[] = []
const NO_TRACES: Trace[] = []
const idOf = (trace: Trace) => trace.trace_id

export function viewOf(experimentId: string, search: TracesSearch, run?: string): TracesView {
  return {
    experimentId,
    filter: search.filter ?? '',
    sort: search.sort ?? DEFAULT_SORT,
    run,
    time: { range: search.range, from: search.from, to: search.to },
  }
}

/** The traces of an experiment or of a run: filter, table, and what is done with many. */
export function TracesTable({ experimentId, experiment, run, search, onSearch, choices }: Props) {
  const view = viewOf(experimentId, search, run)
  const live = search.live !== 'off'
  const query = useInfiniteQuery({
    ...tracesQuery(view, live),
    placeholderData: keepPreviousData,
  })
  // A filter that the server refuses leaves the last good rows in sight, with the reason above them.
  const good = useRef(query.data)
  if (query.data) good.current = query.data
  const data = query.data ?? good.current
  const traces = useMemo(
    () => data?.pages.flatMap((page) => page.traces ?? []) ?? NO_TRACES,
    [data],
  )
  const facts = useMemo(() => surveyTraces(traces), [traces])
  const columnIds = useMemo(() => search.cols ?? automaticColumns(facts), [search.cols, facts])
  const completeTraces = useCallback(
    (text: string, caret: number) => complete(text, caret, facts),
    [facts],
  )
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])

  const limited = Boolean(view.time.range || view.time.from || view.time.to)
  const refused =
    query.error instanceof ApiError && query.error.status === 400 && view.filter !== ''
  const selection = search.sel ?? NONE
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2.5 md:px-5">
        <div className="flex min-w-0 basis-full sm:basis-0 sm:grow">
          <FilterBar
            label="Filter traces"
            placeholder="Words in any span, or a filter: status = 'ERROR' AND span.type = 'TOOL'"
            value={view.filter}
            onApply={(filter) => onSearch({ filter: filter || undefined })}
            complete={completeTraces}
            error={refused ? query.error : undefined}
            inputRef={field}
          />
        </div>
        <RangePicker
          compact
          value={view.time}
          onChange={({ range, from, to }) => onSearch({ range, from, to })}
        />
        {choices}
        <TraceColumns
          facts={facts}
          shown={columnIds}
          automatic={search.cols === undefined}
          onChange={(cols) => onSearch({ cols })}
        />
        <LiveSwitch live={live} onChange={(on) => onSearch({ live: on ? undefined : 'off' })} />
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {query.isPending && traces.length === 0 ? (
          <SkeletonLines lines={18} />
        ) : query.isError && !refused ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : traces.length === 0 ? (
          <TracesEmpty
            experimentId={experimentId}
            experiment={experiment}
            ofRun={run !== undefined}
            filtered={view.filter !== '' || limited}
            onClear={() =>
              onSearch({ filter: undefined, range: undefined, from: undefined, to: undefined })
            }
          />
        ) : (
          <Rows
            traces={traces}
            columnIds={columnIds}
            search={search}
            onSearch={onSearch}
            onEnd={more}
            more={hasNextPage}
          />
        )}
        {selection.length > 0 && (
          <TraceSelectionBar
            experimentId={experimentId}
            selection={selection}
            onClear={() => onSearch({ sel: undefined })}
          />
        )}
      </div>
    </>
  )
}

function LiveSwitch({ live, onChange }: { live: boolean; onChange: (live: boolean) => void }) {
  return (
    <IconButton
      label={live ? 'New traces appear on their own' : 'Show new traces as they come'}
      pressed={live}
      onClick={() => onChange(!live)}
      className="border border-line-strong bg-surface shadow-xs"
    >
      <span
        aria-hidden
        className={classes('size-2 rounded-full', live ? 'bg-accent' : 'bg-line-strong')}
        style={live ? { animation: 'pulse-ring 1.6s ease-out infinite' } : undefined}
      />
    </IconButton>
  )
}

interface RowsProps {
  traces: Trace[]
  columnIds: string[]
  search: TracesSearch
  onSearch: (part: TracesSearch) => void
  onEnd: () => void
  more: boolean
}

function Rows({ traces, columnIds, search, onSearch, onEnd, more }: RowsProps) {
  const selection = search.sel ?? NONE
  const selected = useMemo(() => new Set(selection), [selection])
  const narrow = useNarrow()
  const anchor = useRef<string>(undefined)
  const sort = search.sort ?? DEFAULT_SORT
  const toggle = useCallback(
    (trace: Trace, range: boolean) => {
      const id = idOf(trace)
      const next = new Set(selected)
      const from = range ? traces.findIndex((each) => idOf(each) === anchor.current) : -1
      const to = traces.indexOf(trace)
      if (from >= 0 && to >= 0) {
        for (const each of traces.slice(Math.min(from, to), Math.max(from, to) + 1))
          next.add(idOf(each))
      } else if (!next.delete(id)) next.add(id)
      anchor.current = id
      onSearch({ sel: next.size > 0 ? [...next] : undefined })
    },
    [traces, selected, onSearch],
  )
  const columns = useMemo(
    () =>
      traceColumns({
        narrow,
        ids: columnIds,
        sort,
        onSort: (next) => onSearch({ sort: next }),
        allSelected: traces.length > 0 && traces.every((trace) => selected.has(idOf(trace))),
        someSelected: selected.size > 0,
        onSelectAll: (all) => onSearch({ sel: all ? traces.map(idOf) : undefined }),
        isSelected: (trace) => selected.has(idOf(trace)),
        onToggle: toggle,
      }),
    [narrow, columnIds, sort, onSearch, traces, selected, toggle],
  )
  const open = (trace: Trace) => onSearch({ trace: idOf(trace), span: undefined })
  return (
    <DataTable
      label="Traces"
      memory={narrow ? 'traces-narrow' : 'traces'}
      columns={columns}
      rows={traces}
      rowId={idOf}
      isSelected={(trace) => selected.has(idOf(trace)) || idOf(trace) === search.trace}
      currentId={search.trace}
      onCursor={search.trace ? open : undefined}
      onOpen={open}
      onToggle={(trace) => toggle(trace, false)}
      onEnd={onEnd}
      footer={
        <p className="sticky left-0 px-4 py-3 text-xs text-faint tabular">
          {more ? `${traces.length} traces loaded, more below…` : plural(traces.length, 'trace')}
        </p>
      }
    />
  )
}
