import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { GitCompareArrows, Plus } from 'lucide-react'
import { useMemo } from 'react'
import * as v from 'valibot'
import { Button } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { PageHeader } from '~/components/PageHeader'
import { Select } from '~/components/Select'
import { SkeletonLines } from '~/components/Skeleton'
import { PromptDetails } from '~/features/prompts/PromptDetails'
import { PromptDialog } from '~/features/prompts/PromptDialog'
import { PromptDiff } from '~/features/prompts/PromptDiff'
import { PromptMenu } from '~/features/prompts/PromptMenu'
import { readPrompt } from '~/features/prompts/prompt'
import { JsonCard, Template } from '~/features/prompts/Template'
import { VersionRail } from '~/features/prompts/VersionRail'
import { useShortcuts } from '~/lib/keyboard'
import { aliasesByVersion, registeredModelQuery, versionsQuery } from '~/lib/registry'
import { flag, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/prompts/$name')({
  validateSearch: v.object({ v: text(), with: text(), edit: flag() }),
  loader: ({ context: { queryClient }, params: { name } }) => {
    void queryClient.prefetchQuery(registeredModelQuery(name))
    void queryClient.prefetchInfiniteQuery(versionsQuery('prompts', name))
  },
  component: PromptPage,
})

function PromptPage() {
  const { name } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  useTitle(name)
  const model = useQuery(registeredModelQuery(name))
  const query = useInfiniteQuery(versionsQuery('prompts', name))
  const versions = useMemo(
    () => query.data?.pages.flatMap((page) => page.model_versions ?? []) ?? [],
    [query.data],
  )
  const aliases = useMemo(() => aliasesByVersion(model.data?.aliases), [model.data])
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true })
  const at = Math.max(
    0,
    versions.findIndex((version) => version.version === search.v),
  )
  const version = versions[at]
  const other = versions.find((each) => each.version === search.with)
  const step = (by: number) => {
    const next = versions[at + by]
    if (next) change({ v: next.version })
  }
  const compare = () => {
    const before = versions[at + 1] ?? versions[at - 1]
    if (before) change({ with: search.with ? undefined : before.version, v: version?.version })
  }
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    c: compare,
  })
  const error = model.error ?? query.error
  if (error && !(model.data && query.data)) {
    return (
      <ErrorState
        error={error}
        onRetry={() => {
          void model.refetch()
          void query.refetch()
        }}
      />
    )
  }
  const options = versions.map(({ version: value }) => ({ value, label: `Version ${value}` }))
  return (
    <>
      <PageHeader
        trail={
          <Link to="/prompts" className="hover:text-ink hover:underline">
            Prompts
          </Link>
        }
        title={
          <span className="block truncate" title={name}>
            {name}
          </span>
        }
        actions={
          <>
            {versions.length > 1 && (
              <Button onClick={compare}>
                <GitCompareArrows size={14} />
                <span className="sr-only sm:not-sr-only">
                  {other ? 'Stop comparing' : 'Compare'}
                </span>
              </Button>
            )}
            <Button kind="solid" onClick={() => change({ edit: true })}>
              <Plus size={14} /> New <span className="sr-only sm:not-sr-only">version</span>
            </Button>
            <PromptMenu
              name={name}
              version={version?.version}
              onVersionDeleted={() => change({ v: undefined, with: undefined })}
            />
          </>
        }
      />
      {!model.data || !query.data ? (
        <SkeletonLines lines={10} />
      ) : !version ? (
        <EmptyState
          title="No version yet"
          actions={<Button onClick={() => change({ edit: true })}>Write the first one</Button>}
        >
          This prompt has a name but no text.
        </EmptyState>
      ) : (
        <div className="flex min-h-0 flex-1 flex-col border-t md:flex-row">
          <nav
            aria-label="Versions"
            className="shrink-0 border-b md:w-64 md:overflow-y-auto md:border-r md:border-b-0"
          >
            <VersionRail versions={versions} aliases={aliases} current={version.version} />
            {query.hasNextPage && (
              <Button
                size="small"
                onClick={() => void query.fetchNextPage()}
                disabled={query.isFetchingNextPage}
                className="m-2"
              >
                Older versions
              </Button>
            )}
          </nav>
          <section
            aria-label={`Version ${version.version}`}
            tabIndex={0}
            className="min-h-0 min-w-0 flex-1 overflow-y-auto bg-canvas p-4 md:p-5"
          >
            {other ? (
              <div className="flex flex-col gap-4">
                <div className="flex flex-wrap items-center gap-2">
                  <Select
                    label="Compare from"
                    value={other.version}
                    options={options}
                    onChange={(value) => change({ with: value })}
                  />
                  <span className="text-muted">with</span>
                  <Select
                    label="Compare to"
                    value={version.version}
                    options={options}
                    onChange={(value) => change({ v: value })}
                  />
                </div>
                <PromptDiff before={readPrompt(other)} after={readPrompt(version)} />
              </div>
            ) : (
              <div className="grid grid-cols-1 gap-5 lg:grid-cols-[minmax(0,1fr)_300px] lg:gap-8">
                <div className="flex min-w-0 flex-col gap-4">
                  <Template prompt={readPrompt(version)} />
                  <JsonCard title="Model config" json={readPrompt(version).config} />
                  <JsonCard title="Response format" json={readPrompt(version).format} />
                </div>
                <PromptDetails model={model.data} version={version} />
              </div>
            )}
          </section>
        </div>
      )}
      {search.edit && query.data && (
        <PromptDialog
          name={name}
          from={version && readPrompt(version)}
          onClose={() => change({ edit: undefined })}
          onSaved={(_, saved) => change({ edit: undefined, v: saved, with: undefined })}
        />
      )}
    </>
  )
}
