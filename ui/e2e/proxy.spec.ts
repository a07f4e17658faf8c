import { expect, type Page } from '@playwright/test'
import { type Listener, stripping } from './proxy'
import { post, test } from './server'

// The page behind a proxy that serves the server below a path and takes that path away.

const SETTINGS = [
  { prefix: '/tools/mlflow', decoded: true },
  { prefix: '/user/ann%40example/proxy/5000', forwarded: true },
]

for (const settings of SETTINGS) {
  const { prefix, forwarded, decoded } = settings
  test.describe(`below ${prefix}${forwarded ? ', told' : ''}${decoded ? ', decoded' : ''}`, () => {
    let proxy: Listener
    let home: string

    test.beforeEach(async ({ baseURL, page }) => {
      proxy = await stripping(baseURL ?? '', settings)
      home = proxy.origin + prefix
      page.on('request', (request) => {
        // What the first script mends on the way to the page may have been asked for before it ran.
        const outside = request.url().startsWith('http') && !request.url().startsWith(home)
        expect(outside && request.resourceType() === 'fetch', request.url()).toBe(false)
      })
    })
    test.afterEach(() => proxy.close())

    test('every address works, and again after a reload', async ({ page, own }) => {
      const run = own.runs[0] ?? ''
      const places: [path: string, ready: (page: Page) => Promise<void>][] = [
        ['', (page) => expect(page.getByRole('link', { name: own.name })).toBeVisible()],
        ['/', (page) => expect(page.getByRole('link', { name: own.name })).toBeVisible()],
        [
          `/experiments/${own.id}`,
          (page) => expect(page.getByRole('link', { name: 'own-2' })).toBeVisible(),
        ],
        [`/runs/${run}`, (page) => expect(page.getByRole('row', { name: 'lr 1' })).toBeVisible()],
        [
          `/#/experiments/${own.id}/runs/${run}`,
          (page) => expect(page.getByRole('row', { name: 'lr 1' })).toBeVisible(),
        ],
        [
          `/experiments/${own.id}/sessions/a%2Fb`,
          (page) => expect(page.getByRole('heading', { name: 'a/b' })).toBeVisible(),
        ],
      ]
      for (const [path, ready] of places) {
        await page.goto(home + path)
        await ready(page)
        expect(new URL(page.url()).pathname.startsWith(`${prefix}/`)).toBe(true)
        await page.reload()
        await ready(page)
      }
    })

    test('links, files, streams and what is copied stay below it', async ({
      page,
      own,
      request,
    }) => {
      const run = own.runs[0] ?? ''
      const data = "<p id=x></p><script>x.textContent = 'drawn by script'</script>"
      await request.post('ajax-api/2.0/mlflow/upload-artifact', {
        params: { run_uuid: run, path: 'report.html' },
        data,
      })
      const stream = page.waitForRequest(/runs\/watch/)
      await page.goto(`${home}/experiments/${own.id}`)
      expect((await stream).url()).toContain(`${prefix}/ajax-api/`)
      await page.getByRole('link', { name: 'own-1' }).click()
      await expect(page).toHaveURL(`${home}/runs/${run}`)
      await page
        .getByRole('tab', { name: 'Artifacts' })
        .or(page.getByRole('link', { name: 'Artifacts' }))
        .click()
      await page.getByRole('button', { name: 'report.html' }).click()
      await expect(page.frameLocator('iframe').getByText('drawn by script')).toBeVisible()
      const saved = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Download' }).click()
      expect((await saved).url()).toContain(`${home}/get-artifact?`)
      // A change goes through, too, and the open page hears of it.
      await page.goto(`${home}/experiments/${own.id}`)
      await expect(page.getByRole('link', { name: 'own-1' })).toBeVisible()
      await post(request, 'runs/update', { run_id: run, run_name: 'renamed' })
      await expect(page.getByRole('link', { name: 'renamed' })).toBeVisible()
      await page.goto(`${home}/reference`)
      await expect(page.getByText('/api/2.0/mlflow/runs/search').first()).toBeVisible()
      await expect(page.getByRole('link', { name: /openapi/i })).toHaveAttribute(
        'href',
        `${prefix}/openapi.json`,
      )
    })
  })
}
