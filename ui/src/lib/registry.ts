import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { get } from '~/lib/api'
import type * as api from '~/lib/api.gen'
import type { Tag } from '~/lib/wire'

// The registry holds models and prompts alike: a prompt is a registered model with a mark.

export type Alias = api.Alias
export type ModelVersion = api.ModelVersion
export type RegisteredModel = api.RegisteredModel

/** A model as a run logged it, before or beside the registry. */
export type LoggedModel = api.LoggedModel

export type Kind = 'models' | 'prompts'

export const IS_PROMPT = 'mlflow.prompt.is_prompt'

export interface RegistryView {
  kind: Kind
  text: string
  order: string
}

interface ModelsPage {
  registered_models?: RegisteredModel[]
  next_page_token?: string
}

interface VersionsPage {
  model_versions?: ModelVersion[]
  next_page_token?: string
}

export const DEFAULT_ORDER = 'last_updated_timestamp DESC'
const PAGE = 100

const EXPRESSION = /^\s*(?:tags?\.|name\s)/i
const OPERATOR = /=|<|>|\b(?:i?like|in|is)\b/i

/** True where the text is already a filter, not a part of a name. */
export function isExpression(text: string): boolean {
  return EXPRESSION.test(text) && OPERATOR.test(text)
}

function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!value.includes('"')) return `"${value}"`
  // A value with both kinds of quotes is looked up by its longest part without.
  const plain = value.split(/['"]/).sort((a, b) => b.length - a.length)[0]
  return `'%${plain}%'`
}

/** The filter for what was typed into the search field. */
export function registryFilter({ kind, text }: Pick<RegistryView, 'kind' | 'text'>): string {
  const typed = text.trim()
  const own = !typed ? '' : isExpression(typed) ? typed : `name ILIKE ${quoted(`%${typed}%`)}`
  // Without a word about prompts the server leaves them out.
  return [own, kind === 'prompts' && `tags.\`${IS_PROMPT}\` = 'true'`].filter(Boolean).join(' AND ')
}

export function searchRegistry(
  view: RegistryView,
  size: number,
  token?: string,
  signal?: AbortSignal,
) {
  return get<ModelsPage>(
    'registered-models/search',
    {
      filter: registryFilter(view) || undefined,
      max_results: size,
      order_by: [view.order],
      page_token: token,
    },
    signal,
  )
}

export const registryQuery = (view: RegistryView) =>
  infiniteQueryOptions({
    queryKey: ['registry', 'list', view],
    queryFn: ({ pageParam, signal }) => searchRegistry(view, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })

export const registeredModelQuery = (name: string) =>
  queryOptions({
    queryKey: ['registry', 'one', name],
    queryFn: async ({ signal }) =>
      (await get<{ registered_model: RegisteredModel }>('registered-models/get', { name }, signal))
        .registered_model,
  })

/** The versions of one name, newest first. */
export const versionsQuery = (kind: Kind, name: string) =>
  infiniteQueryOptions({
    queryKey: ['registry', 'versions', kind, name],
    queryFn: ({ pageParam, signal }) =>
      get<VersionsPage>(
        'model-versions/search',
        {
          filter: [`name = ${quoted(name)}`, kind === 'prompts' && `tags.\`${IS_PROMPT}\` = 'true'`]
            .filter(Boolean)
            .join(' AND '),
          order_by: ['version_number DESC'],
          max_results: PAGE,
          page_token: pageParam,
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })

/** The number of the newest version; undefined where there is none. */
export function latestVersion(model: RegisteredModel): number | undefined {
  const numbers = (model.latest_versions ?? []).map((version) => Number(version.version))
  return numbers.length > 0 ? Math.max(...numbers) : undefined
}

/** The aliases of each version, by its number. */
export function aliasesByVersion(aliases: Alias[] | undefined): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { alias, version } of aliases ?? []) {
    found.set(version, [...(found.get(version) ?? []), alias])
  }
  return found
}

/** Tags that people set, without those that clients keep for themselves. */
export function plainTags(tags: Tag[] | undefined): Tag[] {
  return (tags ?? []).filter(({ key }) => !/^_?mlflow[._]/.test(key))
}
