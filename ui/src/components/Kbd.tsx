import type { ReactNode } from 'react'
import { classes } from '~/components/classes'

export function Kbd({
  children,
  tone = 'normal',
}: {
  children: ReactNode
  tone?: 'normal' | 'dark'
}) {
  return (
    <kbd
      className={classes(
        'inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm px-1 font-sans text-2xs font-medium',
        tone === 'dark' ? 'bg-white/15 text-white' : 'border bg-sunken text-muted',
      )}
    >
      {children}
    </kbd>
  )
}
