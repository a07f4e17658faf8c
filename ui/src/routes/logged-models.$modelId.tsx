import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import * as v from 'valibot'
import { CopyButton } from '~/components/CopyButton'
import { ErrorState } from '~/components/ErrorState'
import { Code, Fact, Facts } from '~/components/Facts'
import { LinkTabs } from '~/components/LinkTabs'
import { NumberText, ParamText } from '~/components/NumberText'
import { PageHeader } from '~/components/PageHeader'
import { SkeletonLines } from '~/components/Skeleton'
import { Ago } from '~/components/Time'
import { ValueList } from '~/components/ValueList'
import { loggedModelQuery } from '~/features/registry/queries'
import type { LoggedModel } from '~/lib/registry'
import { choice, text } from '~/lib/search'
import { useTitle } from '~/lib/title'

const Artifacts = lazy(async () => ({
  default: (await import('~/features/artifacts/ArtifactBrowser')).ArtifactBrowser,
}))

export const Route = createFileRoute('/logged-models/$modelId')({
  validateSearch: v.object({ tab: choice(['overview', 'artifacts']), path: text() }),
  loader: ({ context: { queryClient }, params: { modelId } }) => {
    void queryClient.prefetchQuery(loggedModelQuery(modelId))
  },
  component: LoggedModelPage,
})

const STATES: Record<string, string> = {
  LOGGED_MODEL_PENDING: 'Being uploaded',
  LOGGED_MODEL_READY: 'Ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'Upload failed',
}

/** A model as a run logged it, registered or not. */
function LoggedModelPage() {
  const { modelId } = Route.useParams()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data: model, error, refetch } = useQuery(loggedModelQuery(modelId))
  const name = model?.info?.name ?? modelId
  useTitle(name)
  if (!model) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <SkeletonLines lines={12} height={40} />
    )
  }
  const experimentId = model.info.experiment_id
  const tab = search.tab ?? 'overview'
  return (
    <>
      <PageHeader
        trail={
          experimentId && (
            <Link
              to="/experiments/$experimentId"
              params={{ experimentId }}
              className="hover:text-ink hover:underline"
            >
              Experiment {experimentId}
            </Link>
          )
        }
        title={<span className="block truncate">{name}</span>}
        meta={<CopyButton text={modelId} label="Copy model id" className="ml-0.5 size-6" />}
      />
      <div className="border-b px-4 md:px-5">
        <LinkTabs
          label="Parts of the model"
          value={tab}
          tabs={[
            { value: 'overview', label: 'Overview' },
            { value: 'artifacts', label: 'Artifacts' },
          ]}
        />
      </div>
      {tab === 'overview' ? (
        <Overview model={model} modelId={modelId} />
      ) : (
        <Suspense fallback={<SkeletonLines lines={6} />}>
          <Artifacts
            root={{ modelId }}
            path={search.path}
            onPath={(path) =>
              void navigate({ search: (before) => ({ ...before, path }), replace: true })
            }
          />
        </Suspense>
      )}
    </>
  )
}

function Overview({ model, modelId }: { model: LoggedModel; modelId: string }) {
  const { info, data } = model
  const runId = info.source_run_id
  return (
    <section
      aria-label="Overview"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto bg-canvas"
    >
      <div className="grid grid-cols-1 gap-5 p-4 md:p-5 lg:grid-cols-[minmax(0,1fr)_320px] lg:gap-8">
        <div className="grid grid-cols-1 items-start gap-4 sm:grid-cols-2">
          <ValueList
            title="Metrics"
            items={data?.metrics ?? []}
            keyOf={(metric) => metric.key}
            textOf={(metric) => String(metric.value)}
            render={(metric) => (
              <span className="font-medium">
                <NumberText value={metric.value} />
              </span>
            )}
            empty={
              <>
                None yet. <code className="font-mono text-xs">log_metric(…, model_id=…)</code> adds
                them.
              </>
            }
          />
          <ValueList
            title="Parameters"
            items={data?.params ?? []}
            keyOf={(param) => param.key}
            textOf={(param) => param.value}
            render={(param) => <ParamText value={param.value} />}
            empty="None were logged with the model."
          />
        </div>
        <Facts>
          <Fact name="Status">{STATES[info.status] ?? 'Unknown'}</Fact>
          <Fact name="Model ID" copy={modelId}>
            <Code>{modelId}</Code>
          </Fact>
          <Fact name="URI" copy={`models:/${modelId}`}>
            <Code>{`models:/${modelId}`}</Code>
          </Fact>
          {info.model_type && <Fact name="Type">{info.model_type}</Fact>}
          {runId && (
            <Fact name="Run" copy={runId}>
              <Link
                to="/runs/$runId"
                params={{ runId }}
                className="truncate font-mono text-xs text-accent hover:underline"
              >
                {runId}
              </Link>
            </Fact>
          )}
          <Fact name="Created">
            <Ago time={Number(info.creation_timestamp_ms) || undefined} />
          </Fact>
        </Facts>
      </div>
    </section>
  )
}
