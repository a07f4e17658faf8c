import { describe, expect, it } from 'vitest'
import { missingParents, nest } from '~/features/tracking/runs/tree'
import { aRun, pairs } from '~/lib/samples'

const run = (id: string, parent?: string) =>
  aRun(id, { tags: parent ? pairs({ 'mlflow.parentRunId': parent }) : [] })

const NONE = new Set<string>()
const shape = (rows: ReturnType<typeof nest>) =>
  rows.map((row) => '.'.repeat(row.depth) + row.run.info.run_id)

describe('nest', () => {
  const runs = [run('c2', 'p'), run('x'), run('c1', 'p'), run('p'), run('g', 'c1')]
  it('puts children below their parents, at the place of the first of the family', () => {
    expect(shape(nest(runs, [], 'open', NONE))).toEqual(['p', '.c2', '.c1', '..g', 'x'])
  })
  it('folds', () => {
    const rows = nest(runs, [], 'closed', NONE)
    expect(shape(rows)).toEqual(['p', 'x'])
    expect(rows[0]?.children).toBe(2)
  })
  it('makes exceptions', () => {
    expect(shape(nest(runs, [], 'closed', new Set(['p'])))).toEqual(['p', '.c2', '.c1', 'x'])
    expect(shape(nest(runs, [], 'open', new Set(['c1'])))).toEqual(['p', '.c2', '.c1', 'x'])
  })
  it('leaves the order alone side by side', () => {
    expect(shape(nest(runs, [], 'flat', NONE))).toEqual(['c2', 'x', 'c1', 'p', 'g'])
  })
  it('takes parents that came extra, and keeps a child without one at the top', () => {
    expect(shape(nest([run('a', 'q'), run('b', 'gone')], [run('q')], 'open', NONE))).toEqual([
      'q',
      '.a',
      'b',
    ])
  })
  it('shows every run of a circle once', () => {
    expect(
      shape(nest([run('a', 'b'), run('b', 'a')], [], 'open', NONE)).map((name) =>
        name.replace('.', ''),
      ),
    ).toEqual(expect.arrayContaining(['a', 'b']))
  })
})

describe('missingParents', () => {
  it('names each once, without those that are there', () => {
    expect(missingParents([run('a', 'z'), run('b', 'z'), run('c', 'a'), run('d', 'y')])).toEqual([
      'y',
      'z',
    ])
  })
})
