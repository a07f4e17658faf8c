import { Button as Base } from '@base-ui/react/button'
import type { ComponentProps, ReactElement, ReactNode } from 'react'
import { classes } from '~/components/classes'
import { Tooltip } from '~/components/Tooltip'

type Kind = 'solid' | 'outline' | 'plain' | 'danger'

const KINDS: Record<Kind, string> = {
  solid: 'bg-accent-solid text-white hover:bg-accent-solid-hover',
  outline:
    'border border-line-strong bg-surface shadow-xs hover:bg-hover data-[popup-open]:bg-hover',
  plain:
    'text-muted hover:bg-hover hover:text-ink data-[popup-open]:bg-hover data-[popup-open]:text-ink',
  danger: 'bg-bad-solid text-white hover:brightness-95',
}

const SHAPE =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none transition-colors duration-75 disabled:pointer-events-none disabled:opacity-45 data-[disabled]:pointer-events-none data-[disabled]:opacity-45'

export function buttonClass(kind: Kind = 'outline', size: 'small' | 'normal' = 'normal'): string {
  return classes(SHAPE, KINDS[kind], size === 'small' ? 'h-6 px-2 text-xs' : 'h-7 px-2.5 text-sm')
}

interface ButtonProps extends Omit<ComponentProps<'button'>, 'ref'> {
  kind?: Kind
  size?: 'small' | 'normal'
  render?: ReactElement
}

export function Button({ kind, size, className, type = 'button', ...rest }: ButtonProps) {
  return <Base className={classes(buttonClass(kind, size), className)} type={type} {...rest} />
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'ref'> {
  label: string
  shortcut?: string
  pressed?: boolean
  children: ReactNode
}

/** A square button that shows only an icon; its label is its tooltip. */
export function IconButton({
  label,
  shortcut,
  pressed,
  className,
  children,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        className={classes(
          'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors duration-75 hover:bg-hover hover:text-ink disabled:pointer-events-none disabled:opacity-45 aria-pressed:bg-accent-soft aria-pressed:text-accent data-[popup-open]:bg-hover data-[popup-open]:text-ink',
          className,
        )}
        {...rest}
      >
        {children}
      </button>
    </Tooltip>
  )
}
