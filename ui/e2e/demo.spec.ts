import { expect } from '@playwright/test'
import { seriousFindings, test } from './server'

// A walk through everything that the demo made.

const API = 'ajax-api/3.0/mlflow'

test.describe.configure({ mode: 'serial' })

let experiment = ''

test.beforeAll(async ({ playwright, baseURL }) => {
  const request = await playwright.request.newContext({ baseURL })
  const made = await request.post(`${API}/demo/generate`, { data: {}, timeout: 60_000 })
  expect(made.ok(), await made.text()).toBe(true)
  experiment = (await made.json()).experiment_id
  await request.dispose()
})

test.afterAll(async ({ playwright, baseURL }) => {
  const request = await playwright.request.newContext({ baseURL })
  await request.post(`${API}/demo/delete`, { data: {}, timeout: 60_000 })
  await request.dispose()
})

test('evaluations stand side by side, what changed first', async ({ page }) => {
  await page.goto(`experiments/${experiment}/evaluations`)
  await expect(page.getByRole('row', { name: /names-the-rule/ })).toBeVisible()
  for (const run of ['draft-prompt', 'names-the-rule']) {
    await page.getByRole('checkbox', { name: `Select ${run}` }).click()
  }
  await page.getByRole('button', { name: 'Side by side' }).click()
  const table = page.getByRole('table', { name: 'Answers side by side' })
  await expect(table.getByRole('columnheader').nth(1)).toContainText('draft-prompt')
  await expect(table.getByRole('columnheader').nth(2)).toContainText('names-the-rule')
  const rows = table.locator('tbody tr')
  await expect(rows).toHaveCount(12)
  await expect(rows.first()).toContainText('Worse')
  await expect(rows.nth(1)).toContainText('Better')
  await page.getByRole('button', { name: /^Worse 1$/ }).click()
  await expect(rows).toHaveCount(1)
  await expect(page).toHaveURL(/rows=worse/)
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Open trace' })).toBeVisible()
})

test('a record is edited', async ({ page }) => {
  await page.goto(`experiments/${experiment}/datasets`)
  await page.getByRole('link', { name: 'lantern-questions' }).click()
  const table = page.getByRole('table', { name: 'Records' })
  await expect(table.getByRole('row', { name: /umbrella/ })).toBeVisible()
  await page.getByRole('searchbox').fill('umbrella')
  await table.getByRole('row', { name: /umbrella/ }).click()
  const expectations = page.getByLabel('Expectations')
  await expectations.fill('{"expected_answer": ')
  await expect(page.getByText('This is no JSON object')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await expectations.fill('{"expected_answer": "At lost property."}')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(table.getByRole('row', { name: /At lost property/ })).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
})

test('scorers tell what they do', async ({ page }) => {
  await page.goto(`experiments/${experiment}/scorers`)
  await page.getByRole('button', { name: /groundedness/ }).click()
  await expect(page.getByText('Is every statement of the answer supported')).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
})

test('a queue is worked through by the keyboard', async ({ page }) => {
  await page.goto(`experiments/${experiment}/reviews`)
  await page.getByRole('link', { name: /Answers of the week/ }).click()
  await expect(page.getByText('3 of 10 done')).toBeVisible()
  const questions = page.getByRole('region', { name: 'Questions' })
  await expect(questions.getByRole('button', { name: 'Helpful', exact: true })).toBeVisible()
  const places = page.getByRole('navigation', { name: 'Traces of the queue' })
  const place = await places.locator('[aria-current]').innerText()
  const index = Number(place.match(/\d+/)?.[0]) - 1
  await page.keyboard.press('1')
  await page.keyboard.press('2')
  await expect(questions.getByRole('button', { name: 'Neutral', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText('4 of 10 done')).toBeVisible()
  await page.keyboard.press('d')
  await expect(page.getByText('5 of 10 done')).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  // What was answered is an assessment of the trace.
  await places.getByRole('button').nth(index).click()
  await expect(questions.getByRole('button', { name: 'Helpful', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
})

test('an issue is resolved, and leads to its traces', async ({ page }) => {
  await page.goto(`experiments/${experiment}/issues`)
  const issue = page.getByRole('listitem').filter({ hasText: 'States rules that do not exist' })
  await expect(issue).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  await issue.getByRole('combobox').click()
  await page.getByRole('option', { name: 'Resolved' }).click()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(issue).toHaveCount(0)
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await issue.getByRole('link', { name: /Seen in/ }).click()
  await expect(page.getByRole('table').getByRole('link').first()).toBeVisible()
})

test('views are opened, saved and filled in', async ({ page }) => {
  await page.goto(`experiments/${experiment}/traces`)
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'About trains', exact: true }).click()
  await expect(page).toHaveURL(/filter=train/)
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'Save this view…' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Trains again')
  await page.getByRole('button', { name: 'Save view' }).click()
  await expect(page.getByText('Saved the view “Trains again”')).toBeVisible()
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'Answer and rule' }).click()
  const panel = page.getByRole('complementary', { name: 'Open trace' })
  await expect(panel.getByText('The rule it was given')).toBeVisible()
  await panel.getByRole('button', { name: 'In spirit' }).click()
  await panel.getByRole('button', { name: 'Save the mark' }).click()
  await expect(page.getByText('Saved one mark')).toBeVisible()
})

test('prompts and sessions are there as well', async ({ page }) => {
  await page.goto(`experiments/${experiment}/sessions`)
  await expect(page.getByRole('link', { name: 'late-again' })).toBeVisible()
  await page.goto('prompts/lantern-answer')
  await expect(page.getByText('Name the rule that it rests on').first()).toBeVisible()
})
