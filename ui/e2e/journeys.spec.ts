import { expect } from '@playwright/test'
import { test } from './server'

test.describe('experiments', () => {
  test('are found by name and by tag, and the link keeps the search', async ({ page }) => {
    await page.goto('experiments')
    await expect(page.getByRole('table')).toBeVisible()
    await page.keyboard.press('/')
    await page.keyboard.type('gradient')
    await expect(page.getByRole('link', { name: 'gradient-boosting-tuning' })).toBeVisible()
    await expect(page.getByRole('table').getByRole('link')).toHaveCount(1)
    await expect(page).toHaveURL(/q=gradient/)
    await page.reload()
    await expect(page.getByRole('searchbox')).toHaveValue('gradient')
    await page.getByRole('searchbox').fill("tags.team = 'vision'")
    await expect(page.getByRole('link', { name: 'heron-vision' })).toBeVisible()
  })

  test('are created, renamed, deleted and brought back', async ({ page }) => {
    const name = `made-by-hand-${Date.now()}`
    await page.goto('experiments')
    await page.getByRole('button', { name: 'New experiment' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('button', { name: 'Create experiment' }).click()
    await expect(page.getByRole('heading', { name })).toBeVisible()
    await expect(page.getByText(`mlflow.set_experiment("${name}")`)).toBeVisible()

    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByLabel('Name', { exact: true }).fill(`${name}-2`)
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    await expect(page.getByRole('heading', { name: `${name}-2` })).toBeVisible()

    await page.getByRole('button', { name: `Actions for ${name}-2` }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByRole('button', { name: 'Delete experiment' }).click()
    await expect(page).toHaveURL(/experiments$/)
    await expect(page.getByRole('table').getByRole('link', { name: `${name}-2` })).toHaveCount(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByRole('table').getByRole('link', { name: `${name}-2` })).toBeVisible()

    await page.getByRole('button', { name: `Actions for ${name}-2` }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByRole('button', { name: 'Delete experiment' }).click()
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })

  test('tell why the server refused a name', async ({ page }) => {
    await page.goto('experiments?new=true')
    await page.getByLabel('Name', { exact: true }).fill('heron-vision')
    await page.getByRole('button', { name: 'Create experiment' }).click()
    await expect(page.getByRole('alert')).toContainText('already exists')
  })
})

test.describe('runs', () => {
  test('show what differs at once, in three calls at most', async ({ page, seeded }) => {
    const calls: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/ajax-api/')) calls.push(request.url())
    })
    await page.goto(`experiments/${seeded.vision}`)
    const headers = page.getByRole('columnheader')
    for (const name of ['test/accuracy', 'val/loss', 'learning_rate', 'optimizer', 'dropout']) {
      await expect(headers.filter({ hasText: name })).toHaveCount(1)
    }
    for (const same of ['image_size', 'model', 'seed']) {
      await expect(headers.filter({ hasText: new RegExp(`^${same}$`) })).toHaveCount(0)
    }
    expect(calls.length).toBeLessThanOrEqual(3)
  })

  test('are sorted by the server at a click on a header', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await page.getByRole('button', { name: 'val/loss' }).click()
    await expect(page).toHaveURL(/sort=-metric:val\/loss/)
    const header = page.getByRole('columnheader', { name: 'val/loss' })
    await expect(header).toHaveAttribute('aria-sort', 'descending')
    await page.getByRole('button', { name: 'val/loss' }).click()
    await expect(header).toHaveAttribute('aria-sort', 'ascending')
    await expect(page.getByRole('row').nth(1)).not.toContainText('resnet-lion-59')
  })

  test('are filtered with completion, and a refusal is explained in place', async ({
    page,
    seeded,
  }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await expect(page.getByRole('link', { name: 'resnet-lion-59' })).toBeVisible()
    await page.keyboard.press('/')
    await page.keyboard.type('params.opt')
    await page.keyboard.press('Tab')
    const filter = page.getByRole('combobox', { name: 'Filter runs' })
    await expect(filter).toHaveValue('params.optimizer ')
    await page.keyboard.type("= 'sgd'")
    await page.keyboard.press('Enter')
    await expect(page.getByRole('link', { name: 'resnet-lion-59' })).toHaveCount(0)
    await expect(page.getByRole('link', { name: 'resnet-sgd-58' })).toBeVisible()

    await filter.fill('metrics.loss < low')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toContainText('numeric value')
    await expect(page.getByRole('link', { name: 'resnet-sgd-58' })).toBeVisible()
  })

  test('fold into their parents', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.tuning}`)
    await page.getByRole('button', { name: 'Fold the runs below sweep-3' }).click()
    await expect(page.getByRole('link', { name: 'trial-00' })).toHaveCount(2)
    await page.getByRole('button', { name: 'Unfold the runs below sweep-3' }).click()
    await expect(page.getByRole('link', { name: 'fold-0' }).first()).toBeVisible()
  })

  test('are selected by keyboard and compared', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await expect(page.getByRole('link', { name: 'resnet-lion-59' })).toBeVisible()
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
    await expect(page.getByText('2 selected')).toBeVisible()
    await page.getByRole('link', { name: 'Compare' }).click()
    await expect(page.getByRole('heading', { name: 'Compare 2 runs' })).toBeVisible()
    await expect(page.getByRole('row', { name: /image_size/ })).toHaveCount(0)
    await page.getByRole('switch').click()
    await expect(page.getByRole('row', { name: /image_size/ })).toBeVisible()
    await page.getByRole('link', { name: 'Charts' }).click()
    await expect(page.locator('canvas').first()).toBeVisible()
  })

  test('have columns of one’s choice', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('searchbox', { name: 'Find a column' }).fill('image')
    await page.getByRole('checkbox', { name: 'image_size' }).click()
    await expect(page.getByRole('columnheader', { name: 'image_size' })).toBeAttached()
    await expect(page).toHaveURL(/cols=param:image_size/)
    await page.getByRole('button', { name: 'Reset' }).click()
    await expect(page.getByRole('columnheader', { name: 'image_size' })).toHaveCount(0)
  })

  test('are deleted together and brought back', async ({ page, own }) => {
    await page.goto(`experiments/${own.id}`)
    await page.getByRole('checkbox', { name: 'Select own-1' }).click()
    await page.getByRole('checkbox', { name: 'Select own-2' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('button', { name: 'Delete 2 runs' }).click()
    await expect(page.getByRole('link', { name: 'own-1' })).toHaveCount(0)
    await page.goto(`experiments/${own.id}?deleted=true`)
    await page.getByRole('checkbox', { name: 'Select all loaded runs' }).click()
    await page.getByRole('button', { name: 'Restore' }).click()
    await expect(page.getByText('No deleted runs')).toBeVisible()
    await page.goto(`experiments/${own.id}`)
    await expect(page.getByRole('link', { name: 'own-1' })).toBeVisible()
  })
})

test.describe('a run', () => {
  test('is renamed, tagged and described in place', async ({ page, own }) => {
    await page.goto(`runs/${own.runs[0]}`)
    await page.getByRole('button', { name: /Rename run/ }).click()
    await page.getByRole('textbox', { name: 'Rename run' }).fill('a better name')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: /a better name/ })).toBeVisible()

    await page.getByRole('button', { name: 'Add tag' }).click()
    await page.getByLabel('Tag name').fill('stage')
    await page.getByLabel('Tag value').fill('final')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByRole('button', { name: 'stage final' })).toBeVisible()
    await page.getByRole('button', { name: 'Delete tag stage' }).click()
    await expect(page.getByRole('button', { name: 'stage final' })).toHaveCount(0)

    await page.getByRole('button', { name: 'Add a description…' }).click()
    await page.getByLabel('Description').fill('**bold** words')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.locator('strong', { hasText: 'bold' })).toBeVisible()
  })

  test('shows its charts, and a zoom asks the server for the part', async ({ page, seeded }) => {
    await page.goto(`runs/${seeded.best}?tab=charts`)
    const over = page.locator('.u-over').first()
    await expect(over).toBeVisible()
    const box = await over.boundingBox()
    if (!box) throw new Error('The chart has no size.')
    const asked = page.waitForRequest(/start_step=\d+&end_step=\d+/)
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 })
    await page.mouse.up()
    await asked
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect(page.getByRole('button', { name: 'Show all' })).toHaveCount(0)
  })

  test('previews its artifacts', async ({ page, seeded }) => {
    await page.goto(`runs/${seeded.best}?tab=artifacts`)
    await page.getByRole('button', { name: /summary.json/ }).click()
    await expect(page.getByText('"accuracy"')).toBeVisible()
    await page.getByRole('button', { name: /predictions.csv/ }).click()
    await expect(page.getByRole('columnheader', { name: 'predicted' })).toBeVisible()
    await page.getByRole('button', { name: /MODEL_CARD/ }).click()
    await expect(page.getByRole('heading', { name: 'Heron detector' })).toBeVisible()
    await page.getByRole('button', { name: /report.html/ }).click()
    await expect(page.frameLocator('iframe').getByRole('heading', { name: 'Report' })).toBeVisible()
    await page.getByRole('button', { name: /weights.bin/ }).click()
    await expect(page.getByText('There is no preview')).toBeVisible()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).first().click()
    expect((await download).suggestedFilename()).toBe('weights.bin')
  })

  test('takes files', async ({ page, own }) => {
    await page.goto(`runs/${own.runs[0]}?tab=artifacts`)
    const input = page.getByLabel('Files to upload')
    await input.setInputFiles({
      name: 'notes 50%.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('two herons'),
    })
    await page.getByRole('button', { name: /notes 50%.txt/ }).click()
    await expect(page.getByText('two herons')).toBeVisible()
    // Larger than what the route for a single small file takes.
    const large = { name: 'large.bin', mimeType: 'application/octet-stream' }
    await input.setInputFiles([{ ...large, buffer: Buffer.alloc(12_000_000, 7) }])
    await expect(page.getByRole('button', { name: /large.bin.*12 MB/ })).toBeVisible()
  })

  test('that is not there says so', async ({ page }) => {
    await page.goto('runs/00000000000000000000000000000000')
    await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible()
  })
})

test.describe('everywhere', () => {
  test('classic links lead to the same things', async ({ page, seeded }) => {
    await page.goto(`#/experiments/${seeded.vision}/runs/${seeded.best}`)
    await expect(page).toHaveURL(new RegExp(`/runs/${seeded.best}$`))
    await expect(page.getByRole('heading', { name: /resnet-sgd-58/ })).toBeVisible()
    await page.goto(`experiments/${seeded.vision}/runs`)
    await expect(page).toHaveURL(new RegExp(`/experiments/${seeded.vision}$`))
  })

  test('the palette finds experiments, runs and actions', async ({ page, seeded }) => {
    await page.goto(`experiments/${seeded.vision}`)
    await expect(page.getByRole('link', { name: 'resnet-lion-59' })).toBeVisible()
    const palette = page.getByRole('combobox', { name: /Find experiments/ })
    await page.keyboard.press('Control+k')
    await expect(palette).toBeFocused()
    await page.keyboard.type('lion-56')
    await expect(page.getByRole('option', { name: /resnet-lion-56/ })).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: /resnet-lion-56/ })).toBeVisible()
    await page.keyboard.press('Control+k')
    await expect(palette).toBeFocused()
    await page.keyboard.type('theme: dark')
    await page.keyboard.press('Enter')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await page.reload()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  })

  test('the keys are listed', async ({ page }) => {
    await page.goto('experiments')
    await expect(page.getByRole('table')).toBeVisible()
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })
})
