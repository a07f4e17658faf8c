import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import * as v from 'valibot'
import { TraceView } from '~/features/traces/view/TraceView'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { traceQuery } from '~/lib/traceQueries'
import { shortTraceId, traceExperiment, traceName } from '~/lib/traces'

export const Route = createFileRoute('/traces/$traceId')({
  validateSearch: v.object({ span: text(), part: text() }),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(traceQuery(params.traceId))
  },
  component: TracePage,
})

function TracePage() {
  const { traceId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data: trace } = useQuery(traceQuery(traceId))
  const experimentId = trace && traceExperiment(trace)
  const experiment = useQuery({
    ...experimentQuery(experimentId ?? ''),
    enabled: experimentId !== undefined,
  })
  useTitle(trace && `${traceName(trace) ?? shortTraceId(traceId)} · Trace`)
  return (
    <>
      {experimentId && (
        <p className="flex h-8 shrink-0 items-end px-4 text-xs text-muted">
          <Link
            to="/experiments/$experimentId/traces"
            params={{ experimentId }}
            className="truncate hover:text-ink hover:underline"
          >
            Traces of {experiment.data?.name ?? `experiment ${experimentId}`}
          </Link>
        </p>
      )}
      <TraceView
        traceId={traceId}
        choice={search}
        onChoice={(choice) => void navigate({ search: choice, replace: true })}
        onDeleted={() =>
          void navigate(
            experimentId
              ? { to: '/experiments/$experimentId/traces', params: { experimentId } }
              : { to: '/experiments' },
          )
        }
      />
    </>
  )
}
