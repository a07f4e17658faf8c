import { Link } from '@tanstack/react-router'
import { AliasChip } from '~/components/AliasChip'
import { AsideSection, Fact, Facts } from '~/components/Facts'
import { NoteEditor } from '~/components/NoteEditor'
import { Snippet } from '~/components/Snippet'
import { TagEditor } from '~/components/TagEditor'
import { Ago } from '~/components/Time'
import { loadSnippet } from '~/features/registry/snippets'
import { latestVersion, plainTags, type RegisteredModel } from '~/lib/registry'
import { useDescribeModel, useTagModel, useUntagModel } from '~/lib/useRegistry'

/** What is known of a model beside its versions. */
export function ModelDetails({ model }: { model: RegisteredModel }) {
  const { name } = model
  const describe = useDescribeModel()
  const tag = useTagModel()
  const untag = useUntagModel()
  const [alias] = model.aliases ?? []
  const latest = latestVersion(model)
  const handle = alias ? `@${alias.alias}` : latest === undefined ? undefined : `/${latest}`
  return (
    <div className="flex flex-col gap-5">
      <AsideSection title="Description">
        <NoteEditor
          note={model.description ?? ''}
          onSave={(description) => describe.mutateAsync({ name, description })}
        />
      </AsideSection>
      {(model.aliases ?? []).length > 0 && (
        <AsideSection title="Aliases">
          <ul className="flex flex-col gap-1">
            {(model.aliases ?? []).map(({ alias, version }) => (
              <li key={alias} className="flex h-6 items-center justify-between gap-3">
                <AliasChip alias={alias} />
                <Link
                  to="/models/$name/versions/$version"
                  params={{ name, version }}
                  className="shrink-0 text-muted tabular hover:text-ink hover:underline"
                >
                  Version {version}
                </Link>
              </li>
            ))}
          </ul>
        </AsideSection>
      )}
      <AsideSection title="Tags">
        <TagEditor
          tags={plainTags(model.tags)}
          onSet={(key, value) => tag.mutateAsync({ name, key, value })}
          onDelete={(key) => untag.mutateAsync({ name, key })}
        />
      </AsideSection>
      <Facts>
        <Fact name="Created">
          <Ago time={model.creation_timestamp} />
        </Fact>
        <Fact name="Updated">
          <Ago time={model.last_updated_timestamp} />
        </Fact>
      </Facts>
      {handle && (
        <AsideSection title="Use it">
          <Snippet code={loadSnippet(`models:/${name}${handle}`)} />
        </AsideSection>
      )}
    </div>
  )
}
