import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import { useRemembered } from '~/lib/storage'

interface Props {
  /** Under this name the browser keeps the width. */
  memory: string
  /** Per cent of the whole. */
  initial: number
  label: string
  children: ReactNode
}

const LEAST = 20
const MOST = 75
const STEP = 2

const within = (share: number) => Math.max(LEAST, Math.min(MOST, share))

/** A pane at the left whose right edge can be dragged, or moved with the arrow keys. */
export function Splitter({ memory, initial, label, children }: Props) {
  const [stored, store] = useRemembered(memory)
  const [drag, setDrag] = useState<number>()
  const box = useRef<HTMLDivElement>(null)
  const share = drag ?? within(Number(stored) || initial)
  const shareAt = (event: PointerEvent) => {
    const whole = box.current?.parentElement?.getBoundingClientRect()
    return whole ? within((100 * (event.clientX - whole.left)) / whole.width) : share
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0
    if (step === 0) return
    event.preventDefault()
    store(String(within(share + step)))
  }
  return (
    <div
      ref={box}
      className="relative flex min-h-0 min-w-0 shrink-0 flex-col border-r"
      style={{ width: `${share}%` }}
    >
      {children}
      {/* biome-ignore lint/a11y/useSemanticElements: a line that can be moved is no rule of a text */}
      <div
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation="vertical"
        aria-valuenow={Math.round(share)}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag(shareAt(event))
        }}
        onPointerMove={(event) => drag !== undefined && setDrag(shareAt(event))}
        onPointerUp={() => {
          if (drag !== undefined) store(drag.toFixed(1))
          setDrag(undefined)
        }}
        onDoubleClick={() => store(undefined)}
        className="absolute inset-y-0 -right-1 z-10 w-2 cursor-col-resize touch-none after:absolute after:inset-y-0 after:left-1/2 after:w-0.5 after:-translate-x-1/2 hover:after:bg-focus/60"
      />
    </div>
  )
}
