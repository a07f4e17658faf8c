import { runsView, tracesView } from '~/lib/hashViews'

/**
 * Where an address of the classic kind ("#/experiments/1/runs/abc") lives here, without the mount
 * point; undefined when the hash is none of them. Clients print such links and people keep them. What
 * has no page here leads to one that says what the link was.
 */
export function translateHash(hash: string): string | undefined {
  if (!hash.startsWith('#/')) return undefined
  const link = hash.slice(1)
  const at = link.indexOf('?')
  const path = at < 0 ? link : link.slice(0, at)
  const search = new URLSearchParams(at < 0 ? '' : link.slice(at + 1))
  const [kind, ...rest] = path.split('/').filter(Boolean)
  const place = kind === undefined ? '/experiments' : placeOf(kind, rest, search)
  return place ?? `/classic${query({ link })}`
}

type Values = Record<string, string | readonly string[] | undefined>

/** A query with the values that are there; lists repeat their key. */
function query(values: Values): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) {
      if (each) search.append(key, each)
    }
  }
  const text = search.toString()
  return text && `?${text}`
}

function placeOf(kind: string, rest: string[], search: URLSearchParams): string | undefined {
  const get = (name: string) => search.get(name) ?? undefined
  const [id] = rest
  switch (kind) {
    case 'experiments':
      if (!id) return `/experiments${query({ q: get('searchFilter') })}`
      return experimentPlace(id, rest.slice(1), search)
    case 'runs':
      return id && runPlace(id, rest.slice(1), search)
    case 'models':
      if (!id) return `/models${query({ q: get('searchInput') ?? get('nameSearchInput') })}`
      return rest[1] === 'versions' && rest[2]
        ? `/models/${id}/versions/${rest[2]}`
        : `/models/${id}`
    case 'createModel':
      return '/models?new=true'
    case 'prompts':
      return promptPlace(id, search)
    case 'compare-runs':
      return comparePlace(jsonList(get('runs')), {})
    case 'compare-model-versions':
      return comparePlace(jsonKeys(get('runs')), {})
    case 'metric':
      return metricPlace(search)
    case 'compare-experiments': {
      const ids = jsonList(get('experiments'))
      return ids.length === 1 ? `/experiments/${ids[0]}` : undefined
    }
    case 'webhooks':
      return '/webhooks'
    case 'settings':
      return id === 'webhooks' ? '/webhooks' : undefined
    default:
      return undefined
  }
}

function experimentPlace(
  id: string,
  [part, item, ...rest]: string[],
  search: URLSearchParams,
): string | undefined {
  const base = `/experiments/${id}`
  const get = (name: string) => search.get(name) ?? undefined
  const span = get('selectedSpanId')
  switch (part) {
    case undefined:
    case 's':
      return runsPlace(id, search)
    case 'runs':
      return item ? runPlace(item, rest, search) : runsPlace(id, search)
    case 'overview':
      return `${base}/monitoring${query(tracesView(search))}`
    case 'traces':
    case 'logs': {
      const trace = item ? decode(item) : traceOf(search)
      return `${base}/traces${query({ ...tracesView(search), trace, span })}`
    }
    case 'chat-sessions': {
      const trace = traceOf(search)
      return item ? `${base}/sessions/${item}${query({ trace })}` : `${base}/sessions`
    }
    case 'models':
      return item ? loggedModelPlace(item, rest) : undefined
    case 'evaluation-runs': {
      if (item) return runPlace(item, rest, search)
      const runs = [get('selectedRunUuid'), get('compareToRunUuid')].filter(
        (run) => run !== undefined,
      )
      return `${base}/evaluations${query({ runs: [...new Set(runs)], trace: traceOf(search) })}`
    }
    case 'datasets': {
      const dataset = item ?? get('selectedDatasetId')
      return dataset ? `${base}/datasets/${dataset}` : `${base}/datasets`
    }
    case 'judges':
    case 'scorers':
      return `${base}/scorers${query({ name: get('selectedScorerName') ?? (item && decode(item)) })}`
    case 'review-queue':
    case 'labeling-sessions':
    case 'label-schemas': {
      const queue = get('selectedQueueId')
      return queue
        ? `${base}/reviews/${encodeURIComponent(queue)}${query({ item: get('selectedItemId') })}`
        : `${base}/reviews`
    }
    case 'issues':
      return `${base}/issues`
    case 'prompts':
      return promptPlace(item, search)
    case 'evaluation-monitoring':
      return `${base}/monitoring`
    default:
      return undefined
  }
}

/** The table of runs as the link had it; links to other things by the same path lead to those. */
function runsPlace(id: string, search: URLSearchParams): string | undefined {
  const mode = search.get('compareRunsMode')
  if (mode === 'TRACES') return experimentPlace(id, ['traces'], search)
  // A view that the reference keeps in a tag of the experiment, and models in the place of runs.
  if (search.has('viewStateShareKey') || mode === 'MODELS') return undefined
  return `/experiments/${id}${query(runsView(search))}`
}

const traceOf = (search: URLSearchParams) =>
  search.get('selectedEvaluationId') ?? search.get('traceId') ?? search.get('selectedTraceId') ?? ''

function runPlace(runId: string, [tab, ...path]: string[], search: URLSearchParams): string {
  const base = `/runs/${runId}`
  switch (tab) {
    case 'artifacts':
    case 'artifactPath':
      return `${base}${query({ tab: 'artifacts', path: path.map(decode).join('/') })}`
    case 'model-metrics':
      return `${base}?tab=charts`
    case 'system-metrics':
      return `${base}?tab=system`
    case 'traces':
    case 'evaluations':
      return `${base}${query({ tab: 'traces', ...tracesView(search), trace: traceOf(search) })}`
    default:
      return base
  }
}

function loggedModelPlace(id: string, [tab, ...path]: string[]): string {
  const base = `/logged-models/${id}`
  return tab === 'artifacts' ? `${base}${query({ tab, path: path.map(decode).join('/') })}` : base
}

function promptPlace(name: string | undefined, search: URLSearchParams): string {
  if (!name) return `/prompts${query({ q: search.get('searchFilter') ?? undefined })}`
  const version = search.get('promptVersion') ?? undefined
  return `/prompts/${name}${query({ v: version, with: search.get('comparedPromptVersion') ?? undefined })}`
}

function metricPlace(search: URLSearchParams): string | undefined {
  const smooth = Number(search.get('line_smoothness') ?? 1)
  const x = { relative: 'relative', wall: 'time' }[search.get('x_axis') ?? '']
  return comparePlace(jsonList(search.get('runs') ?? undefined), {
    tab: 'charts',
    x,
    log: search.get('y_axis_scale') === 'log' ? 'true' : undefined,
    smooth: smooth > 1 && smooth <= 100 ? String(Math.min(smooth / 100, 0.99)) : undefined,
  })
}

function comparePlace(runs: string[], more: Values): string | undefined {
  return runs.length === 0 ? undefined : `/compare${query({ runs, ...more })}`
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}

export function jsonList(text: string | undefined): string[] {
  const value = parse(text)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The runs of versions that are compared: `{"<run>": "<version>"}`. */
function jsonKeys(text: string | undefined): string[] {
  const value = parse(text)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
