import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ChartLine, Table2, Waypoints } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import * as v from 'valibot'
import { Segmented } from '~/components/Controls'
import { ErrorState } from '~/components/ErrorState'
import { FilterBar } from '~/components/FilterBar'
import { SkeletonLines } from '~/components/Skeleton'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { ViewsMenu } from '~/features/tracking/experiments/ViewsMenu'
import { X_KINDS } from '~/features/tracking/metrics/settings'
import { ExportDialog } from '~/features/tracking/runs/ExportDialog'
import { complete } from '~/features/tracking/runs/filter'
import { DEFAULT_SORT } from '~/features/tracking/runs/order'
import { type RunsView, runsQuery } from '~/features/tracking/runs/queries'
import { RunColumns } from '~/features/tracking/runs/RunColumns'
import { RunsEmpty } from '~/features/tracking/runs/RunsEmpty'
import { RunsTable } from '~/features/tracking/runs/RunsTable'
import { SelectionBar } from '~/features/tracking/runs/SelectionBar'
import type { Nesting } from '~/features/tracking/runs/tree'
import { useRunRows } from '~/features/tracking/runs/useRunRows'
import { ApiError } from '~/lib/api'
import { useShortcuts } from '~/lib/keyboard'
import { noteRecent } from '~/lib/recents'
import { amount, choice, flag, list, text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { type LiveState, useLiveRuns } from '~/routes/-live'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'
import { RunsMenu } from '~/routes/experiments/-RunsMenu'

const RunsCharts = lazy(() => import('~/routes/experiments/-charts'))
const RunsExplorer = lazy(() => import('~/routes/experiments/-explore'))

export const Route = createFileRoute('/experiments/$experimentId')({
  validateSearch: v.object({
    filter: text(),
    sort: text(),
    cols: list(),
    view: choice(['table', 'charts', 'explore']),
    metric: text(),
    sx: text(),
    sy: text(),
    nest: choice(['open', 'closed', 'flat']),
    deleted: flag(),
    sel: list(),
    group: text(),
    pins: list(),
    hide: list(),
    x: choice(X_KINDS),
    log: flag(),
    smooth: amount(0, 0.99),
  }),
  loaderDeps: ({ search: { filter, sort, deleted } }) => ({ filter, sort, deleted }),
  loader: ({ context: { queryClient }, params, deps }) => {
    void queryClient.prefetchQuery(experimentQuery(params.experimentId))
    void queryClient.prefetchInfiniteQuery(runsQuery(viewOf(params.experimentId, deps)))
  },
  component: ExperimentPage,
})

interface Search {
  filter?: string
  sort?: string
  deleted?: boolean
}

function viewOf(
  experimentId: string,
  { filter = '', sort = DEFAULT_SORT, deleted = false }: Search,
): RunsView {
  return { experimentId, filter, sort, deleted }
}

const NONE: string[] = []
const LEADING = ['attribute:created', 'attribute:duration']
const TRAILING = ['attribute:user', 'attribute:source']

function ExperimentPage() {
  const { experimentId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name)
  useEffect(() => {
    if (name) noteRecent({ id: experimentId, name })
  }, [experimentId, name])

  const view = viewOf(experimentId, search)
  // Sorted by a value or filtered, rows are read as a ranking: families would tear it apart.
  const ranked = view.filter !== '' || !/^-?attribute:created$/.test(view.sort)
  const nesting: Nesting = search.nest ?? (ranked ? 'flat' : 'open')
  const pins = search.pins ?? NONE
  const hidden = search.hide ?? NONE
  const runs = useRunRows(view, { nesting, group: search.group, pins, hidden })
  const [exporting, setExporting] = useState(false)
  const live = useLiveRuns(experimentId)

  const change = useCallback(
    (part: Partial<typeof search>) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
    [navigate],
  )
  const select = useCallback(
    (sel: string[]) => change({ sel: sel.length > 0 ? sel : undefined }),
    [change],
  )
  const pin = useCallback(
    (ids: string[]) => {
      const out = new Set(ids)
      // All of them pinned already: then they are let go.
      const all = ids.every((id) => pins.includes(id))
      const next = all ? pins.filter((id) => !out.has(id)) : [...new Set([...pins, ...ids])]
      change({ pins: next.length > 0 ? next : undefined })
    },
    [change, pins],
  )
  const hide = useCallback(
    (ids: string[]) => change({ hide: [...new Set([...hidden, ...ids])], sel: undefined }),
    [change, hidden],
  )
  const sort = useCallback((next: string | undefined) => change({ sort: next }), [change])
  const columnIds = useMemo(
    () => search.cols ?? [...LEADING, ...runs.telling, ...TRAILING],
    [search.cols, runs.telling],
  )
  const { facts } = runs
  const completeRuns = useCallback(
    (text: string, caret: number) => complete(text, caret, facts),
    [facts],
  )
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })

  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  const selection = search.sel ?? NONE
  const refused =
    runs.query.error instanceof ApiError && runs.query.error.status === 400 && view.filter !== ''
  const mode = search.view ?? 'table'
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2.5 md:px-5">
        <div className="flex min-w-0 basis-full sm:basis-0 sm:grow">
          <FilterBar
            value={view.filter}
            onApply={(filter) => change({ filter: filter || undefined })}
            label="Filter runs"
            placeholder="Filter: metrics.loss < 0.5 AND params.optimizer = 'adamw'"
            complete={completeRuns}
            error={refused ? runs.query.error : undefined}
            inputRef={field}
          />
        </div>
        <Segmented
          label="View"
          value={mode}
          options={[
            {
              value: 'table',
              label: (
                <>
                  <Table2 size={13} /> Table
                </>
              ),
            },
            {
              value: 'charts',
              label: (
                <>
                  <ChartLine size={13} /> Charts
                </>
              ),
            },
            {
              value: 'explore',
              label: (
                <>
                  <Waypoints size={13} /> Explore
                </>
              ),
            },
          ]}
          onChange={(next) => change({ view: next === 'table' ? undefined : next })}
        />
        <span className="flex-1 sm:hidden" />
        <RunsMenu
          nesting={nesting}
          group={search.group}
          deleted={view.deleted}
          hidden={hidden.length}
          facts={runs.facts}
          onChange={change}
          onExport={() => setExporting(true)}
        />
        {mode === 'table' && (
          <RunColumns
            facts={runs.facts}
            shown={columnIds}
            automatic={search.cols === undefined}
            onChange={(cols) => change({ cols })}
          />
        )}
        {experiment.data && <ViewsMenu experiment={experiment.data} search={search} />}
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {runs.pending && runs.rows.length === 0 && !runs.query.isError ? (
          <SkeletonLines lines={16} />
        ) : runs.query.isError && !refused ? (
          <ErrorState error={runs.query.error} onRetry={() => void runs.query.refetch()} />
        ) : runs.rows.length === 0 ? (
          <RunsEmpty
            experiment={name ?? ''}
            filtered={view.filter !== ''}
            deleted={view.deleted}
            onClear={() => change({ filter: undefined })}
          />
        ) : mode === 'charts' ? (
          <Suspense fallback={<SkeletonLines lines={16} />}>
            <RunsCharts
              runs={runs.runs}
              rows={runs.rows}
              selection={selection}
              onSelection={select}
              settings={{
                x: search.x ?? 'step',
                log: search.log ?? false,
                smoothing: search.smooth ?? 0,
              }}
              onSettings={({ x, log, smoothing }) =>
                change({
                  ...(x && { x: x === 'step' ? undefined : x }),
                  ...(log !== undefined && { log: log || undefined }),
                  ...(smoothing !== undefined && { smooth: smoothing || undefined }),
                })
              }
              onEnd={runs.more}
            />
          </Suspense>
        ) : mode === 'explore' ? (
          <Suspense fallback={<SkeletonLines lines={16} />}>
            <RunsExplorer
              runs={runs.runs}
              facts={runs.facts}
              telling={runs.telling}
              selection={selection}
              choices={{ metric: search.metric, sx: search.sx, sy: search.sy }}
              onChoices={change}
              more={runs.query.hasNextPage}
              onMore={runs.more}
            />
          </Suspense>
        ) : (
          <RunsTable
            rows={runs.rows}
            facts={runs.facts}
            columnIds={columnIds}
            sort={view.sort}
            onSort={sort}
            selection={selection}
            onSelection={select}
            onFold={runs.fold}
            onPin={pin}
            onHide={hide}
            onEnd={runs.more}
            footer={
              <Footer
                count={runs.runs.length}
                more={runs.query.hasNextPage}
                live={live}
                hidden={hidden.length}
              />
            }
          />
        )}
        {selection.length > 0 && (
          <SelectionBar
            selection={selection}
            deleted={view.deleted}
            onClear={() => select([])}
            onPin={mode === 'table' ? () => pin(selection) : undefined}
            onHide={() => hide(selection)}
            onCharts={mode === 'table' ? () => change({ view: 'charts' }) : undefined}
          />
        )}
      </div>
      {exporting && (
        <ExportDialog view={view} experiment={name ?? ''} onClose={() => setExporting(false)} />
      )}
    </>
  )
}

interface FooterProps {
  count: number
  more: boolean
  live: LiveState
  hidden: number
}

function Footer({ count, more, live, hidden }: FooterProps) {
  return (
    <p className="sticky left-0 w-fit px-4 py-3 text-xs text-faint tabular">
      {more ? `${count} runs loaded, more below…` : count === 1 ? '1 run' : `${count} runs`}
      {hidden > 0 && ` · ${hidden} hidden`}
      {live === 'on' && ' · live'}
      {live === 'lost' && ' · the live connection is lost, trying again…'}
    </p>
  )
}
