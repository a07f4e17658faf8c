import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type APIRequestContext, test as base, expect, type Page } from '@playwright/test'

const API = 'ajax-api/2.0/mlflow'

export interface Seeded {
  vision: string
  tuning: string
  language: string
  empty: string
  /** The run that has artifacts, datasets and a description. */
  best: string
  visionRuns: string[]
}

async function experimentId(request: APIRequestContext, name: string): Promise<string> {
  const response = await request.get(`${API}/experiments/get-by-name`, {
    params: { experiment_name: name },
  })
  expect(response.ok(), `${name} is missing: run e2e/seed.py first`).toBe(true)
  return (await response.json()).experiment.experiment_id
}

export async function post<T>(request: APIRequestContext, path: string, data: unknown): Promise<T> {
  const response = await request.post(`${API}/${path}`, { data })
  expect(response.ok(), await response.text()).toBe(true)
  return (await response.json()) as T
}

interface Found {
  runs: { info: { run_id: string } }[]
}

/** An experiment of one's own, with runs that have a metric and a param. */
async function ownExperiment(request: APIRequestContext, name: string) {
  const unique = `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`
  const { experiment_id: id } = await post<{ experiment_id: string }>(
    request,
    'experiments/create',
    { name: unique },
  )
  const runs: string[] = []
  for (const index of [1, 2, 3]) {
    const { run } = await post<{ run: { info: { run_id: string } } }>(request, 'runs/create', {
      experiment_id: id,
      run_name: `own-${index}`,
      start_time: Date.now() - 60_000 + index,
    })
    await post(request, 'runs/log-batch', {
      run_id: run.info.run_id,
      metrics: [{ key: 'loss', value: index / 3, timestamp: Date.now(), step: 0 }],
      params: [{ key: 'lr', value: String(index) }],
    })
    runs.push(run.info.run_id)
  }
  return { id, name: unique, runs }
}

interface Fixtures {
  seeded: Seeded
  /** Made for one test and deleted after it. */
  own: { id: string; name: string; runs: string[] }
  /** True where the test itself brings content that the browser must refuse to run. */
  hostile: boolean
  quiet: undefined
}

const IGNORED = /Failed to load resource/
/** Where a test brings hostile content itself, that the browser refuses to run it is no fault. */
const REFUSED =
  /Content Security Policy|sandbox|Unsafe attempt to initiate navigation|no-cors|due to access control/i

/** Fails a test on anything that the page writes to the console as an error, or throws. */
export const test = base.extend<Fixtures>({
  own: async ({ request }, use, info) => {
    const own = await ownExperiment(request, info.title.replace(/\W+/g, '-'))
    await use(own)
    await post(request, 'experiments/delete', { experiment_id: own.id })
  },
  hostile: [false, { option: true }],
  quiet: [
    async ({ page, hostile }, use) => {
      const errors: string[] = []
      page.on('console', (message) => {
        if (message.type() !== 'error' || IGNORED.test(message.text())) return
        if (!(hostile && REFUSED.test(message.text()))) errors.push(message.text())
      })
      page.on('pageerror', (error) => errors.push(error.message))
      await use(undefined)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
  seeded: async ({ request }, use) => {
    const vision = await experimentId(request, 'heron-vision')
    const best = await post<Found>(request, 'runs/search', {
      experiment_ids: [vision],
      filter: "attributes.run_name = 'resnet-sgd-58'",
    })
    const some = await post<Found>(request, 'runs/search', {
      experiment_ids: [vision],
      max_results: 3,
    })
    await use({
      vision,
      tuning: await experimentId(request, 'gradient-boosting-tuning'),
      language: await experimentId(request, 'языковая-модель 日本語 🌊'),
      empty: await experimentId(request, 'empty-and-waiting'),
      best: best.runs[0]?.info.run_id ?? '',
      visionRuns: some.runs.map((run) => run.info.run_id),
    })
  },
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
}

/** What axe finds serious or critical on the page as it stands. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  )
  return violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`))
}
