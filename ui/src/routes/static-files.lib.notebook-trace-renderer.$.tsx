import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight, ExternalLink, Waypoints } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import * as v from 'valibot'
import { IconButton } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { Tooltip } from '~/components/Tooltip'
import { TraceView } from '~/features/traces/view/TraceView'
import { ApiError } from '~/lib/api'
import { basePath } from '~/lib/base'
import { list, text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { traceQuery } from '~/lib/traceQueries'

// MLflow's client puts this address into a frame below each cell of a notebook that made traces.
export const Route = createFileRoute('/static-files/lib/notebook-trace-renderer/$')({
  validateSearch: v.object({
    trace_id: list(),
    experiment_id: list(),
    version: text(),
    /** Which of the traces is shown, beginning with 1. */
    at: text(),
    span: text(),
    part: text(),
  }),
  staticData: { bare: true },
  component: NotebookPage,
})

/** The client sends traces in the background: the cell may be done before they have arrived. */
const TRIES = 15

function NotebookPage() {
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const ids = [...new Set(search.trace_id ?? [])]
  const at = Math.min(Math.max(Number(search.at) || 1, 1), ids.length) - 1
  const id = ids[at]
  useTitle('Traces')
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true })
  if (id === undefined) {
    return (
      <EmptyState title="No trace" icon={<Waypoints size={18} />}>
        The address of this frame names none. MLflow’s client adds <code>?trace_id=…</code> to it.
      </EmptyState>
    )
  }
  const step = (by: number) => change({ at: String(at + 1 + by), span: undefined, part: undefined })
  return (
    <div onClickCapture={openOutside} className="flex min-h-0 flex-1 flex-col">
      <ArrivingTrace
        key={id}
        id={id}
        search={search}
        onSearch={change}
        actions={
          <>
            {ids.length > 1 && (
              <span className="flex items-center">
                <IconButton label="Previous trace" disabled={at === 0} onClick={() => step(-1)}>
                  <ChevronLeft size={15} />
                </IconButton>
                <span className="px-0.5 text-xs whitespace-nowrap text-muted tabular">
                  {at + 1} of {ids.length}
                </span>
                <IconButton
                  label="Next trace"
                  disabled={at === ids.length - 1}
                  onClick={() => step(1)}
                >
                  <ChevronRight size={15} />
                </IconButton>
              </span>
            )}
            <Tooltip text="Open in Headwater">
              <a
                href={`${basePath}traces/${encodeURIComponent(id)}`}
                aria-label="Open in Headwater"
                className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
              >
                <ExternalLink size={14} />
              </a>
            </Tooltip>
          </>
        }
      />
    </div>
  )
}

interface ArrivingProps {
  id: string
  search: { span?: string | undefined; part?: string | undefined }
  onSearch: (part: { span?: string | undefined; part?: string | undefined }) => void
  actions: ReactNode
}

function ArrivingTrace({ id, search, onSearch, actions }: ArrivingProps) {
  const { data, error, failureCount, refetch } = useQuery({
    ...traceQuery(id),
    retry: (count, failed) =>
      failed instanceof ApiError && failed.status === 404 ? count < TRIES : count < 2,
    retryDelay: 1_000,
  })
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <p role="status" className="px-5 py-6 text-muted">
        {failureCount > 0 ? 'Waiting for the trace to arrive…' : 'Loading the trace…'}
      </p>
    )
  }
  return (
    <TraceView
      compact
      traceId={id}
      choice={{ span: search.span, part: search.part }}
      onChoice={({ span, part }) => onSearch({ span, part })}
      actions={actions}
    />
  )
}

/** Another page belongs into a tab of its own, not into a cell. */
function openOutside(event: MouseEvent) {
  const link = (event.target as Element).closest?.('a[href]')
  if (!(link instanceof HTMLAnchorElement) || link.hasAttribute('download')) return
  event.preventDefault()
  event.stopPropagation()
  window.open(link.href, '_blank', 'noopener')
}
