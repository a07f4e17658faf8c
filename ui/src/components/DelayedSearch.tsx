import { type RefObject, useEffect, useState } from 'react'
import { SearchField } from '~/components/Field'

interface Props {
  value: string
  onChange: (value: string) => void
  inputRef: RefObject<HTMLInputElement | null>
  label: string
  placeholder: string
}

const TYPING_PAUSE = 150

/** Typing changes the address, and so asks the server, only once it pauses. */
export function DelayedSearch({ value, onChange, inputRef, label, placeholder }: Props) {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  useEffect(() => {
    if (draft === value) return
    const timer = setTimeout(() => onChange(draft), TYPING_PAUSE)
    return () => clearTimeout(timer)
  })
  return (
    <SearchField
      inputRef={inputRef}
      value={draft}
      onChange={setDraft}
      label={label}
      placeholder={placeholder}
      shortcut="/"
      className="w-full sm:w-80"
    />
  )
}
