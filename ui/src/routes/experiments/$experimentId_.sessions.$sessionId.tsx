import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import * as v from 'valibot'
import { CopyButton } from '~/components/CopyButton'
import { PageHeader } from '~/components/PageHeader'
import { Conversation } from '~/features/traces/sessions/Conversation'
import { sessionQuery } from '~/features/traces/sessions/queries'
import { experimentQuery } from '~/features/tracking/experiments/queries'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { TracePanel } from '~/routes/traces/-TracePanel'

export const Route = createFileRoute('/experiments/$experimentId_/sessions/$sessionId')({
  validateSearch: v.object({ trace: text(), span: text(), part: text() }),
  loader: ({ context: { queryClient }, params: { experimentId, sessionId } }) => {
    void queryClient.prefetchInfiniteQuery(sessionQuery(experimentId, sessionId))
  },
  component: SessionPage,
})

function SessionPage() {
  const { experimentId, sessionId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const experiment = useQuery(experimentQuery(experimentId))
  useTitle(`${sessionId} · Session`)
  return (
    <>
      <PageHeader
        trail={
          <Link
            to="/experiments/$experimentId/sessions"
            params={{ experimentId }}
            className="hover:text-ink hover:underline"
          >
            Sessions of {experiment.data?.name ?? `experiment ${experimentId}`}
          </Link>
        }
        title={<span className="block truncate">{sessionId}</span>}
        meta={<CopyButton text={sessionId} label="Copy session id" className="ml-0.5 size-6" />}
      />
      <div className="relative flex min-h-0 flex-1 flex-col border-t">
        <Conversation experimentId={experimentId} sessionId={sessionId} open={search.trace} />
        {search.trace && (
          <TracePanel
            traceId={search.trace}
            search={search}
            onSearch={(part) =>
              void navigate({ search: (before) => ({ ...before, ...part }), replace: true })
            }
          />
        )}
      </div>
    </>
  )
}
