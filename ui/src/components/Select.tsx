import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import { classes } from '~/components/classes'

interface Props<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
  className?: string
}

export function Select<T extends string>({ label, value, options, onChange, className }: Props<T>) {
  return (
    <Base.Root
      items={options as { value: T; label: string }[]}
      value={value}
      onValueChange={(next) => next !== null && onChange(next as T)}
    >
      <Base.Trigger
        aria-label={label}
        className={classes(
          'inline-flex h-7 items-center justify-between gap-1.5 rounded-md border border-line-strong bg-surface pr-1.5 pl-2.5 shadow-xs hover:bg-hover',
          className,
        )}
      >
        <Base.Value />
        <Base.Icon className="text-faint">
          <ChevronsUpDown size={13} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={5} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="popup popup-motion max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto p-1">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="flex h-7 items-center gap-4 rounded-md px-2 outline-none select-none data-[highlighted]:bg-hover"
              >
                <Base.ItemText className="flex-1">{option.label}</Base.ItemText>
                <Base.ItemIndicator>
                  <Check size={13} className="text-accent" />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
