import { expect } from '@playwright/test'
import { post, test } from './server'

// What users write or log must never run in the page.

declare global {
  interface Window {
    __hostile?: boolean
  }
}

test.use({ hostile: true })

const SCRIPTS = [
  '<script>window.__hostile = true</script>',
  '<img src=x onerror="window.__hostile = true">',
  '<svg onload="window.__hostile = true">',
  '<a href="javascript:window.__hostile = true">click</a>',
  '[link](javascript:window.__hostile=true)',
  '<iframe srcdoc="<script>parent.__hostile = true</script>"></iframe>',
].join('\n\n')

test('names, values and descriptions stay text', async ({ page, request, own }) => {
  const [run] = own.runs
  await post(request, 'runs/update', { run_id: run, run_name: SCRIPTS.slice(0, 200) })
  await post(request, 'runs/set-tag', { run_id: run, key: 'mlflow.note.content', value: SCRIPTS })
  await post(request, 'runs/set-tag', { run_id: run, key: 'stage', value: SCRIPTS })
  await post(request, 'runs/log-parameter', { run_id: run, key: 'prompt', value: SCRIPTS })
  for (const path of [
    `experiments/${own.id}`,
    `runs/${run}`,
    `compare?runs=${own.runs.join('&runs=')}`,
  ]) {
    await page.goto(path)
    await expect(
      page
        .getByRole('link', { name: '<script>' })
        .or(page.getByRole('heading', { name: '<script>' }))
        .first(),
    ).toBeVisible()
    await page.waitForTimeout(300)
    expect(await page.evaluate(() => window.__hostile)).toBeUndefined()
  }
  await page.goto(`runs/${run}`)
  await expect(page.getByText('click', { exact: true })).toBeVisible()
  expect(
    await page
      .locator('.prose a[href^="javascript"], .prose iframe, .prose script, .prose img')
      .count(),
  ).toBe(0)
})

const PAGE =
  '<h1>Report</h1><script>try { parent.__hostile = true } catch {} window.__hostile = true</script>'
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" onload="window.__hostile = true" viewBox="0 0 9 9"><script>parent.__hostile = true</script><rect width="9" height="9"/></svg>`

test('artifacts cannot reach the page', async ({ page, request, own }) => {
  const run = own.runs[0] ?? ''
  const files = {
    'report.html': PAGE,
    'NOTES.md': `# Notes\n\n${SCRIPTS}`,
    'icon.svg': PICTURE,
    'a.csv': `a,b\n${SCRIPTS},2`,
  }
  for (const [path, data] of Object.entries(files)) {
    const response = await request.post('ajax-api/2.0/mlflow/upload-artifact', {
      params: { run_uuid: run, path },
      data,
    })
    expect(response.ok(), await response.text()).toBe(true)
  }
  for (const path of Object.keys(files)) {
    await page.goto(`runs/${run}?tab=artifacts&path=${path}`)
    await expect(page.getByRole('heading', { name: path })).toBeVisible()
    await page.waitForTimeout(500)
    expect(await page.evaluate(() => window.__hostile)).toBeUndefined()
  }
})
