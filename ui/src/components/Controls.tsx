import { Slider as BaseSlider } from '@base-ui/react/slider'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { type ReactNode, useId } from 'react'
import { classes } from '~/components/classes'

interface CheckboxProps {
  checked: boolean
  partial?: boolean
  onChange: (checked: boolean, event: Event) => void
  label: string
  className?: string
}

/** The browser's own: a table draws one in each of its rows. */
export function Checkbox({ checked, partial, onChange, label, className }: CheckboxProps) {
  return (
    <input
      type="checkbox"
      ref={(element) => {
        if (element) element.indeterminate = partial ?? false
      }}
      checked={checked}
      onChange={(event) => onChange(event.target.checked, event.nativeEvent)}
      aria-label={label}
      className={classes('checkbox', className)}
    />
  )
}

interface SwitchProps {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}

export function Switch({ checked, onChange, children }: SwitchProps) {
  const id = useId()
  return (
    <span className="inline-flex h-7 items-center gap-1.5 text-muted">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        aria-labelledby={id}
        className="flex h-4 w-[26px] rounded-full bg-line-strong p-0.5 transition-colors data-[checked]:bg-accent-solid"
      >
        <BaseSwitch.Thumb className="size-3 rounded-full bg-white shadow-xs transition-transform duration-100 data-[checked]:translate-x-2.5" />
      </BaseSwitch.Root>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the switch itself carries role and keys */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the switch itself carries role and keys */}
      <span id={id} onClick={() => onChange(!checked)} className="cursor-pointer select-none">
        {children}
      </span>
    </span>
  )
}

interface SegmentedProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: ReactNode; title?: string }[]
  onChange: (value: T) => void
}

/** A few choices that exclude each other, all in sight. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: SegmentedProps<T>) {
  return (
    <ToggleGroup
      aria-label={label}
      value={[value]}
      onValueChange={(next) => {
        const [first] = next as T[]
        if (first !== undefined) onChange(first)
      }}
      className="inline-flex h-7 shrink-0 items-center rounded-md bg-pressed/70 p-0.5"
    >
      {options.map((option) => (
        <Toggle
          key={option.value}
          value={option.value}
          aria-label={option.title}
          className="inline-flex h-6 items-center gap-1.5 rounded-[5px] px-2 text-xs font-medium text-muted select-none hover:text-ink data-[pressed]:bg-raised data-[pressed]:text-ink data-[pressed]:shadow-xs"
        >
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  )
}

interface SliderProps {
  label: string
  value: number
  minimum: number
  maximum: number
  step: number
  onChange: (value: number) => void
  className?: string
}

export function Slider({ label, value, minimum, maximum, step, onChange, className }: SliderProps) {
  return (
    <BaseSlider.Root
      value={value}
      min={minimum}
      max={maximum}
      step={step}
      onValueChange={(next) => onChange(next as number)}
      className={classes('flex items-center', className)}
    >
      <BaseSlider.Control className="flex h-7 w-full touch-none items-center select-none">
        <BaseSlider.Track className="h-1 w-full rounded-full bg-line-strong">
          <BaseSlider.Indicator className="rounded-full bg-accent-solid" />
          <BaseSlider.Thumb
            aria-label={label}
            className="size-3.5 rounded-full border border-line-strong bg-white shadow-xs has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-focus"
          />
        </BaseSlider.Track>
      </BaseSlider.Control>
    </BaseSlider.Root>
  )
}
