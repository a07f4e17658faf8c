import { Search, X } from 'lucide-react'
import { type ComponentProps, type Ref, useId } from 'react'
import { classes } from '~/components/classes'

const BOX =
  'h-7 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-sm shadow-xs outline-none transition-[border-color,box-shadow] focus:border-focus focus:ring-2 focus:ring-focus/25 aria-invalid:border-bad'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input className={classes(BOX, className)} autoComplete="off" spellCheck={false} {...rest} />
  )
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={classes(BOX, 'h-auto py-1.5', className)} {...rest} />
}

interface LabelledProps extends ComponentProps<'input'> {
  label: string
  hint?: string
}

export function LabelledInput({ label, hint, ...rest }: LabelledProps) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      <Input id={id} {...rest} />
      {hint && <p className="text-xs text-faint">{hint}</p>}
    </div>
  )
}

interface SearchProps {
  value: string
  onChange: (value: string) => void
  label: string
  placeholder?: string
  className?: string
  shortcut?: string
  inputRef?: Ref<HTMLInputElement>
}

export function SearchField({
  value,
  onChange,
  label,
  placeholder,
  className,
  shortcut,
  inputRef,
}: SearchProps) {
  return (
    <div className={classes('relative', className)}>
      <Search
        size={13}
        className="pointer-events-none absolute top-1/2 left-2 -translate-y-1/2 text-faint"
      />
      <Input
        ref={inputRef}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        className="pr-7 pl-7"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (value) onChange('')
          else event.currentTarget.blur()
        }}
      />
      {value ? (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => onChange('')}
          className="absolute top-1/2 right-1.5 -translate-y-1/2 rounded-sm p-0.5 text-faint hover:text-ink"
        >
          <X size={13} />
        </button>
      ) : (
        shortcut && (
          <kbd className="pointer-events-none absolute top-1/2 right-2 hidden -translate-y-1/2 font-sans text-2xs text-faint md:block">
            {shortcut}
          </kbd>
        )
      )}
    </div>
  )
}
