import { ListFilter, X } from 'lucide-react'
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import { classes } from '~/components/classes'
import { messageOf } from '~/lib/api'
import type { Completion, Completions } from '~/lib/filters'

interface Props {
  value: string
  onApply: (filter: string) => void
  /** Names the field for a screen reader. */
  label: string
  placeholder: string
  complete: (text: string, caret: number) => Completions
  /** Why the server refused the filter that is applied now. */
  error: unknown
  inputRef: RefObject<HTMLInputElement | null>
}

/** The filter of a table, in the server's own language, with names completed. */
export function FilterBar({
  value,
  onApply,
  label,
  placeholder,
  complete,
  error,
  inputRef,
}: Props) {
  const [draft, setDraft] = useState(value)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const id = useId()
  const focused = useRef(false)
  useEffect(() => setDraft(value), [value])
  const { from, options } = useMemo(() => complete(draft, caret), [draft, caret, complete])
  const shown = open && options.length > 0

  const apply = (filter: string) => {
    setOpen(false)
    onApply(filter.trim())
  }
  const accept = (option: Completion) => {
    const next = `${draft.slice(0, from)}${option.text} ${draft.slice(caret).trimStart()}`
    const end = from + option.text.length + 1
    setDraft(next)
    setCaret(end)
    setAt(-1)
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(end, end))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const option = shown ? options[at] : undefined
    if (event.key === 'Enter') {
      event.preventDefault()
      if (option) accept(option)
      else apply(draft)
    } else if (event.key === 'Tab' && shown && !event.shiftKey && draft.slice(from, caret)) {
      event.preventDefault()
      accept(option ?? (options[0] as Completion))
    } else if (shown && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setAt((at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length)
    } else if (event.key === 'Escape') {
      if (shown) setOpen(false)
      else event.currentTarget.blur()
    }
  }
  return (
    <div className="relative min-w-0 flex-1">
      <ListFilter
        size={13}
        className="pointer-events-none absolute top-[8px] left-2.5 text-faint"
      />
      <input
        ref={inputRef}
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        aria-invalid={Boolean(error)}
        aria-describedby={error ? `${id}-error` : undefined}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value)
          setCaret(event.target.selectionStart ?? event.target.value.length)
          setOpen(true)
          setAt(-1)
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onFocus={() => {
          focused.current = true
          setOpen(true)
        }}
        onBlur={() => {
          focused.current = false
          setOpen(false)
          setAt(-1)
        }}
        onKeyDown={onKeyDown}
        className={classes(
          'h-7 w-full min-w-0 rounded-md border bg-surface pr-14 pl-7 shadow-xs transition-[border-color,box-shadow] outline-none focus:border-focus focus:ring-2 focus:ring-focus/25',
          error ? 'border-bad' : 'border-line-strong',
          draft && 'font-mono text-xs',
        )}
      />
      <span className="absolute top-1 right-1.5 flex h-5 items-center gap-1">
        {draft !== value && draft && <kbd className="font-sans text-2xs text-faint">⏎</kbd>}
        {draft ? (
          <button
            type="button"
            aria-label="Clear filter"
            onClick={() => {
              setDraft('')
              apply('')
            }}
            className="rounded-sm p-0.5 text-faint hover:text-ink"
          >
            <X size={13} />
          </button>
        ) : (
          <kbd className="hidden px-1 font-sans text-2xs text-faint md:block">/</kbd>
        )}
      </span>
      {error !== undefined && error !== null && !shown && (
        <p
          id={`${id}-error`}
          role="alert"
          className="popup absolute top-8 left-0 z-30 max-w-full px-2.5 py-1.5 text-xs text-bad [overflow-wrap:anywhere]"
        >
          {messageOf(error)}
        </p>
      )}
      {shown && <Options id={id} options={options} at={at} onPoint={setAt} onAccept={accept} />}
    </div>
  )
}

interface OptionsProps {
  id: string
  options: Completion[]
  at: number
  onPoint: (index: number) => void
  onAccept: (option: Completion) => void
}

function Options({ id, options, at, onPoint, onAccept }: OptionsProps) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label="Completions"
      className="popup absolute top-8 left-0 z-30 w-96 max-w-full p-1"
    >
      {options.map((option, index) => (
        <div
          key={option.text}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          onPointerMove={() => onPoint(index)}
          // Not on click: the field would lose its focus before.
          onPointerDown={(event) => {
            event.preventDefault()
            onAccept(option)
          }}
          className="flex h-7 items-center justify-between gap-4 rounded-md px-2 aria-selected:bg-hover"
        >
          <span className="truncate font-mono text-xs">{option.text}</span>
          <span className="shrink-0 text-2xs text-faint">{option.detail}</span>
        </div>
      ))}
    </div>
  )
}
