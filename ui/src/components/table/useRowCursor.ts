import { useEffect, useState } from 'react'
import { useShortcuts } from '~/lib/keyboard'

interface Options {
  count: number
  onOpen: (index: number) => void
  onToggle?: (index: number) => void
  onFold?: (index: number, open: boolean) => void
  onMove?: ((index: number) => void) | undefined
  reveal: (index: number) => void
}

/** The row that the keyboard is on: arrows or j and k move, Enter opens, x selects. */
export function useRowCursor({ count, onOpen, onToggle, onFold, onMove, reveal }: Options) {
  const [cursor, setCursor] = useState(-1)
  const move = (step: number) => {
    if (count === 0) return
    const next = Math.max(0, Math.min(count - 1, cursor + step))
    setCursor(next)
    reveal(next)
    onMove?.(next)
  }
  const at = (action: ((index: number) => void) | undefined) => () => {
    if (action && cursor >= 0 && cursor < count) action(cursor)
  }
  const onControl = (event: KeyboardEvent) =>
    event.target instanceof Element && event.target.closest('a,button,input,[role=slider]') !== null
  useShortcuts({
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    j: () => move(1),
    k: () => move(-1),
    x: at(onToggle),
    enter: (event) => {
      if (onControl(event)) (event.target as HTMLElement).click()
      else at(onOpen)()
    },
    arrowright: at(onFold && ((index) => onFold(index, true))),
    arrowleft: at(onFold && ((index) => onFold(index, false))),
  })
  useEffect(() => {
    if (cursor >= count) setCursor(count - 1)
  }, [cursor, count])
  return [cursor, setCursor] as const
}
