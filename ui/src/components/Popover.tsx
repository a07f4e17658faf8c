import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { classes } from '~/components/classes'

interface Props {
  trigger: ReactElement<Record<string, unknown>>
  label: string
  align?: 'start' | 'center' | 'end'
  className?: string
  children: ReactNode
}

export function Popover({ trigger, label, align = 'end', className, children }: Props) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={5} className="z-50">
          <Base.Popup
            aria-label={label}
            className={classes(
              'popup popup-motion max-h-(--available-height) max-w-[calc(100vw-16px)]',
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
