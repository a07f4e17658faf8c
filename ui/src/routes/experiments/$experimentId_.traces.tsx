import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import * as v from 'valibot'
import { ErrorState } from '~/components/ErrorState'
import { ViewsMenu } from '~/features/evaluation/views/ViewsMenu'
import { findTraces, tracesQuery } from '~/features/traces/table/queries'
import { type TracesSearch, tracesSearch } from '~/features/traces/table/search'
import { TracesTable, viewOf } from '~/features/traces/table/TracesTable'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { noteRecent } from '~/lib/recents'
import { useTitle } from '~/lib/title'
import { customViews } from '~/lib/views'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'
import { CustomPanel } from '~/routes/traces/-CustomPanel'
import { TracePanel } from '~/routes/traces/-TracePanel'

export const Route = createFileRoute('/experiments/$experimentId_/traces')({
  validateSearch: v.object(tracesSearch),
  loaderDeps: ({ search: { filter, sort, range, from, to, live } }) => ({
    filter,
    sort,
    range,
    from,
    to,
    live,
  }),
  loader: ({ context: { queryClient }, params: { experimentId }, deps }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchInfiniteQuery(
      tracesQuery(viewOf(experimentId, deps), deps.live !== 'off'),
    )
  },
  component: TracesPage,
})

function TracesPage() {
  const { experimentId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Traces of ${name}`)
  useEffect(() => {
    if (name) noteRecent({ id: experimentId, name })
  }, [experimentId, name])
  const change = useCallback(
    (part: TracesSearch) =>
      void navigate({
        search: (before) => ({ ...before, ...part }),
        // The first trace that is opened can be left with the browser's way back.
        replace: !(part.trace && !search.trace),
      }),
    [navigate, search.trace],
  )
  const view = customViews(experiment.data?.tags).find(({ id }) => id === search.view)
  /** Shows the open trace by a view, or the newest one where none is open. */
  const openBy = async (id: string) => {
    const [newest] = search.trace ? [] : await findTraces(experimentId, search.filter ?? '')
    change({ view: id, trace: search.trace ?? newest?.trace_id })
  }
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <div className="relative flex min-h-0 flex-1 flex-col">
        <TracesTable
          experimentId={experimentId}
          experiment={name ?? ''}
          search={search}
          onSearch={change}
          choices={
            experiment.data && (
              <ViewsMenu
                experiment={experiment.data}
                shown={search}
                onSaved={change}
                onCustom={(id) => void openBy(id)}
              />
            )
          }
        />
        {search.trace && view ? (
          <CustomPanel
            view={view}
            traceId={search.trace}
            onWhole={() => change({ view: undefined })}
            onClose={() => change({ trace: undefined, view: undefined })}
          />
        ) : (
          search.trace && <TracePanel traceId={search.trace} search={search} onSearch={change} />
        )}
      </div>
    </>
  )
}
