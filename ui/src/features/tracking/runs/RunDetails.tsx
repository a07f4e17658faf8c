import { Link } from '@tanstack/react-router'
import { GitBranch } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from '~/components/CopyButton'
import { AsideSection, Fact, Facts } from '~/components/Facts'
import { TagEditor } from '~/components/TagEditor'
import { Absent, Ago, Duration } from '~/components/Time'
import { useTagRun, useUntagRun } from '~/features/tracking/runs/queries'
import { isLive, runParent, runUser, tagValue, userTags } from '~/lib/runs'
import type { Run } from '~/lib/wire'

const SHORT_HASH = 7

/** What is known of a run beside its results. */
export function RunDetails({ run, experiment }: { run: Run; experiment: ReactNode }) {
  const { info, data } = run
  const commit = tagValue(data.tags, 'mlflow.source.git.commit')
  const branch = tagValue(data.tags, 'mlflow.source.git.branch')
  const source = tagValue(data.tags, 'mlflow.source.name')
  const parent = runParent(run)
  return (
    <section aria-label="Details" className="flex flex-col gap-5">
      <Facts>
        <Fact name="Experiment">{experiment}</Fact>
        {parent && (
          <Fact name="Parent">
            <Link
              to="/runs/$runId"
              params={{ runId: parent }}
              className="font-mono text-xs hover:underline"
            >
              {parent.slice(0, 8)}
            </Link>
          </Fact>
        )}
        <Fact name="Started">
          <Ago time={info.start_time} />
        </Fact>
        <Fact name="Duration">
          <Duration start={info.start_time} end={info.end_time || undefined} live={isLive(run)} />
        </Fact>
        <Fact name="User">{runUser(run) ?? <Absent />}</Fact>
        <Fact name="Source">
          {source ? (
            <span className="truncate" title={source}>
              {source}
            </span>
          ) : (
            <Absent />
          )}
        </Fact>
        {commit && (
          <Fact name="Commit" copy={commit}>
            <span className="flex min-w-0 items-center gap-1.5 font-mono text-xs" title={commit}>
              {commit.slice(0, SHORT_HASH)}
              {branch && (
                <span className="flex min-w-0 items-center gap-1 font-sans text-muted">
                  <GitBranch size={12} className="shrink-0" />
                  <span className="truncate">{branch}</span>
                </span>
              )}
            </span>
          </Fact>
        )}
        <Fact name="Run ID" copy={info.run_id}>
          <span className="truncate font-mono text-xs" title={info.run_id}>
            {info.run_id}
          </span>
        </Fact>
        {info.artifact_uri && (
          <Fact name="Artifacts" copy={info.artifact_uri}>
            <span className="truncate font-mono text-xs" title={info.artifact_uri}>
              {info.artifact_uri}
            </span>
          </Fact>
        )}
      </Facts>
      <Tags run={run} />
      <Datasets run={run} />
      <Models run={run} />
    </section>
  )
}

function Tags({ run }: { run: Run }) {
  const tag = useTagRun()
  const untag = useUntagRun()
  const id = run.info.run_id
  return (
    <AsideSection title="Tags">
      <TagEditor
        tags={userTags(run.data.tags)}
        onSet={(key, value) => tag.mutateAsync({ id, key, value })}
        onDelete={(key) => untag.mutateAsync({ id, key })}
      />
    </AsideSection>
  )
}

function Datasets({ run }: { run: Run }) {
  const inputs = run.inputs?.dataset_inputs ?? []
  if (inputs.length === 0) return null
  return (
    <AsideSection title="Datasets">
      <ul className="flex flex-col gap-1">
        {inputs.map(({ dataset, tags }) => {
          const context = tagValue(tags, 'mlflow.data.context')
          return (
            <li
              key={`${dataset.name} ${dataset.digest} ${context}`}
              className="flex min-w-0 items-baseline gap-2"
            >
              <span className="truncate" title={dataset.source}>
                {dataset.name}
              </span>
              <span className="font-mono text-2xs text-faint">{dataset.digest}</span>
              {context && (
                <span className="ml-auto shrink-0 rounded-sm bg-accent-soft px-1.5 text-xs text-accent">
                  {context}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </AsideSection>
  )
}

function Models({ run }: { run: Run }) {
  const models = run.outputs?.model_outputs ?? []
  if (models.length === 0) return null
  return (
    <AsideSection title="Models">
      <ul>
        {models.map((model) => (
          <li key={`${model.model_id} ${model.step}`} className="flex h-7 items-center gap-1">
            <Link
              to="/logged-models/$modelId"
              params={{ modelId: model.model_id }}
              className="truncate font-mono text-xs text-accent hover:underline"
              title={model.model_id}
            >
              {model.model_id}
            </Link>
            <CopyButton text={model.model_id} label="Copy model id" className="size-6" />
            {model.step !== undefined && (
              <span className="ml-auto text-xs text-faint">step {model.step}</span>
            )}
          </li>
        ))}
      </ul>
    </AsideSection>
  )
}
