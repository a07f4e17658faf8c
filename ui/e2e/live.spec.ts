import { expect } from '@playwright/test'
import { post, test } from './server'

// A running job moves on the screen: no reload, and no request of the page's own.

test('rows and charts move while a job logs', async ({ page, request, own }) => {
  const [run] = own.runs
  await page.goto(`experiments/${own.id}`)
  await expect(page.getByText('· live')).toBeVisible()
  const asked: string[] = []
  page.on('request', (each) => {
    if (each.url().includes('/ajax-api/')) asked.push(each.url())
  })

  const point = (value: number, step: number) =>
    post(request, 'runs/log-metric', {
      run_id: run,
      key: 'loss',
      value,
      timestamp: Date.now(),
      step,
    })
  await point(0.123456, 1)
  await expect(page.getByRole('cell', { name: '0.12346' })).toBeVisible()
  expect(asked).toEqual([])

  await post(request, 'runs/update', { run_id: run, status: 'FINISHED', end_time: Date.now() })
  await expect(page.getByRole('row', { name: /own-1/ }).getByText('Finished')).toBeAttached()
  expect(asked).toEqual([])

  await post(request, 'runs/create', {
    experiment_id: own.id,
    run_name: 'newcomer',
    start_time: Date.now(),
  })
  await expect(page.getByRole('link', { name: 'newcomer' })).toBeVisible()

  const [, second] = own.runs
  await page.goto(`runs/${second}?tab=charts`)
  await expect(page.getByText('0.66667', { exact: true })).toBeVisible()
  for (const step of [1, 2, 3]) {
    await post(request, 'runs/log-metric', {
      run_id: second,
      key: 'loss',
      value: 9.5 + step,
      timestamp: Date.now(),
      step,
    })
  }
  await expect(page.getByText('12.5', { exact: true })).toBeVisible()
})

test('what happened during a break is there after it', async ({ page, request, own }) => {
  const [run] = own.runs
  await page.route('**/runs/watch*', (route) => route.abort())
  await page.goto(`experiments/${own.id}`)
  await expect(page.getByText('the live connection is lost')).toBeVisible()
  await post(request, 'runs/log-metric', {
    run_id: run,
    key: 'loss',
    value: 0.7654321,
    timestamp: Date.now(),
    step: 5,
  })
  await post(request, 'runs/create', { experiment_id: own.id, run_name: 'in between' })
  await page.unroute('**/runs/watch*')
  await expect(page.getByRole('cell', { name: '0.76543' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'in between' })).toBeVisible()
})
