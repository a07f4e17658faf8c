import { type APIRequestContext, expect, type Page } from '@playwright/test'
import { sitePage } from './proxy'
import { seriousFindings, test } from './server'

// Addresses that clients make outside the API: printed links, and the frame in a notebook's cell.

test('classic links lead to what they name', async ({ page, own }) => {
  const [run = ''] = own.runs
  const places: [hash: string, ready: (page: Page) => Promise<void>][] = [
    [
      `experiments/${own.id}/evaluation-runs?selectedRunUuid=${run}`,
      (page) =>
        expect(page).toHaveURL(new RegExp(`/experiments/${own.id}/evaluations\\?runs=${run}`)),
    ],
    [
      `experiments/${own.id}?searchFilter=${encodeURIComponent('metrics.loss > 0.5')}&orderByKey=metrics.%60loss%60&orderByAsc=true`,
      async (page) => {
        await expect(page.getByRole('link', { name: 'own-2' })).toBeVisible()
        await expect(page.getByRole('link', { name: 'own-1' })).toHaveCount(0)
      },
    ],
    [
      `experiments/${own.id}/runs/${run}/traces`,
      (page) => expect(page).toHaveURL(new RegExp(`/runs/${run}\\?tab=traces`)),
    ],
    [
      'settings/webhooks',
      (page) => expect(page.getByRole('heading', { name: 'Webhooks' })).toBeVisible(),
    ],
  ]
  for (const [hash, ready] of places) {
    // A query in front of it makes each one a page of its own.
    await page.goto(`?${encodeURIComponent(hash)}#/${hash}`)
    await ready(page)
  }
})

test('a classic link without a page here says what it was', async ({ page, own }, info) => {
  await page.goto(`#/experiments/${own.id}/playground`)
  await expect(page.getByRole('heading', { name: 'Playground' })).toBeVisible()
  await expect(page.getByText(`#/experiments/${own.id}/playground`)).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  await shot(page, `classic-${info.project.name}`)
  await page.getByRole('link', { name: 'Runs of the experiment' }).click()
  await expect(page.getByRole('link', { name: 'own-1' })).toBeVisible()
  // One that is pasted into the open page.
  await page.evaluate(() => {
    window.location.hash = '#/gateway/api-keys'
  })
  await expect(page.getByRole('heading', { name: 'API keys of the gateway' })).toBeVisible()
})

async function shot(page: Page, name: string) {
  const folder = process.env.SCREENSHOTS
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` })
}

/** Sends a trace with two spans, as an OpenTelemetry SDK does; its id here. */
async function trace(request: APIRequestContext, experiment: string, name: string) {
  const hex = (length: number) =>
    Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join('')
  const [traceId, root, child] = [hex(32), hex(16), hex(16)]
  const time = BigInt(Date.now() - 5_000) * 1_000_000n
  const span = (spanId: string, spanName: string, parentSpanId?: string) => ({
    traceId,
    spanId,
    parentSpanId,
    name: spanName,
    startTimeUnixNano: String(time),
    endTimeUnixNano: String(time + 1_000_000_000n),
  })
  const spans = [span(root, name), span(child, `${name}-inside`, root)]
  const response = await request.post('v1/traces', {
    headers: { 'x-mlflow-experiment-id': experiment },
    data: { resourceSpans: [{ scopeSpans: [{ spans }] }] },
  })
  expect(response.ok(), await response.text()).toBe(true)
  return `tr-${traceId}`
}

test('traces are shown in the cells of a notebook', async ({ page, request, baseURL, own }) => {
  const first = await trace(request, own.id, 'first-question')
  const second = await trace(request, own.id, 'second-question')
  const query = [first, second].map((id) => `trace_id=${id}&experiment_id=${own.id}`).join('&')
  const address = `${baseURL}static-files/lib/notebook-trace-renderer/index.html?${query}&version=3.17.2`
  const notebook = await sitePage(
    `<iframe id="trace-renderer" style="width: 100%; height: 500px" src="${address.replaceAll('&', '&amp;')}"></iframe>`,
  )
  await page.goto(notebook.origin.replace('127.0.0.1', 'localhost'))
  const cell = page.frameLocator('#trace-renderer')
  await expect(cell.getByText('1 of 2')).toBeVisible()
  await expect(cell.getByRole('heading', { name: 'first-question' })).toBeVisible()
  await expect(cell.getByText('first-question-inside').first()).toBeVisible()
  await expect(cell.getByRole('button', { name: 'Actions for this trace' })).toHaveCount(0)
  await expect(cell.getByRole('navigation')).toHaveCount(0)
  await shot(page, 'notebook')
  await cell.getByRole('button', { name: 'Next trace' }).click()
  await expect(cell.getByText('second-question-inside').first()).toBeVisible()
  const tab = page.waitForEvent('popup')
  await cell.getByRole('link', { name: 'Open in Headwater' }).click()
  expect((await tab).url()).toBe(`${baseURL}traces/${second}`)
  await expect(cell.getByText('2 of 2')).toBeVisible()
  await notebook.close()
})

test('a cell waits for a trace that has not arrived', async ({ page }) => {
  await page.goto(
    'static-files/lib/notebook-trace-renderer/index.html?trace_id=tr-none&experiment_id=0',
  )
  await expect(page.getByText('Waiting for the trace to arrive…')).toBeVisible()
  await page.goto('static-files/lib/notebook-trace-renderer/index.html')
  await expect(page.getByRole('heading', { name: 'No trace' })).toBeVisible()
})
