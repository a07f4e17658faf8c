import { type APIRequestContext, expect } from '@playwright/test'
import { test } from './server'

// HTML that users log is drawn by its own scripts, and reaches nothing beside itself.

test.use({ hostile: true })

async function put(request: APIRequestContext, run: string, path: string, data: string | Buffer) {
  const response = await request.post('ajax-api/2.0/mlflow/upload-artifact', {
    params: { run_uuid: run, path },
    data,
  })
  expect(response.ok(), await response.text()).toBe(true)
}

const place = (run: string, path: string) =>
  `runs/${run}?tab=artifacts&path=${encodeURIComponent(path)}`

test('a report is drawn by its scripts', async ({ page, request, own }) => {
  const [run = ''] = own.runs
  await page.route('https://cdn.plot.ly/**', (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: "cdn.textContent = 'drawn by a library'",
    }),
  )
  await put(
    request,
    run,
    'plots/report.html',
    `<!doctype html><style>#own { color: rgb(1, 2, 3) }</style><p id=own></p><p id=made></p><p id=cdn></p>
     <img id=picture src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
     <a href="#end">to the end</a><div style="height: 3000px"></div><p id=end>The end</p>
     <script>own.textContent = 'drawn by script'; made.textContent = new Function('return "made at once"')()</script>
     <script src="https://cdn.plot.ly/plotly-3.0.0.min.js"></script>`,
  )
  await page.goto(place(run, 'plots/report.html'))
  const report = page.frameLocator('iframe')
  await expect(report.getByText('drawn by script')).toHaveCSS('color', 'rgb(1, 2, 3)')
  await expect(report.getByText('made at once')).toBeVisible()
  await expect(report.getByText('drawn by a library')).toBeVisible()
  expect(
    await report.locator('#picture').evaluate((image) => (image as HTMLImageElement).naturalWidth),
  ).toBe(1)
  await report.getByText('to the end').click()
  await expect(report.getByText('The end', { exact: true })).toBeInViewport()
  expect(await report.locator('html').evaluate(() => document.compatMode)).toBe('CSS1Compat')
})

test('a large report is drawn', async ({ page, request, own }) => {
  const [run = ''] = own.runs
  const start = "<p id=x></p><script>const data = '"
  const end = "'; x.textContent = 'drawn from ' + data.length</script>"
  await put(request, run, 'large.html', start + 'x'.repeat(9_000_000) + end)
  await page.goto(place(run, 'large.html'))
  await expect(page.frameLocator('iframe').getByText('drawn from 9000000')).toBeVisible()
})

/** Tries all that a document must not do, and writes down what came of it. */
const HOSTILE = `<ul id=told></ul><form id=form action="/experiments" target="_top"><input name=a></form><script>
const tell = (what, came) => { const line = document.createElement('li'); line.textContent = what + ': ' + came; told.append(line) }
const attempt = (what, work) => { try { tell(what, work() ? 'done' : 'nothing') } catch (error) { tell(what, 'refused') } }
const wait = (what, work) => work.then(() => tell(what, 'done'), () => tell(what, 'refused'))
tell('origin', self.origin)
attempt('cookie', () => document.cookie)
attempt('storage', () => localStorage)
attempt('parent', () => parent.document.title)
attempt('top', () => { top.location.href = '/taken'; return true })
attempt('popup', () => window.open('/taken'))
attempt('form', () => { form.submit(); return false })
attempt('service worker', () => navigator.serviceWorker.register)
wait('api', fetch(location.origin + '/ajax-api/2.0/mlflow/experiments/search?max_results=1'))
wait('write', fetch(location.origin + '/api/2.0/mlflow/experiments/create', { method: 'POST', mode: 'no-cors', body: '{"name":"taken"}' }))
wait('beacon', new Promise((yes, no) => navigator.sendBeacon(location.origin + '/graphql', 'x') ? yes() : no()))
const image = new Image(); wait('image', new Promise((yes, no) => { image.onload = yes; image.onerror = no })); image.src = location.origin + '/assets/favicon.svg'
const script = document.createElement('script'); wait('script', new Promise((yes, no) => { script.onload = yes; script.onerror = no })); script.src = location.origin + '/assets/theme.js'; document.body.append(script)
const frame = document.createElement('iframe'); frame.src = location.origin + '/experiments'; document.body.append(frame)
setTimeout(() => tell('end', frame.contentDocument ? 'reached' : 'kept out'), 1500)
</script>`

test('a hostile document reaches nothing', async ({ page, request, own, context }) => {
  const [run = ''] = own.runs
  await put(request, run, 'report.html', HOSTILE)
  const answered: string[] = []
  page.on('response', (each) => {
    if (each.frame() !== page.mainFrame()) answered.push(new URL(each.url()).pathname)
  })
  await page.goto(place(run, 'report.html'))
  const told = page.frameLocator('iframe').locator('#told')
  await expect(told.getByText('end: ')).toBeVisible()
  const lines = await told.locator('li').allTextContents()
  for (const line of [
    'origin: null',
    'cookie: refused',
    'storage: refused',
    'parent: refused',
    'top: refused',
    'popup: nothing',
    'api: refused',
    'write: refused',
    'image: refused',
    'script: refused',
    'end: kept out',
  ]) {
    expect(lines).toContain(line)
  }
  expect(answered).toEqual(['/document-frame.html'])
  expect(context.pages()).toHaveLength(1)
  await expect(page).toHaveURL(/runs\/\w+\?tab=artifacts/)
  const taken = await request.get(
    'ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=taken',
  )
  expect(taken.status()).toBe(404)
})

test('files of unknown hosts are loaded only when the reader says so', async ({
  page,
  request,
  own,
}) => {
  const [run = ''] = own.runs
  let asked = 0
  await page.route('https://elsewhere.example/**', (route) => {
    asked += 1
    return route.fulfill({
      contentType: 'text/javascript',
      body: "x.textContent = 'from elsewhere'",
    })
  })
  await put(
    request,
    run,
    'r.html',
    '<p id=x>as it is</p><script src="https://elsewhere.example/a.js"></script>',
  )
  await page.goto(place(run, 'r.html'))
  const report = page.frameLocator('iframe')
  await expect(page.getByText(/wants files from elsewhere\.example/)).toBeVisible()
  await expect(report.getByText('as it is')).toBeVisible()
  expect(asked).toBe(0)
  await page.getByRole('button', { name: 'Load them' }).click()
  await expect(report.getByText('from elsewhere')).toBeVisible()
})

test('an opened address of an artifact is saved, not shown', async ({ page, request, own }) => {
  const [run = ''] = own.runs
  for (const path of ['page.html', 'icon.svg']) {
    await put(
      request,
      run,
      path,
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    )
    const address = `get-artifact?run_uuid=${run}&path=${path}`
    const { headers } = { headers: (await request.get(address)).headers() }
    expect(headers['content-disposition']).toContain('attachment')
    expect(headers['content-security-policy']).toContain('sandbox;')
    const saved = page.waitForEvent('download')
    await page.goto(address).catch(() => undefined)
    expect((await saved).suggestedFilename()).toBe(path)
  }
})

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test('logged tables are tables, with their pictures', async ({ page, request, own }) => {
  const [run = ''] = own.runs
  const image = (name: string) => ({ type: 'image', filepath: `table_images/${name}.png` })
  await put(request, run, 'table_images/a.png', PIXEL)
  const data = [
    ['What is it?', 0.5, image('a'), null],
    ['Another\nquestion', -1, image('gone'), { k: [1] }],
  ]
  await put(
    request,
    run,
    'table.json',
    JSON.stringify({ columns: ['question', 'score', 'image', 'more'], data }),
  )
  await page.goto(place(run, 'table.json'))
  const table = page.getByRole('table', { name: 'Table' })
  await expect(table.getByRole('row')).toHaveCount(3)
  await expect(table.getByRole('img', { name: 'a.png' })).toBeVisible()
  await expect(table.getByText('no picture')).toBeVisible()
  await table.getByText('Another').click()
  await expect(page.getByRole('dialog').getByText('{"k":[1]}')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  await expect(page.getByText('"columns"')).toBeVisible()
})

test('of a large logged table only the rows in sight are drawn', async ({ page, request, own }) => {
  const [run = ''] = own.runs
  const data = Array.from({ length: 50_000 }, (_, index) => [index, `text ${index}`])
  await put(request, run, 'large.json', JSON.stringify({ columns: ['n', 'text'], data }))
  await page.goto(place(run, 'large.json'))
  const table = page.getByRole('table', { name: 'Table' })
  await expect(table.getByText('text 3', { exact: true })).toBeVisible()
  expect(await table.getByRole('row').count()).toBeLessThan(150)
  await expect(table).toHaveAttribute('aria-rowcount', '50001')
})
