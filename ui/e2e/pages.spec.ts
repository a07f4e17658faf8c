import { expect, type Page } from '@playwright/test'
import { type Seeded, seriousFindings, test } from './server'

// Every page, at both widths and in both themes: it shows its data, fits its window, and axe finds
// nothing serious.

const PAGES: {
  name: string
  path: (seeded: Seeded) => string
  ready: (page: Page) => Promise<void>
}[] = [
  {
    name: 'experiments',
    path: () => 'experiments',
    ready: (page) =>
      expect(page.getByRole('link', { name: /nightly\/regression/ }).first()).toBeVisible(),
  },
  {
    name: 'runs',
    path: ({ vision }) => `experiments/${vision}`,
    ready: (page) => expect(page.getByRole('link', { name: 'resnet-lion-59' })).toBeVisible(),
  },
  {
    name: 'nested runs',
    path: ({ tuning }) => `experiments/${tuning}`,
    ready: (page) => expect(page.getByRole('link', { name: 'fold-0' }).first()).toBeVisible(),
  },
  {
    name: 'charts',
    path: ({ vision }) => `experiments/${vision}?view=charts`,
    ready: (page) => expect(page.locator('canvas').first()).toBeVisible(),
  },
  {
    name: 'grouped runs',
    path: ({ vision }) => `experiments/${vision}?group=param:optimizer`,
    ready: (page) => expect(page.getByRole('button', { name: /Unfold .* sgd/ })).toBeVisible(),
  },
  {
    name: 'explore',
    path: ({ vision }) => `experiments/${vision}?view=explore`,
    ready: (page) => expect(page.getByRole('list', { name: 'Parameter importance' })).toBeVisible(),
  },
  {
    name: 'artifact parquet',
    path: ({ best }) => `runs/${best}?tab=artifacts&path=predictions.parquet`,
    ready: (page) => expect(page.getByText('400 rows')).toBeVisible(),
  },
  {
    name: 'api',
    path: () => 'reference',
    ready: (page) => expect(page.getByText('/api/2.0/mlflow/runs/search').first()).toBeVisible(),
  },
  {
    name: 'no runs',
    path: ({ empty }) => `experiments/${empty}`,
    ready: (page) =>
      expect(page.getByText('mlflow.set_experiment("empty-and-waiting")')).toBeVisible(),
  },
  {
    name: 'run',
    path: ({ best }) => `runs/${best}`,
    ready: (page) => expect(page.getByRole('row', { name: /learning_rate/ })).toBeVisible(),
  },
  {
    name: 'run charts',
    path: ({ best }) => `runs/${best}?tab=charts&smooth=0.6`,
    ready: (page) => expect(page.locator('canvas').first()).toBeVisible(),
  },
  {
    name: 'artifact image',
    path: ({ best }) => `runs/${best}?tab=artifacts&path=plots/learning_curve.png`,
    ready: (page) =>
      expect(page.getByRole('img', { name: 'plots/learning_curve.png' })).toBeVisible(),
  },
  {
    name: 'artifact code',
    path: ({ best }) => `runs/${best}?tab=artifacts&path=config/train.py`,
    ready: (page) => expect(page.getByText('def train')).toBeVisible(),
  },
  {
    name: 'compare',
    path: ({ visionRuns }) => `compare?${visionRuns.map((run) => `runs=${run}`).join('&')}`,
    ready: (page) => expect(page.getByRole('row', { name: /dropout/ })).toBeVisible(),
  },
  {
    name: 'components',
    path: () => 'dev/components',
    ready: (page) => expect(page.getByRole('button', { name: 'Solid' })).toBeVisible(),
  },
]

for (const { name, path, ready } of PAGES) {
  test(name, async ({ page, seeded }, info) => {
    await page.goto(path(seeded))
    await ready(page)
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    expect(overflow).toBeLessThanOrEqual(0)
    expect(await seriousFindings(page)).toEqual([])
    const folder = process.env.SCREENSHOTS
    if (folder)
      await page.screenshot({
        path: `${folder}/${name.replaceAll(' ', '-')}-${info.project.name}.png`,
      })
  })
}
