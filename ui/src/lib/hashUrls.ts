/**
 * Where an address of the classic kind ("#/experiments/1/runs/abc") lives here, without the mount
 * point; undefined when the hash is none of them. Clients print such links and people keep them.
 */
export function translateHash(hash: string): string | undefined {
  if (!hash.startsWith('#/')) return undefined
  const [path = '', query = ''] = hash.slice(1).split('?', 2)
  const search = new URLSearchParams(query)
  const [kind, id, part, runId, ...rest] = path.split('/').filter(Boolean)
  if (kind === undefined || kind === 'experiments') {
    if (!id) return '/experiments'
    if (part === 'runs' && runId) return runPath(runId, rest)
    return experimentPath(id, part, runId, search)
  }
  if (kind === 'models' || kind === 'prompts') {
    if (!id) return `/${kind}`
    return kind === 'models' && part === 'versions' && runId
      ? `/models/${id}/versions/${runId}`
      : `/${kind}/${id}`
  }
  if (kind === 'runs' && id)
    return runPath(id, part ? [part, ...(runId ? [runId] : []), ...rest] : [])
  if (kind === 'compare-runs') return comparePath(jsonList(search.get('runs')))
  if (kind === 'metric') return comparePath(jsonList(search.get('runs')), 'charts')
  if (kind === 'compare-experiments') {
    const [first] = jsonList(search.get('experiments'))
    return first ? `/experiments/${first}` : '/experiments'
  }
  return '/experiments'
}

function experimentPath(
  id: string,
  part: string | undefined,
  item: string | undefined,
  search: URLSearchParams,
): string {
  const base = `/experiments/${id}`
  if (part === 'traces') {
    const trace = item ?? search.get('selectedEvaluationId')
    return trace ? `${base}/traces?trace=${encodeURIComponent(trace)}` : `${base}/traces`
  }
  if (part === 'chat-sessions') return item ? `${base}/sessions/${item}` : `${base}/sessions`
  return part === 'overview' ? `${base}/monitoring` : base
}

function runPath(runId: string, rest: string[]): string {
  const [tab, ...path] = rest
  const base = `/runs/${runId}`
  if (tab === 'artifacts' || tab === 'artifactPath') {
    return path.length > 0
      ? `${base}?tab=artifacts&path=${encodeURIComponent(path.map(decode).join('/'))}`
      : `${base}?tab=artifacts`
  }
  if (tab === 'model-metrics') return `${base}?tab=charts`
  if (tab === 'system-metrics') return `${base}?tab=system`
  return base
}

function comparePath(runs: string[], tab?: string): string {
  if (runs.length === 0) return '/experiments'
  const search = new URLSearchParams(runs.map((run) => ['runs', run]))
  if (tab) search.append('tab', tab)
  return `/compare?${search}`
}

function jsonList(text: string | null): string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  } catch {
    return []
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
