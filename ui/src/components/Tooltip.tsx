import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'
import { Kbd } from '~/components/Kbd'

interface Props {
  text: ReactNode
  shortcut?: string
  side?: 'top' | 'bottom' | 'left' | 'right'
  children: ReactElement<Record<string, unknown>>
}

export function Tooltip({ text, shortcut, side = 'bottom', children }: Props) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="popup-motion flex max-w-80 items-center gap-2 rounded-md bg-[light-dark(oklch(0.27_0.02_250),oklch(0.32_0.016_248))] px-2 py-1 text-xs break-words text-white shadow-pop">
            <span className="min-w-0">{text}</span>
            {shortcut && <Kbd tone="dark">{shortcut}</Kbd>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/** Once one tooltip is open, its neighbours follow without delay. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider delay={450} closeDelay={0} timeout={300}>
      {children}
    </Base.Provider>
  )
}
