import { AliasEditor } from '~/components/AliasEditor'
import { AsideSection, Fact, Facts } from '~/components/Facts'
import { NoteEditor } from '~/components/NoteEditor'
import { Snippet } from '~/components/Snippet'
import { TagEditor } from '~/components/TagEditor'
import { Ago } from '~/components/Time'
import { readPrompt, variablesOf } from '~/features/prompts/prompt'
import { promptSnippet } from '~/features/prompts/snippets'
import { type ModelVersion, plainTags, type RegisteredModel } from '~/lib/registry'
import {
  useDescribeVersion,
  useTagModel,
  useTagVersion,
  useUntagModel,
  useUntagVersion,
} from '~/lib/useRegistry'

/** What is known of a version of a prompt beside its template. */
export function PromptDetails({
  model,
  version,
}: {
  model: RegisteredModel
  version: ModelVersion
}) {
  const ref = { name: model.name, version: version.version }
  const describe = useDescribeVersion()
  const tag = useTagVersion()
  const untag = useUntagVersion()
  const tagAll = useTagModel()
  const untagAll = useUntagModel()
  const aliases = model.aliases ?? []
  const alias = aliases.find((each) => each.version === version.version)?.alias
  const { template } = readPrompt(version)
  return (
    <section aria-label="Details" className="flex min-w-0 flex-col gap-5">
      <AsideSection title="What changed">
        <NoteEditor
          key={version.version}
          note={version.description ?? ''}
          placeholder="Say what changed…"
          onSave={(description) => describe.mutateAsync({ ...ref, description })}
        />
      </AsideSection>
      <AsideSection title="Aliases">
        <AliasEditor key={version.version} {...ref} aliases={aliases} />
      </AsideSection>
      <AsideSection title="Tags of this version">
        <TagEditor
          tags={plainTags(version.tags)}
          onSet={(key, value) => tag.mutateAsync({ ...ref, key, value })}
          onDelete={(key) => untag.mutateAsync({ ...ref, key })}
        />
      </AsideSection>
      <AsideSection title="Tags of the prompt">
        <TagEditor
          tags={plainTags(model.tags)}
          onSet={(key, value) => tagAll.mutateAsync({ name: model.name, key, value })}
          onDelete={(key) => untagAll.mutateAsync({ name: model.name, key })}
        />
      </AsideSection>
      <Facts>
        <Fact name="Created">
          <Ago time={version.creation_timestamp} />
        </Fact>
        <Fact name="Variables">{variablesOf(template).join(', ') || 'none'}</Fact>
      </Facts>
      <AsideSection title="Use it">
        <Snippet
          code={promptSnippet(model.name, alias ? `@${alias}` : `/${version.version}`, template)}
        />
      </AsideSection>
    </section>
  )
}
