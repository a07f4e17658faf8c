import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, type RefObject, useRef } from 'react'
import { IconButton } from '~/components/Button'
import { classes } from '~/components/classes'

interface Props {
  open: boolean
  onClose: () => void
  title: string
  description?: ReactNode
  wide?: boolean
  initialFocus?: RefObject<HTMLElement | null>
  children: ReactNode
}

export function Dialog({ open, onClose, title, description, wide, initialFocus, children }: Props) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[light-dark(rgb(16_32_48/0.28),rgb(0_0_0/0.55))] transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          // The dialog itself rather than its first button, whose tooltip would take the first Escape.
          ref={popup}
          initialFocus={initialFocus ?? popup}
          className={classes(
            'popup fixed top-[12vh] left-1/2 z-40 flex max-h-[76vh] w-[calc(100vw-24px)] -translate-x-1/2 flex-col rounded-xl transition-[opacity,scale] duration-150 ease-out data-[ending-style]:scale-[0.98] data-[ending-style]:opacity-0 data-[starting-style]:scale-[0.98] data-[starting-style]:opacity-0',
            wide ? 'max-w-3xl' : 'max-w-md',
          )}
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-4">
            <div className="min-w-0 pt-0.5">
              <Base.Title className="text-base font-semibold break-words">{title}</Base.Title>
              {description && (
                <Base.Description className="mt-1 text-muted" render={<div />}>
                  {description}
                </Base.Description>
              )}
            </div>
            <IconButton label="Close" onClick={onClose} className="-mr-2">
              <X size={15} />
            </IconButton>
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pt-3 pb-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
