import { useQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import * as v from 'valibot'
import { buttonClass } from '~/components/Button'
import { DelayedSearch } from '~/components/DelayedSearch'
import { ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { download } from '~/lib/api'
import { serverUrl, trackingUri } from '~/lib/base'
import { useShortcuts } from '~/lib/keyboard'
import { plural } from '~/lib/numbers'
import {
  type Route as ApiRoute,
  answerFields,
  curlOf,
  type OpenApi,
  requestFields,
  routesByTag,
} from '~/lib/openapi'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { MessageFields } from './-messageFields'

export const Route = createFileRoute('/reference')({
  validateSearch: v.object({ q: text() }),
  component: ReferencePage,
})

/** Every route of the server, from the document that the server makes of its own table. */
function ReferencePage() {
  useTitle('API')
  const { q = '' } = Route.useSearch()
  const navigate = Route.useNavigate()
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })
  const query = useQuery({
    queryKey: ['openapi'],
    queryFn: async ({ signal }) =>
      (await (await download(serverUrl('openapi.json'), signal)).json()) as OpenApi,
    staleTime: Infinity,
  })
  const groups = useMemo(() => (query.data ? routesByTag(query.data, q) : []), [query.data, q])
  const count = groups.reduce((sum, [, routes]) => sum + routes.length, 0)
  return (
    <>
      <PageHeader
        title="API"
        meta={
          query.data && <span className="pl-2 text-xs text-faint">{plural(count, 'route')}</span>
        }
        actions={
          <a href={serverUrl('openapi.json')} className={buttonClass()}>
            openapi.json
          </a>
        }
      />
      <div className="border-b px-4 pb-2.5 md:px-5">
        <DelayedSearch
          value={q}
          onChange={(next) => void navigate({ search: { q: next || undefined }, replace: true })}
          label="Find a route"
          placeholder="Find a route"
          inputRef={field}
        />
      </div>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <SkeletonLines lines={14} />
      ) : (
        <section
          aria-label="Routes"
          tabIndex={0}
          className="min-h-0 flex-1 overflow-y-auto bg-canvas px-4 pb-8 md:px-5"
        >
          {groups.map(([tag, routes]) => (
            <section key={tag} aria-label={tag} className="mt-5">
              <h2 className="pb-1.5 text-sm font-semibold">{tag}</h2>
              <div className="overflow-hidden rounded-lg border bg-surface">
                {routes.map((route) => (
                  <RouteRow key={route.operation.operationId} route={route} document={query.data} />
                ))}
              </div>
            </section>
          ))}
          {groups.length === 0 && (
            <p className="py-10 text-center text-muted">No route holds “{q}”.</p>
          )}
        </section>
      )}
    </>
  )
}

const TONES: Record<string, string> = {
  GET: 'text-good',
  POST: 'text-accent',
  DELETE: 'text-bad',
}

function RouteRow({ route, document }: { route: ApiRoute; document: OpenApi }) {
  const { method, path, operation } = route
  const [open, setOpen] = useState(false)
  return (
    <details
      className="group border-b last:border-b-0"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex cursor-default list-none items-baseline gap-3 px-3 py-1.5 hover:bg-hover">
        <span
          className={`w-14 shrink-0 font-mono text-2xs font-semibold ${TONES[method] ?? 'text-warn'}`}
        >
          {method}
        </span>
        <code className="min-w-0 flex-1 font-mono text-xs [overflow-wrap:anywhere]">{path}</code>
        <span className="hidden shrink-0 text-xs text-faint md:inline">{operation.summary}</span>
      </summary>
      {open && (
        <div className="flex flex-col gap-3 border-t bg-canvas px-3 py-3 text-xs">
          <p className="text-muted md:hidden">{operation.summary}</p>
          <div className="grid gap-4 md:grid-cols-2">
            <MessageFields
              title="Request"
              fields={requestFields(document, operation)}
              document={document}
              isRead
            />
            <MessageFields
              title="Answer"
              fields={answerFields(document, operation)}
              document={document}
            />
          </div>
          <Snippet code={curlOf(document, route, trackingUri())} label={`Copy a call of ${path}`} />
        </div>
      )}
    </details>
  )
}
