import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { MessageSquareText, Plus, SearchX } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import * as v from 'valibot'
import { Button } from '~/components/Button'
import { DelayedSearch } from '~/components/DelayedSearch'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { PromptDialog } from '~/features/prompts/PromptDialog'
import { PromptsTable } from '~/features/prompts/PromptsTable'
import { firstPromptSnippet } from '~/features/prompts/snippets'
import { useShortcuts } from '~/lib/keyboard'
import { DEFAULT_ORDER, isExpression, registryQuery } from '~/lib/registry'
import { flag, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/prompts/')({
  validateSearch: v.object({ q: text(), order: text(), new: flag() }),
  loaderDeps: ({ search: { q, order } }) => ({ q, order }),
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchInfiniteQuery(registryQuery(viewOf(deps)))
  },
  component: PromptsPage,
})

const viewOf = ({ q = '', order = DEFAULT_ORDER }: { q?: string; order?: string }) => ({
  kind: 'prompts' as const,
  text: q,
  order,
})

function PromptsPage() {
  useTitle('Prompts')
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const view = viewOf(search)
  const query = useInfiniteQuery({ ...registryQuery(view), placeholderData: keepPreviousData })
  const prompts = useMemo(
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
        title="Prompts"
        actions={
          <Button kind="solid" onClick={() => change({ new: true })}>
            <Plus size={14} /> New prompt
          </Button>
        }
      />
      <div className="flex flex-wrap items-center gap-2 border-b px-4 pb-2.5 md:px-5">
        <DelayedSearch
          value={view.text}
          onChange={(q) => change({ q: q || undefined })}
          inputRef={field}
          label="Search prompts"
          placeholder="Search by name, or tags.team = 'language'"
        />
        {refused && <ErrorNote error={query.error} />}
      </div>
      {query.isPending ? (
        <SkeletonLines lines={14} />
      ) : query.isError && !refused ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : prompts.length > 0 ? (
        <PromptsTable prompts={prompts} order={view.order} onOrder={order} onEnd={more} />
      ) : view.text ? (
        <EmptyState title={`No prompt is named like “${view.text}”`} icon={<SearchX size={18} />}>
          Search by a part of the name, or by tags:{' '}
          <code className="font-mono text-xs">tags.team = 'language'</code>
        </EmptyState>
      ) : (
        <EmptyState
          title="Register your first prompt"
          icon={<MessageSquareText size={18} />}
          actions={<Button onClick={() => change({ new: true })}>New prompt</Button>}
        >
          <p>
            Prompts live here by version, so that an application changes them without a release.
          </p>
          <Snippet code={firstPromptSnippet()} />
        </EmptyState>
      )}
      {search.new && (
        <PromptDialog
          onClose={() => change({ new: undefined })}
          onSaved={(name) => void navigate({ to: '/prompts/$name', params: { name } })}
        />
      )}
    </>
  )
}
