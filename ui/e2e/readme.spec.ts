import { expect } from '@playwright/test'
import { test } from './server'

// The pictures of the README. Only where they are asked for: a run of the tests changes no file.

const FOLDER = process.env.README_PICTURES

test.skip(!FOLDER, 'README_PICTURES names no folder')
test.use({ viewport: { width: 1280, height: 720 } })

test('pictures', async ({ page, seeded }) => {
  const keep = async (name: string) => {
    await page.mouse.move(0, 0)
    await page.waitForTimeout(1500)
    await page.screenshot({ path: `${FOLDER}/${name}.png` })
  }
  await page.goto(`experiments/${seeded.vision}`)
  await expect(page.getByRole('link', { name: 'resnet-lion-59' })).toBeVisible()
  await keep('runs')
  await page.goto(`experiments/${seeded.vision}?view=charts&smooth=0.4`)
  await page.getByText('val/loss', { exact: true }).scrollIntoViewIfNeeded()
  await expect(page.locator('canvas').nth(1)).toBeVisible()
  await keep('charts')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`experiments/${seeded.vision}?view=explore`)
  await expect(page.getByRole('list', { name: 'Parameter importance' })).toBeVisible()
  await keep('explore')
  await page.goto(`runs/${seeded.best}`)
  await expect(page.getByRole('row', { name: /learning_rate/ })).toBeVisible()
  await keep('run')
})
