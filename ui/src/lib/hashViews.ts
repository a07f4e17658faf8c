// What a classic link says of a table: its filter, order, columns and time.

/** Ids of the fields that the reference calls by other names. */
const ATTRIBUTES: Record<string, string> = {
  'attributes.start_time': 'created',
  'attributes.`Start Time`': 'created',
  'attributes.`Created`': 'created',
  'attributes.run_name': 'name',
  'attributes.`Run Name`': 'name',
  'tags.`mlflow.runName`': 'name',
  'attributes.status': 'status',
  'attributes.`Status`': 'status',
  'attributes.`Duration`': 'duration',
  'attributes.user_id': 'user',
  'attributes.`User`': 'user',
  'tags.`mlflow.user`': 'user',
  'attributes.`Source`': 'source',
  'tags.`mlflow.source.name`': 'source',
}

const KINDS: Record<string, string> = { metrics: 'metric', params: 'param', tags: 'tag' }

/** How the table of runs calls a field: "metrics.`loss`" is "metric:loss". */
function fieldId(name: string): string | undefined {
  const attribute = ATTRIBUTES[name]
  if (attribute) return `attribute:${attribute}`
  const [, kind = '', quoted, plain] = /^(\w+)\.(?:[`"](.+)[`"]|(.+))$/s.exec(name) ?? []
  const key = quoted ?? plain
  return KINDS[kind] && key ? `${KINDS[kind]}:${key}` : undefined
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SPANS: Record<string, number> = {
  LAST_HOUR: HOUR,
  LAST_24_HOURS: DAY,
  LAST_7_DAYS: 7 * DAY,
  LAST_30_DAYS: 30 * DAY,
  LAST_YEAR: 365 * DAY,
}

type View = Record<string, string | string[] | undefined>

/** The parameters of the page of runs. */
export function runsView(search: URLSearchParams, now = Date.now()): View {
  const order = fieldId(search.get('orderByKey') ?? '')
  const rising = search.get('orderByAsc') === 'true'
  const mode = search.get('compareRunsMode')
  const charts = mode === 'CHART' || search.get('isComparingRuns') === 'true'
  const since = SPANS[search.get('startTime') ?? '']
  const digests = digestsOf(search.get('datasetsFilter'))
  const filter = [
    search.getAll('searchFilter').join().trim(),
    since && `attributes.start_time >= ${now - since}`,
    digests.length > 0 && `dataset.digest IN (${digests.map((each) => `'${each}'`).join(', ')})`,
  ]
  const names = search.getAll('selectedColumns').flatMap((each) => each.split(','))
  const cols = names.flatMap((name) => fieldId(name) ?? [])
  return {
    filter: filter.filter(Boolean).join(' AND '),
    sort: order && `${rising ? '' : '-'}${order}`,
    view: charts ? 'charts' : undefined,
    cols,
    deleted: /^deleted/i.test(search.get('lifecycleFilter') ?? '') ? 'true' : undefined,
  }
}

/** Digests of the data sets that a table was cut down to: Base64 of a JSON list. */
function digestsOf(text: string | null): string[] {
  try {
    const bytes = Uint8Array.from(atob(text ?? ''), (char) => char.charCodeAt(0))
    const list: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const digest = (item: unknown) => (item as { digest?: unknown } | null)?.digest
    return Array.isArray(list)
      ? list
          .map(digest)
          .filter((each) => typeof each === 'string' && !each.includes("'"))
          .map(String)
      : []
  } catch {
    return []
  }
}

const RANGES: Record<string, string> = {
  LAST_15_MINUTES: '15m',
  LAST_HOUR: '1h',
  LAST_24_HOURS: '24h',
  LAST_7_DAYS: '7d',
  LAST_30_DAYS: '30d',
}

/** The parameters of pages about traces: their time, and the words that are looked for. */
export function tracesView(search: URLSearchParams, now = Date.now()): View {
  const label = search.get('startTimeLabel') ?? ''
  const span = RANGES[label] ? undefined : SPANS[label]
  const time = (name: string) => isoOf(search.get(name))
  return {
    filter: search.get('q') ?? search.get('searchQuery') ?? undefined,
    range: RANGES[label],
    from: RANGES[label] ? undefined : span ? new Date(now - span).toISOString() : time('startTime'),
    to: RANGES[label] || span ? undefined : time('endTime'),
  }
}

/** A time as an ISO text, whether it was one or milliseconds; undefined if neither. */
function isoOf(text: string | null): string | undefined {
  const time = text && /^\d+$/.test(text) ? Number(text) : Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
