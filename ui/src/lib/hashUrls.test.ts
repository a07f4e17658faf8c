import { describe, expect, it } from 'vitest'
import { readClassicLink } from '~/lib/classicLinks'
import { translateHash } from '~/lib/hashUrls'
import { runsView, tracesView } from '~/lib/hashViews'

/** A classic link, and its place here with the query decoded. */
const PLACES: [hash: string, place: string][] = [
  ['#/', '/experiments'],
  ['#/experiments', '/experiments'],
  ['#/experiments?searchFilter=vision', '/experiments?q=vision'],
  ['#/experiments/1', '/experiments/1'],
  ['#/experiments/1?workspace=a', '/experiments/1'],
  ['#/experiments/1/runs', '/experiments/1'],
  [
    '#/experiments/1/s?searchFilter=params.a%20%3D%20%271%27',
    "/experiments/1?filter=params.a = '1'",
  ],
  [
    '#/experiments/0?searchFilter=metrics.loss%20%3E%200&orderByKey=metrics.%60loss%60&orderByAsc=true',
    '/experiments/0?filter=metrics.loss > 0&sort=metric:loss',
  ],
  ['#/experiments/0?orderByKey=metrics.loss', '/experiments/0?sort=-metric:loss'],
  ['#/experiments/0?searchFilter=a?b', '/experiments/0?filter=a?b'],
  ['#/experiments/0?lifecycleFilter=Deleted', '/experiments/0?deleted=true'],
  ['#/experiments/0?isComparingRuns=true', '/experiments/0?view=charts'],
  ['#/experiments/0?compareRunsMode=CHART', '/experiments/0?view=charts'],
  ['#/experiments/0?compareRunsMode=TRACES&traceId=tr-1', '/experiments/0/traces?trace=tr-1'],
  ['#/experiments/1/runs/abc', '/runs/abc'],
  ['#/experiments/1/runs/abc?workspace=a', '/runs/abc'],
  ['#/experiments/1/runs/abc/overview', '/runs/abc'],
  ['#/experiments/1/runs/abc/model-metrics', '/runs/abc?tab=charts'],
  ['#/experiments/1/runs/abc/system-metrics', '/runs/abc?tab=system'],
  ['#/experiments/1/runs/abc/traces', '/runs/abc?tab=traces'],
  [
    '#/experiments/1/runs/abc/evaluations?selectedEvaluationId=tr-1',
    '/runs/abc?tab=traces&trace=tr-1',
  ],
  ['#/experiments/1/runs/abc/artifacts', '/runs/abc?tab=artifacts'],
  [
    '#/experiments/1/runs/abc/artifacts/plots/a%20b.png',
    '/runs/abc?tab=artifacts&path=plots/a b.png',
  ],
  ['#/experiments/1/runs/abc/artifactPath/a.csv', '/runs/abc?tab=artifacts&path=a.csv'],
  ['#/runs/abc', '/runs/abc'],
  ['#/runs/abc/artifacts/a.csv', '/runs/abc?tab=artifacts&path=a.csv'],
  ['#/experiments/1/overview', '/experiments/1/monitoring'],
  ['#/experiments/1/overview/quality', '/experiments/1/monitoring'],
  [
    '#/experiments/1/overview/usage?startTimeLabel=LAST_7_DAYS',
    '/experiments/1/monitoring?range=7d',
  ],
  ['#/experiments/1/traces', '/experiments/1/traces'],
  ['#/experiments/1/traces?selectedEvaluationId=tr-1', '/experiments/1/traces?trace=tr-1'],
  [
    '#/experiments/1/traces?traceId=tr-1&selectedSpanId=s',
    '/experiments/1/traces?trace=tr-1&span=s',
  ],
  ['#/experiments/1/traces?selectedTraceId=tr-1', '/experiments/1/traces?trace=tr-1'],
  ['#/experiments/1/traces/tr-1', '/experiments/1/traces?trace=tr-1'],
  [
    '#/experiments/1/traces?q=refund&startTimeLabel=LAST_24_HOURS',
    '/experiments/1/traces?filter=refund&range=24h',
  ],
  [
    '#/experiments/1/traces?startTimeLabel=CUSTOM&startTime=2026-01-02T03:04:05.000Z&endTime=1767323046000',
    '/experiments/1/traces?from=2026-01-02T03:04:05.000Z&to=2026-01-02T03:04:06.000Z',
  ],
  ['#/experiments/1/chat-sessions', '/experiments/1/sessions'],
  ['#/experiments/1/chat-sessions/a%20b', '/experiments/1/sessions/a%20b'],
  ['#/experiments/1/chat-sessions/s?selectedTraceId=tr-1', '/experiments/1/sessions/s?trace=tr-1'],
  ['#/experiments/1/evaluation-runs', '/experiments/1/evaluations'],
  ['#/experiments/1/evaluation-runs?selectedRunUuid=a', '/experiments/1/evaluations?runs=a'],
  [
    '#/experiments/1/evaluation-runs?selectedRunUuid=a&compareToRunUuid=b&selectedEvaluationId=tr-1',
    '/experiments/1/evaluations?runs=a&runs=b&trace=tr-1',
  ],
  ['#/experiments/1/evaluation-runs/a', '/runs/a'],
  ['#/experiments/1/datasets', '/experiments/1/datasets'],
  ['#/experiments/1/datasets/d-1', '/experiments/1/datasets/d-1'],
  ['#/experiments/1/datasets?selectedDatasetId=d-1', '/experiments/1/datasets/d-1'],
  ['#/experiments/1/judges', '/experiments/1/scorers'],
  ['#/experiments/1/scorers', '/experiments/1/scorers'],
  ['#/experiments/1/judges?selectedScorerName=safety', '/experiments/1/scorers?name=safety'],
  ['#/experiments/1/review-queue', '/experiments/1/reviews'],
  [
    '#/experiments/1/review-queue?selectedQueueId=q&selectedItemId=i',
    '/experiments/1/reviews/q?item=i',
  ],
  ['#/experiments/1/labeling-sessions', '/experiments/1/reviews'],
  ['#/experiments/1/issues', '/experiments/1/issues'],
  ['#/experiments/1/issues?selectedIssueId=i', '/experiments/1/issues'],
  ['#/experiments/1/prompts', '/prompts'],
  ['#/experiments/1/prompts/support?promptVersion=2', '/prompts/support?v=2'],
  ['#/experiments/1/models/m-1', '/logged-models/m-1'],
  ['#/experiments/1/models/m-1/traces', '/logged-models/m-1'],
  ['#/experiments/1/models/m-1/artifacts', '/logged-models/m-1?tab=artifacts'],
  ['#/compare-runs?runs=[%22a%22,%22b%22]&experiments=[%221%22]', '/compare?runs=a&runs=b'],
  ['#/compare-runs?runs=["a","b"]&experiments=["1"]', '/compare?runs=a&runs=b'],
  ['#/metric/loss?runs=[%22a%22]&metric=%22loss%22', '/compare?runs=a&tab=charts'],
  [
    '#/metric?runs=["a","b"]&metric="loss"&x_axis=wall&y_axis_scale=log&line_smoothness=70',
    '/compare?runs=a&runs=b&tab=charts&x=time&log=true&smooth=0.7',
  ],
  ['#/compare-experiments/s?experiments=["3"]', '/experiments/3'],
  ['#/models', '/models'],
  ['#/models?searchInput=churn', '/models?q=churn'],
  ['#/models/churn%20v2', '/models/churn%20v2'],
  ['#/models/churn/serving', '/models/churn'],
  ['#/models/churn/versions/3', '/models/churn/versions/3'],
  ['#/createModel', '/models?new=true'],
  ['#/compare-model-versions?name="m"&runs={"a":"1","b":"2"}', '/compare?runs=a&runs=b'],
  ['#/prompts', '/prompts'],
  ['#/prompts/support?promptVersion=2', '/prompts/support?v=2'],
  ['#/webhooks', '/webhooks'],
  ['#/settings/webhooks', '/webhooks'],
]

/** Links to what has no page here: the title of the page that says so. */
const NOTICES: [hash: string, title: string][] = [
  ['#/settings', 'Settings'],
  ['#/settings/llm-connections', 'Settings: llm connections'],
  ['#/gateway', 'The gateway'],
  ['#/gateway/api-keys', 'API keys of the gateway'],
  ['#/gateway/usage', 'The gateway: usage'],
  ['#/gateway/endpoints/e-1?tab=usage', 'The gateway: endpoints'],
  ['#/mcp-registry', 'MCP servers'],
  ['#/mcp-registry/com.example%252Fweather?version=1', 'MCP server com.example/weather'],
  ['#/account', 'Your account'],
  ['#/admin', 'Users and roles'],
  ['#/admin/users/ann', 'ann: users and roles'],
  ['#/admin/ws', 'Workspaces'],
  ['#/experiments/1/models', 'Logged models'],
  ['#/experiments/1?compareRunsMode=MODELS', 'Logged models'],
  ['#/experiments/1/playground', 'Playground'],
  ['#/experiments/1?viewStateShareKey=abc', 'A shared view of runs'],
  ['#/experiments/1/new-thing', 'Experiment 1: new-thing'],
  ['#/compare-experiments/s?experiments=["3","4"]', 'A comparison of experiments'],
  ['#/compare-runs?runs=broken', 'A comparison of runs'],
  ['#/metric', 'A comparison of runs'],
  ['#/new-thing/1', 'An unknown place'],
]

describe('translateHash', () => {
  it.each(PLACES)('%s leads to %s', (hash, place) => {
    const [path, query] = translateHash(hash)?.split('?') ?? []
    const decoded = [...new URLSearchParams(query)].map((pair) => pair.join('='))
    expect([path, decoded.join('&')].filter(Boolean).join('?')).toBe(place)
  })

  it.each(NOTICES)('%s leads to a page that says what it was', (hash, title) => {
    const place = translateHash(hash) ?? ''
    const link = new URLSearchParams(place.replace('/classic?', '')).get('link')
    expect(link).toBe(hash.slice(1))
    const read = readClassicLink(link ?? '')
    expect(read.title).toBe(title)
    expect(read.places.length).toBeGreaterThan(0)
  })

  it('leaves other hashes alone', () => {
    expect(translateHash('')).toBeUndefined()
    expect(translateHash('#main')).toBeUndefined()
  })
})

describe('readClassicLink', () => {
  it('offers each of the experiments that were compared', () => {
    const { places } = readClassicLink('/compare-experiments/s?experiments=["3","4"]')
    expect(places.map(({ href }) => href)).toEqual(['/experiments/3', '/experiments/4'])
  })
})

describe('views of runs', () => {
  const view = (text: string) => runsView(new URLSearchParams(text), 1_700_000_000_000)
  it.each([
    ['attributes.start_time', '-attribute:created'],
    ['attributes.`Start Time`', '-attribute:created'],
    ['tags.`mlflow.user`', '-attribute:user'],
    ['params.`a.b c`', '-param:a.b c'],
    ['tags.stage', '-tag:stage'],
    ['nonsense', undefined],
  ])('order by %s', (orderByKey, sort) => {
    expect(view(String(new URLSearchParams({ orderByKey }))).sort).toBe(sort)
  })
  it('keep columns', () => {
    const selectedColumns = 'attributes.`Source`,metrics.`loss`,params.`lr`'
    const cols = ['attribute:source', 'metric:loss', 'param:lr']
    expect(view(String(new URLSearchParams({ selectedColumns }))).cols).toEqual(cols)
  })
  it('make filters of times and data sets', () => {
    const datasetsFilter = btoa(JSON.stringify([{ name: 'a', digest: 'd1' }, { digest: 'd2' }]))
    const search = { searchFilter: 'metrics.a > 1', startTime: 'LAST_HOUR', datasetsFilter }
    expect(view(String(new URLSearchParams(search))).filter).toBe(
      "metrics.a > 1 AND attributes.start_time >= 1699996400000 AND dataset.digest IN ('d1', 'd2')",
    )
    expect(view('datasetsFilter=broken&startTime=ALL').filter).toBe('')
  })
})

describe('views of traces', () => {
  it('reckon from now what has no name here', () => {
    const view = tracesView(new URLSearchParams('startTimeLabel=LAST_YEAR'), Date.UTC(2026, 0, 1))
    expect(view).toMatchObject({
      range: undefined,
      from: '2025-01-01T00:00:00.000Z',
      to: undefined,
    })
  })
})
