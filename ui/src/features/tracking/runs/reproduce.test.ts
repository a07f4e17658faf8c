import { expect, it } from 'vitest'
import { againSnippet } from '~/features/tracking/runs/reproduce'
import { aRun, pairs } from '~/lib/samples'

const run = (tags: Record<string, string>) =>
  aRun('a', { params: pairs({ lr: '1; rm -rf /' }), tags: pairs(tags) })

it('checks out the code and starts it', () => {
  const tags = { 'mlflow.source.git.commit': 'abc', 'mlflow.source.name': 'src/train.py' }
  expect(againSnippet(run(tags))).toBe('git checkout abc\npython src/train.py')
  expect(againSnippet(run({}))).toBeUndefined()
})

it('quotes what a shell would run', () => {
  const tags = { 'mlflow.source.type': 'PROJECT', 'mlflow.source.name': "$(x)'" }
  expect(againSnippet(run(tags))).toBe("mlflow run '$(x)'\\'''" + " \\\n  -P 'lr=1; rm -rf /'")
})
