import { describe, expect, it } from 'vitest'
import { parseLoggedTable } from '~/features/artifacts/loggedTable'

const table = (columns: unknown, data: unknown) =>
  parseLoggedTable(JSON.stringify({ columns, data }))

describe('parseLoggedTable', () => {
  it('reads values of every kind', () => {
    expect(table(['q', 'n', 'ok', 'o', 3], [['a', 0.5, true, { k: [1] }, null]])).toEqual({
      header: ['q', 'n', 'ok', 'o', '3'],
      rows: [['a', '0.5', 'true', '{"k":[1]}', '']],
    })
  })
  it('knows pictures, and takes the smaller file to show them', () => {
    const [row] =
      table(
        ['i', 'j', 'k'],
        [
          [
            { type: 'image', filepath: 'table_images/t/1.png', compressed_filepath: 't/1.webp' },
            { type: 'image', filepath: 'table_images/t/2.png' },
            { type: 'image', filepath: 'page.html' },
          ],
        ],
      )?.rows ?? []
    expect(row).toEqual([
      { path: 'table_images/t/1.png', preview: 't/1.webp' },
      { path: 'table_images/t/2.png', preview: 'table_images/t/2.png' },
      '{"type":"image","filepath":"page.html"}',
    ])
  })
  it('names columns of several levels by all of them', () => {
    expect(
      table(
        [
          ['a', 'b'],
          ['a', 'c'],
        ],
        [],
      ),
    ).toEqual({ header: ['a · b', 'a · c'], rows: [] })
  })
  it.each([
    'no JSON',
    'null',
    '[1]',
    '{"columns":["a"]}',
    '{"columns":[],"data":[]}',
    '{"columns":["a"],"data":[[1,2]]}',
    '{"columns":["a"],"data":[{"a":1}]}',
  ])('leaves %s alone', (text) => expect(parseLoggedTable(text)).toBeUndefined())
})
