import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { ArrowLeft, ListChecks } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import * as v from 'valibot'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { EvaluationRunsTable } from '~/features/evaluation/runs/EvaluationRunsTable'
import { evaluationRunsQuery } from '~/features/evaluation/runs/queries'
import { SideBySide } from '~/features/evaluation/runs/SideBySide'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { evaluateSnippet } from '~/lib/evaluationSnippets'
import { choice, list, text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { ExperimentHeader } from '~/routes/experiments/-ExperimentHeader'
import { TracePanel } from '~/routes/traces/-TracePanel'

export const Route = createFileRoute('/experiments/$experimentId_/evaluations')({
  validateSearch: v.object({
    sel: list(),
    /** The runs that are open, one or several side by side. */
    runs: list(),
    rows: choice(['changed', 'worse', 'better']),
    trace: text(),
    span: text(),
    part: text(),
  }),
  loader: ({ context: { queryClient }, params: { experimentId } }) => {
    void queryClient.prefetchQuery(experimentQuery(experimentId))
    void queryClient.prefetchQuery(evaluationRunsQuery(experimentId))
  },
  component: EvaluationsPage,
})

const NONE: string[] = []

function EvaluationsPage() {
  const { experimentId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  const name = experiment.data?.name
  useTitle(name && `Evaluations of ${name}`)
  const query = useQuery(evaluationRunsQuery(experimentId))
  const change = useCallback(
    (part: Partial<typeof search>, replace = true) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace }),
    [navigate],
  )
  const select = useCallback(
    (sel: string[]) => change({ sel: sel.length > 0 ? sel : undefined }),
    [change],
  )
  const openRuns = useCallback((runs: string[]) => change({ runs }, false), [change])
  const open = useMemo(
    () =>
      (search.runs ?? NONE).flatMap(
        (id) => query.data?.find((run) => run.info.run_id === id) ?? [],
      ),
    [search.runs, query.data],
  )
  if (experiment.isError && !experiment.data) {
    return <ErrorState error={experiment.error} onRetry={() => void experiment.refetch()} />
  }
  return (
    <>
      <ExperimentHeader experimentId={experimentId} experiment={experiment.data} />
      <div className="relative flex min-h-0 flex-1 flex-col">
        {query.isPending ? (
          <SkeletonLines lines={10} />
        ) : query.isError && !query.data ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : search.runs ? (
          <>
            <Link
              to="."
              search={{ sel: search.sel }}
              className="flex items-center gap-1.5 px-4 py-2 text-xs text-muted hover:text-ink md:px-5"
            >
              <ArrowLeft size={12} /> All evaluation runs
            </Link>
            <SideBySide
              experimentId={experimentId}
              runs={open}
              shown={search.rows ?? 'all'}
              onShown={(rows) => change({ rows: rows === 'all' ? undefined : rows })}
              onRemove={(id) => change({ runs: search.runs?.filter((each) => each !== id) })}
              onOpen={(trace) => change({ trace }, Boolean(search.trace))}
            />
          </>
        ) : query.data?.length === 0 ? (
          <EmptyState title="No evaluations yet" icon={<ListChecks size={18} />}>
            <p>
              An evaluation asks your application a set of questions and lets scorers judge the
              answers. Its runs stand here, side by side.
            </p>
            <Snippet code={evaluateSnippet(name ?? '')} />
          </EmptyState>
        ) : (
          <EvaluationRunsTable
            runs={query.data ?? []}
            selection={search.sel ?? NONE}
            onSelection={select}
            onOpen={openRuns}
          />
        )}
        {search.trace && <TracePanel traceId={search.trace} search={search} onSearch={change} />}
      </div>
    </>
  )
}
