import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { FlaskConical, Plus, SearchX } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import * as v from 'valibot'
import { Button } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { DelayedSearch } from '~/components/DelayedSearch'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { DemoButton } from '~/features/demo/DemoButton'
import { CreateDialog } from '~/features/tracking/experiments/CreateDialog'
import { ExperimentsTable } from '~/features/tracking/experiments/ExperimentsTable'
import { isExpression } from '~/features/tracking/experiments/filter'
import { DEFAULT_ORDER, experimentsQuery } from '~/features/tracking/experiments/queries'
import { useShortcuts } from '~/lib/keyboard'
import { flag, text } from '~/lib/search'
import { firstRunSnippet } from '~/lib/snippets'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/experiments/')({
  validateSearch: v.object({ q: text(), order: text(), deleted: flag(), new: flag() }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchInfiniteQuery(experimentsQuery(viewOf(deps)))
  },
  component: ExperimentsPage,
})

interface Search {
  q?: string
  order?: string
  deleted?: boolean
}

const viewOf = ({ q = '', order = DEFAULT_ORDER, deleted = false }: Search) => ({
  text: q,
  order,
  deleted,
})

function ExperimentsPage() {
  useTitle('Experiments')
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const view = viewOf(search)
  const query = useInfiniteQuery({ ...experimentsQuery(view), placeholderData: keepPreviousData })
  const experiments = useMemo(
    () => query.data?.pages.flatMap((page) => page.experiments ?? []) ?? [],
    [query.data],
  )
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })
  const change = useCallback(
    (part: Partial<typeof search>) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
    [navigate],
  )
  // A server has one experiment from its first day.
  const isNew =
    !view.text && !view.deleted && experiments.length === 1 && experiments[0]?.experiment_id === '0'
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])

  return (
    <>
      <PageHeader
        title="Experiments"
        actions={
          <Button kind="solid" onClick={() => change({ new: true })}>
            <Plus size={14} /> New experiment
          </Button>
        }
      />
      <div className="flex flex-wrap items-center gap-2 border-b px-4 pb-2.5 md:px-5">
        <DelayedSearch
          value={view.text}
          onChange={(q) => change({ q: q || undefined })}
          inputRef={field}
          label="Search experiments"
          placeholder="Search by name, or tags.team = 'vision'"
        />
        <Segmented
          label="Which experiments"
          value={view.deleted ? 'deleted' : 'active'}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'deleted', label: 'Deleted' },
          ]}
          onChange={(next) => change({ deleted: next === 'deleted' || undefined })}
        />
        {query.isError && isExpression(view.text) && <ErrorNote error={query.error} />}
      </div>
      {isNew && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-accent-soft/50 px-4 py-2.5 md:px-5">
          <p className="min-w-0 flex-1 basis-60">
            Nothing here yet. Look around in a demo: traces and conversations, prompts, evaluations,
            reviews and issues of a small assistant. It can be deleted again at any time.
          </p>
          <DemoButton />
        </div>
      )}
      {query.isPending ? (
        <SkeletonLines lines={14} />
      ) : query.isError && !isExpression(view.text) ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : experiments.length === 0 ? (
        <EmptyList text={view.text} deleted={view.deleted} onCreate={() => change({ new: true })} />
      ) : (
        <ExperimentsTable
          experiments={experiments}
          order={view.order}
          onOrder={(order) => change({ order: order === DEFAULT_ORDER ? undefined : order })}
          onEnd={more}
        />
      )}
      <CreateDialog
        open={search.new === true}
        onClose={() => change({ new: undefined })}
        onCreated={(id) =>
          void navigate({ to: '/experiments/$experimentId', params: { experimentId: id } })
        }
      />
    </>
  )
}

function EmptyList({
  text: searched,
  deleted,
  onCreate,
}: {
  text: string
  deleted: boolean
  onCreate: () => void
}) {
  if (searched) {
    return (
      <EmptyState title={`Nothing is named like “${searched}”`} icon={<SearchX size={18} />}>
        Search by a part of the name, or by tags:{' '}
        <code className="font-mono text-xs">tags.team = 'vision'</code>
      </EmptyState>
    )
  }
  if (deleted) {
    return (
      <EmptyState title="Nothing has been deleted" icon={<FlaskConical size={18} />}>
        Deleted experiments wait here until they are restored, or removed for good.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title="Log your first run"
      icon={<FlaskConical size={18} />}
      actions={
        <>
          <Button onClick={onCreate}>New experiment</Button>
          <DemoButton />
        </>
      }
    >
      <p>
        Point a script at this server. The experiment appears here as soon as it logs something.
      </p>
      <Snippet code={firstRunSnippet()} />
    </EmptyState>
  )
}
