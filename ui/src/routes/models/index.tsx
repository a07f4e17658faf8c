import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { Box, Plus, SearchX } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import * as v from 'valibot'
import { Button } from '~/components/Button'
import { DelayedSearch } from '~/components/DelayedSearch'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { CreateModelDialog } from '~/features/registry/CreateModelDialog'
import { ModelsTable } from '~/features/registry/ModelsTable'
import { registerSnippet } from '~/features/registry/snippets'
import { useShortcuts } from '~/lib/keyboard'
import { DEFAULT_ORDER, isExpression, registryQuery } from '~/lib/registry'
import { flag, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/models/')({
  validateSearch: v.object({ q: text(), order: text(), new: flag() }),
  loaderDeps: ({ search: { q, order } }) => ({ q, order }),
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchInfiniteQuery(registryQuery(viewOf(deps)))
  },
  component: ModelsPage,
})

const viewOf = ({ q = '', order = DEFAULT_ORDER }: { q?: string; order?: string }) => ({
  kind: 'models' as const,
  text: q,
  order,
})

function ModelsPage() {
  useTitle('Models')
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const view = viewOf(search)
  const query = useInfiniteQuery({ ...registryQuery(view), placeholderData: keepPreviousData })
  const models = useMemo(
    () => query.data?.pages.flatMap((page) => page.registered_models ?? []) ?? [],
    [query.data],
  )
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })
  const change = useCallback(
    (part: Partial<typeof search>) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true }),
    [navigate],
  )
  const order = useCallback(
    (next: string) => change({ order: next === DEFAULT_ORDER ? undefined : next }),
    [change],
  )
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  const refused = query.isError && isExpression(view.text)
  return (
    <>
      <PageHeader
        title="Models"
        actions={
          <Button kind="solid" onClick={() => change({ new: true })}>
            <Plus size={14} /> New model
          </Button>
        }
      />
      <div className="flex flex-wrap items-center gap-2 border-b px-4 pb-2.5 md:px-5">
        <DelayedSearch
          value={view.text}
          onChange={(q) => change({ q: q || undefined })}
          inputRef={field}
          label="Search models"
          placeholder="Search by name, or tags.team = 'vision'"
        />
        {refused && <ErrorNote error={query.error} />}
      </div>
      {query.isPending ? (
        <SkeletonLines lines={14} />
      ) : query.isError && !refused ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : models.length > 0 ? (
        <ModelsTable models={models} order={view.order} onOrder={order} onEnd={more} />
      ) : view.text ? (
        <EmptyState title={`No model is named like “${view.text}”`} icon={<SearchX size={18} />}>
          Search by a part of the name, or by tags:{' '}
          <code className="font-mono text-xs">tags.team = 'vision'</code>
        </EmptyState>
      ) : (
        <EmptyState
          title="Register your first model"
          icon={<Box size={18} />}
          actions={<Button onClick={() => change({ new: true })}>New model</Button>}
        >
          <p>
            The registry keeps the versions of each model that people and services rely on. Name one
            as it is logged, or open a run that logged a model and choose Register.
          </p>
          <Snippet code={registerSnippet('my-model')} />
        </EmptyState>
      )}
      <CreateModelDialog
        open={search.new === true}
        onClose={() => change({ new: undefined })}
        onCreated={(name) => void navigate({ to: '/models/$name', params: { name } })}
      />
    </>
  )
}
