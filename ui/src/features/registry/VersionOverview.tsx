import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { AliasEditor } from '~/components/AliasEditor'
import { AsideSection, Code, Fact, Facts } from '~/components/Facts'
import { NoteEditor } from '~/components/NoteEditor'
import { NumberText, ParamText } from '~/components/NumberText'
import { Snippet } from '~/components/Snippet'
import { TagEditor } from '~/components/TagEditor'
import { Ago } from '~/components/Time'
import { ValueList } from '~/components/ValueList'
import { loggedModelQuery, readSource } from '~/features/registry/queries'
import { SignatureCard } from '~/features/registry/SignatureCard'
import { StageSelect } from '~/features/registry/StageSelect'
import { loadSnippet } from '~/features/registry/snippets'
import { type Alias, type ModelVersion, plainTags } from '~/lib/registry'
import { useDescribeVersion, useTagVersion, useUntagVersion } from '~/lib/useRegistry'

interface Props {
  version: ModelVersion
  aliases: Alias[]
  /** A link to the run that the version was made from. */
  run: ReactNode
}

export function VersionOverview({ version, aliases, run }: Props) {
  const { modelId } = readSource(version.source)
  const logged = useQuery({ ...loggedModelQuery(modelId ?? ''), enabled: modelId !== undefined })
  const ref = { name: version.name, version: version.version }
  const describe = useDescribeVersion()
  const metrics = logged.data?.data?.metrics ?? []
  const params = logged.data?.data?.params ?? []
  return (
    <section
      aria-label="Overview"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto bg-canvas"
    >
      <div className="grid grid-cols-1 gap-5 p-4 md:p-5 lg:grid-cols-[minmax(0,1fr)_320px] lg:gap-8">
        <div className="flex min-w-0 flex-col gap-5">
          <NoteEditor
            note={version.description ?? ''}
            onSave={(description) => describe.mutateAsync({ ...ref, description })}
          />
          <SignatureCard {...ref} />
          {modelId && (
            <div className="grid grid-cols-1 items-start gap-4 sm:grid-cols-2">
              <ValueList
                title="Metrics"
                items={metrics}
                keyOf={(metric) => metric.key}
                textOf={(metric) => String(metric.value)}
                render={(metric) => (
                  <span className="font-medium">
                    <NumberText value={metric.value} />
                  </span>
                )}
                empty={
                  <>
                    None yet. <code className="font-mono text-xs">log_metric(…, model_id=…)</code>{' '}
                    adds them.
                  </>
                }
              />
              <ValueList
                title="Parameters"
                items={params}
                keyOf={(param) => param.key}
                textOf={(param) => param.value}
                render={(param) => <ParamText value={param.value} />}
                empty="None were logged with the model."
              />
            </div>
          )}
        </div>
        <VersionDetails version={version} aliases={aliases} run={run} modelId={modelId} />
      </div>
    </section>
  )
}

function VersionDetails({ version, aliases, run, modelId }: Props & { modelId?: string }) {
  const ref = { name: version.name, version: version.version }
  const tag = useTagVersion()
  const untag = useUntagVersion()
  const alias = aliases.find((each) => each.version === version.version)?.alias
  const uri = `models:/${version.name}${alias ? `@${alias}` : `/${version.version}`}`
  return (
    <section aria-label="Details" className="flex min-w-0 flex-col gap-5">
      <Facts>
        <Fact name="Stage">
          <StageSelect version={version} />
        </Fact>
        {version.run_id && <Fact name="Run">{run}</Fact>}
        {modelId && (
          <Fact name="Model ID" copy={modelId}>
            <Code>{modelId}</Code>
          </Fact>
        )}
        {version.source && (
          <Fact name="Source" copy={version.source}>
            <Code>{version.source}</Code>
          </Fact>
        )}
        <Fact name="Created">
          <Ago time={version.creation_timestamp} />
        </Fact>
        <Fact name="Updated">
          <Ago time={version.last_updated_timestamp} />
        </Fact>
        {version.user_id && <Fact name="User">{version.user_id}</Fact>}
        {version.status_message && <Fact name="Status">{version.status_message}</Fact>}
      </Facts>
      <AsideSection title="Aliases">
        <AliasEditor {...ref} aliases={aliases} />
      </AsideSection>
      <AsideSection title="Tags">
        <TagEditor
          tags={plainTags(version.tags)}
          onSet={(key, value) => tag.mutateAsync({ ...ref, key, value })}
          onDelete={(key) => untag.mutateAsync({ ...ref, key })}
        />
      </AsideSection>
      <AsideSection title="Use it">
        <Snippet code={loadSnippet(uri)} />
      </AsideSection>
    </section>
  )
}
