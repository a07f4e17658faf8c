import { describe, expect, it } from 'vitest'
import { parseTable } from '~/features/artifacts/csv'
import { previewOf } from '~/features/artifacts/kinds'

describe('parseTable', () => {
  it('reads quotes, separators and line ends in values', () => {
    expect(parseTable('a,b\r\n"x, y","he said ""hi""\nthere"\r\n', ',', 10)).toEqual({
      header: ['a', 'b'],
      rows: [['x, y', 'he said "hi"\nthere']],
      cut: false,
    })
  })
  it('reads empty values, a last line without an end, and a byte order mark', () => {
    expect(parseTable('\ufeffa\tb\n\t2', '\t', 10)).toEqual({
      header: ['a', 'b'],
      rows: [['', '2']],
      cut: false,
    })
  })
  it('passes over empty lines', () => {
    expect(parseTable('a\n\n1\n\n', ',', 10).rows).toEqual([['1']])
  })
  it('stops where it was told to', () => {
    const text = `n\n${Array.from({ length: 100 }, (_, index) => index).join('\n')}\n`
    expect(parseTable(text, ',', 5)).toMatchObject({
      rows: [['0'], ['1'], ['2'], ['3'], ['4']],
      cut: true,
    })
    expect(parseTable(text, ',', 100).cut).toBe(false)
  })
})

describe('previewOf', () => {
  it.each([
    ['plots/a.PNG', 'image'],
    ['a.json', 'json'],
    ['t.csv', 'table'],
    ['README.md', 'markdown'],
    ['r.html', 'html'],
    ['train.py', 'code'],
    ['model/MLmodel', 'code'],
    ['train.log', 'text'],
    ['LICENSE', 'text'],
  ])('%s is shown as %s', (path, kind) => {
    expect(previewOf(path)?.kind).toBe(kind)
  })
  it('does not try what it does not know', () => {
    expect(previewOf('weights.bin')).toBeUndefined()
    expect(previewOf('noending')).toBeUndefined()
  })
})
