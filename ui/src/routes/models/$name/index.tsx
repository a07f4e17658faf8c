import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { GitCompareArrows, Layers, X } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import * as v from 'valibot'
import { buttonClass, IconButton } from '~/components/Button'
import { classes } from '~/components/classes'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { InlineEdit } from '~/components/InlineEdit'
import { LinkTabs } from '~/components/LinkTabs'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { notifyError } from '~/components/Toasts'
import { ModelDetails } from '~/features/registry/ModelDetails'
import { ModelMenu } from '~/features/registry/ModelMenu'
import { registerSnippet } from '~/features/registry/snippets'
import { VersionsTable } from '~/features/registry/VersionsTable'
import { useShortcuts } from '~/lib/keyboard'
import { type ModelVersion, registeredModelQuery, versionsQuery } from '~/lib/registry'
import { choice, list } from '~/lib/search'
import { useTitle } from '~/lib/title'
import { useRenameModel } from '~/lib/useRegistry'

export const Route = createFileRoute('/models/$name/')({
  validateSearch: v.object({ tab: choice(['versions', 'about']), sel: list() }),
  loader: ({ context: { queryClient }, params: { name } }) => {
    void queryClient.prefetchQuery(registeredModelQuery(name))
    void queryClient.prefetchInfiniteQuery(versionsQuery('models', name))
  },
  component: ModelPage,
})

const NONE: string[] = []

function ModelPage() {
  const { name } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  useTitle(name)
  const model = useQuery(registeredModelQuery(name))
  const versions = useInfiniteQuery(versionsQuery('models', name))
  const rows = useMemo(
    () => versions.data?.pages.flatMap((page) => page.model_versions ?? []) ?? [],
    [versions.data],
  )
  const rename = useRenameModel()
  const selection = search.sel ?? NONE
  const select = useCallback(
    (sel: string[]) =>
      void navigate({
        search: (before) => ({ ...before, sel: sel.length > 0 ? sel : undefined }),
        replace: true,
      }),
    [navigate],
  )
  useShortcuts({ escape: () => select([]) })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = versions
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  const error = model.error ?? versions.error
  if (error && !(model.data && versions.data)) {
    return (
      <ErrorState
        error={error}
        onRetry={() => {
          void model.refetch()
          void versions.refetch()
        }}
      />
    )
  }
  const tab = search.tab ?? 'versions'
  return (
    <>
      <PageHeader
        trail={
          <Link to="/models" className="hover:text-ink hover:underline">
            Models
          </Link>
        }
        title={
          <InlineEdit
            value={name}
            label="Rename model"
            onSave={(next) =>
              rename.mutate(
                { name, new_name: next },
                {
                  onSuccess: () =>
                    void navigate({ to: '/models/$name', params: { name: next }, replace: true }),
                  onError: notifyError,
                },
              )
            }
          />
        }
        actions={<ModelMenu name={name} />}
      />
      <div className="border-b px-4 md:px-5 lg:hidden">
        <LinkTabs
          label="Parts of the model"
          value={tab}
          tabs={[
            { value: 'versions', label: 'Versions' },
            { value: 'about', label: 'About' },
          ]}
        />
      </div>
      <div className="flex min-h-0 flex-1 lg:border-t">
        <div
          className={classes(
            'relative min-h-0 min-w-0 flex-1 flex-col lg:flex',
            tab === 'versions' ? 'flex' : 'hidden',
          )}
        >
          {!model.data || !versions.data ? (
            <SkeletonLines lines={8} />
          ) : rows.length === 0 ? (
            <EmptyState title="No version yet" icon={<Layers size={18} />}>
              <p>Log a model under this name, and its first version appears here.</p>
              <Snippet code={registerSnippet(name)} />
            </EmptyState>
          ) : (
            <VersionsTable
              model={model.data}
              versions={rows}
              selection={selection}
              onSelection={select}
              onEnd={more}
            />
          )}
          {selection.length > 0 && (
            <SelectedVersions rows={rows} selection={selection} onClear={() => select([])} />
          )}
        </div>
        <section
          aria-label="About the model"
          tabIndex={0}
          className={classes(
            'min-h-0 w-full overflow-y-auto bg-canvas p-4 md:p-5 lg:block lg:w-90 lg:shrink-0 lg:border-l',
            tab === 'about' ? 'block' : 'hidden',
          )}
        >
          {model.data && <ModelDetails model={model.data} />}
        </section>
      </div>
    </>
  )
}

interface SelectedProps {
  rows: ModelVersion[]
  selection: string[]
  onClear: () => void
}

function SelectedVersions({ rows, selection, onClear }: SelectedProps) {
  const runs = rows
    .filter((row) => selection.includes(row.version) && row.run_id)
    .map((row) => row.run_id ?? '')
  return (
    <div
      role="toolbar"
      aria-label="Selected versions"
      className="popup absolute bottom-4 left-1/2 z-30 flex h-10 -translate-x-1/2 items-center gap-1.5 rounded-xl pr-1.5 pl-3 whitespace-nowrap"
    >
      <span className="pr-1 font-medium tabular">{selection.length} selected</span>
      {runs.length > 1 ? (
        <Link to="/compare" search={{ runs }} className={buttonClass('solid')}>
          <GitCompareArrows size={14} /> Compare runs
        </Link>
      ) : (
        <span className="pr-1 text-muted">Choose two that came from runs to compare</span>
      )}
      <IconButton label="Clear the selection" shortcut="Esc" onClick={onClear}>
        <X size={15} />
      </IconButton>
    </div>
  )
}
