import { Pencil } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { classes } from '~/components/classes'

interface Props {
  value: string
  label: string
  onSave: (value: string) => void
  className?: string
  children?: ReactNode
}

/** Text that turns into a field when it is clicked. Enter saves, Escape leaves it as it was. */
export function InlineEdit({ value, label, onSave, className, children }: Props) {
  const [draft, setDraft] = useState<string>()
  if (draft === undefined) {
    return (
      <button
        type="button"
        title={label}
        onClick={() => setDraft(value)}
        className={classes(
          'group -mx-1.5 flex min-w-0 items-center gap-1.5 rounded-md px-1.5 text-left hover:bg-hover',
          className,
        )}
      >
        {children ?? <span className="truncate">{value}</span>}
        <Pencil
          size={12}
          aria-hidden
          className="shrink-0 text-faint opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
        <span className="sr-only">{label}</span>
      </button>
    )
  }
  const save = () => {
    const next = draft.trim()
    setDraft(undefined)
    if (next && next !== value) onSave(next)
  }
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: the click that opened the field asked for it
      autoFocus
      aria-label={label}
      value={draft}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
        if (event.key === 'Escape') setDraft(undefined)
      }}
      className={classes(
        '-mx-1.5 min-w-0 rounded-md bg-surface px-1.5 outline-2 outline-focus',
        className,
        'w-full max-w-2xl',
      )}
    />
  )
}
