import { describe, expect, it } from 'vitest'
import { type DiffRow, diffText, type Part } from '~/lib/diff'

const textOf = (parts: Part[] | undefined) => parts?.map((part) => part.text).join('')
const side = (rows: DiffRow[], which: 'left' | 'right') =>
  rows
    .map((row) => textOf(row[which]))
    .filter((text) => text !== undefined)
    .join('\n')

describe('diffText', () => {
  it('gives both texts back, whatever differs', () => {
    const texts = ['', 'a', 'a\nb\nc', 'b\nc\nd', 'x\na\nb\n\nc', 'a b\nc d']
    for (const left of texts) {
      for (const right of texts) {
        const rows = diffText(left, right)
        expect(side(rows, 'left')).toBe(left)
        expect(side(rows, 'right')).toBe(right)
        expect(rows.every((row) => row.same)).toBe(left === right)
      }
    }
  })

  it('puts a changed line beside the old one and marks the words', () => {
    const [, row] = diffText('same\nat most three words', 'same\nat most two words')
    expect(row?.left?.filter((part) => part.changed).map((part) => part.text)).toEqual(['three'])
    expect(row?.right?.filter((part) => part.changed).map((part) => part.text)).toEqual(['two'])
  })

  it('keeps an added line alone on its side', () => {
    expect(diffText('a\nc', 'a\nb\nc')[1]).toEqual({
      left: undefined,
      right: [{ text: 'b', changed: true }],
      same: false,
    })
  })
})
