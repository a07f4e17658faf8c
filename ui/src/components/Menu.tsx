import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { classes } from '~/components/classes'
import { Kbd } from '~/components/Kbd'

interface MenuProps {
  trigger: ReactElement<Record<string, unknown>>
  align?: 'start' | 'end'
  children: ReactNode
}

export function Menu({ trigger, align = 'end', children }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={5} className="z-50">
          <Base.Popup className="popup popup-motion max-h-(--available-height) max-w-72 min-w-44 overflow-y-auto p-1">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

const ROW =
  'flex h-7 w-full items-center gap-2 rounded-md px-2 outline-none select-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover'

interface ItemProps {
  onSelect: () => void
  icon?: ReactNode
  danger?: boolean
  disabled?: boolean
  shortcut?: string
  children: ReactNode
}

export function MenuItem({ onSelect, icon, danger, disabled, shortcut, children }: ItemProps) {
  return (
    <Base.Item
      onClick={onSelect}
      disabled={disabled}
      className={classes(ROW, danger && 'text-bad')}
    >
      {icon && <span className={danger ? '' : 'text-faint'}>{icon}</span>}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </Base.Item>
  )
}

interface ChoicesProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
}

export function MenuChoices<T extends string>({
  label,
  value,
  options,
  onChange,
}: ChoicesProps<T>) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-2xs font-medium text-faint">
        {label}
      </Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={ROW} closeOnClick>
            <span className="min-w-0 flex-1 truncate">{option.label}</span>
            <Base.RadioItemIndicator>
              <Check size={13} className="text-accent" />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  )
}

export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1 h-px bg-line" />
}
