import { readFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import { post, test } from './server'

test.describe('the runs table', () => {
  test('groups by a parameter and shows each group in one row', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await page.getByRole('button', { name: 'which ones, and how' }).click()
    await page.getByRole('menuitemradio', { name: 'optimizer' }).click()
    await expect(page).toHaveURL(/group=param:optimizer/)
    const rows = page.getByRole('table').getByRole('row')
    await expect(rows).toHaveCount(4)
    await page.getByRole('button', { name: 'Unfold the runs below sgd' }).click()
    await expect(page.getByRole('link', { name: 'resnet-sgd-58' })).toBeVisible()
  })

  test('pins runs to the top and hides others, and the link keeps both', async ({ page, own }) => {
    await page.goto(`experiments/${own.id}`)
    const rows = page.getByRole('table').getByRole('row')
    await expect(rows.nth(1)).toContainText('own-3')
    await rows.nth(3).hover()
    await page.getByRole('button', { name: 'Pin own-1' }).click()
    await expect(rows.nth(1)).toContainText('own-1')
    await page.getByRole('checkbox', { name: 'Select own-2' }).click()
    await page.getByRole('button', { name: 'Hide from table and charts' }).click()
    await expect(page.getByText('1 hidden')).toBeVisible()
    await page.reload()
    await expect(page.getByRole('link', { name: 'own-3' })).toBeVisible()
    await expect(rows.nth(1)).toContainText('own-1')
    await expect(page.getByRole('link', { name: 'own-2' })).toHaveCount(0)
    await page.getByRole('button', { name: 'which ones, and how' }).click()
    await page.getByRole('menuitem', { name: 'Show the 1 hidden' }).click()
    await expect(page.getByRole('link', { name: 'own-2' })).toBeVisible()
  })

  test('tags many runs at once', async ({ page, own }) => {
    await page.goto(`experiments/${own.id}`)
    await page.getByRole('checkbox', { name: 'Select all loaded runs' }).click()
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByLabel('Key', { exact: true }).fill('stage')
    await page.getByLabel('Value', { exact: true }).fill('chosen')
    await page.getByRole('dialog').getByRole('button', { name: 'Tag', exact: true }).click()
    await expect(page.getByText('Tagged 3 runs')).toBeVisible()
    await page.getByRole('combobox', { name: 'Filter runs' }).fill("tags.stage = 'chosen'")
    await page.keyboard.press('Enter')
    await expect(page.getByRole('link', { name: 'own-1' })).toBeVisible()
  })

  test('is saved as CSV', async ({ page, own, request }) => {
    const [run] = own.runs
    await post(request, 'runs/log-parameter', { run_id: run, key: 'note', value: '=1+1, "x"' })
    await page.goto(`experiments/${own.id}`)
    await page.getByRole('button', { name: 'which ones, and how' }).click()
    const saving = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'Download as CSV' }).click()
    const text = readFileSync(await (await saving).path(), 'utf8')
    const [header, ...lines] = text.split('\n')
    expect(header).toBe(
      'run_id,name,status,start_time,end_time,user,source,params.lr,params.note,metrics.loss',
    )
    expect(lines).toHaveLength(3)
    expect(text).toContain(`"'=1+1, ""x"""`)
  })

  test('is kept under a name, for everybody', async ({ page, own, browser }) => {
    await page.goto(`experiments/${own.id}?filter=metrics.loss%20%3C%200.5&view=explore`)
    await page.getByRole('button', { name: 'Named views' }).click()
    await page.getByRole('menuitem', { name: 'Save this view…' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Low loss')
    await page.getByRole('button', { name: 'Save view' }).click()
    await expect(page.getByText('Saved the view')).toBeVisible()

    const other = await browser.newPage()
    await other.goto(`experiments/${own.id}`)
    await other.getByRole('button', { name: 'Named views' }).click()
    await other.getByRole('menuitem', { name: 'Low loss' }).click()
    await expect(other).toHaveURL(/view=explore/)
    await expect(other.getByRole('combobox', { name: 'Filter runs' })).toHaveValue(
      'metrics.loss < 0.5',
    )
    await other.close()
  })
})

test('what drives a metric is ranked and drawn', async ({ page, seeded }) => {
  await page.goto(`experiments/${seeded.tuning}?view=explore&metric=metric:rmse`)
  const ranking = page.getByRole('list', { name: 'Parameter importance' }).getByRole('listitem')
  await expect(ranking.first()).toContainText('max_depth')
  // The children of the sweeps are in it.
  await expect(page.getByText('39 runs').first()).toBeVisible()
  await expect(page.getByRole('img', { name: /rmse over max_depth of 39 runs/ })).toBeVisible()
})

test('files of many kinds are shown', async ({ page, seeded }) => {
  const open = (path: string) => page.goto(`runs/${seeded.best}?tab=artifacts&path=${path}`)
  for (const file of ['predictions.parquet', 'predictions.zstd.parquet']) {
    await open(file)
    await expect(page.getByText('400 rows')).toBeVisible()
    await expect(page.getByRole('columnheader', { name: 'predicted' })).toBeVisible()
  }
  await open('call.wav')
  const length = page.locator('audio').evaluate(
    (audio: HTMLAudioElement) =>
      new Promise((done) => {
        if (audio.error) done('refused')
        if (audio.readyState > 0) done(audio.duration)
        audio.onloadedmetadata = () => done(audio.duration)
        audio.onerror = () => done('refused')
      }),
  )
  expect(await length).toBe(2)
})

test('a run says how to start it again', async ({ page, seeded }) => {
  await page.goto(`runs/${seeded.best}`)
  await page.getByRole('button', { name: 'Actions for resnet-sgd-58' }).click()
  await page.getByRole('menuitem', { name: 'Reproduce…' }).click()
  await expect(page.getByText('python train.py')).toBeVisible()
  await expect(page.getByText(`mlflow.get_run("${seeded.best}")`)).toBeVisible()
})

test('the pages ask only for what the API document lists', async ({ page, seeded, request }) => {
  const document = (await (await request.get('openapi.json')).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method,
      pattern: new RegExp(
        `^${path
          .replace(/^\/(ajax-)?api\//, '/ajax-api/')
          .replaceAll('.', '\\.')
          .replaceAll(/\{[^}]+\}/g, '.+')}$`,
      ),
    })),
  )
  expect(routes.length).toBeGreaterThan(100)
  const unknown: string[] = []
  page.on('request', (each) => {
    const { pathname } = new URL(each.url())
    const method = each.method().toLowerCase()
    if (!/^\/(ajax-api|get-artifact)/.test(pathname)) return
    const listed = routes.some((route) => route.method === method && route.pattern.test(pathname))
    if (!listed) unknown.push(`${method} ${pathname}`)
  })
  for (const path of [
    'experiments',
    `experiments/${seeded.vision}`,
    `experiments/${seeded.vision}?view=charts`,
    `experiments/${seeded.vision}/traces`,
    `runs/${seeded.best}`,
    `runs/${seeded.best}?tab=artifacts&path=summary.json`,
    'models',
    'prompts',
  ]) {
    await page.goto(path)
    await expect(page.getByRole('heading').first()).toBeVisible()
    await page.waitForTimeout(500)
  }
  expect(unknown).toEqual([])
})
