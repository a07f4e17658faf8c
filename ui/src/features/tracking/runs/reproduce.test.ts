import { expect, it } from 'vitest'
import { againSnippet } from '~/features/tracking/runs/reproduce'
import type { Run } from '~/lib/wire'

const run = (tags: Record<string, string>): Run => ({
  info: { run_id: 'a', experiment_id: '1', status: 'FINISHED', lifecycle_stage: 'active' },
  data: {
    params: [{ key: 'lr', value: '1; rm -rf /' }],
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  },
})

it('checks out the code and starts it', () => {
  const tags = { 'mlflow.source.git.commit': 'abc', 'mlflow.source.name': 'src/train.py' }
  expect(againSnippet(run(tags))).toBe('git checkout abc\npython src/train.py')
  expect(againSnippet(run({}))).toBeUndefined()
})

it('quotes what a shell would run', () => {
  const tags = { 'mlflow.source.type': 'PROJECT', 'mlflow.source.name': "$(x)'" }
  expect(againSnippet(run(tags))).toBe("mlflow run '$(x)'\\'''" + " \\\n  -P 'lr=1; rm -rf /'")
})
