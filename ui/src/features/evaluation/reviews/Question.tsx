import { type KeyboardEvent, type Ref, useEffect, useRef } from 'react'
import { classes } from '~/components/classes'
import { Input, TextArea } from '~/components/Field'
import { choose, type Draft, optionsOf } from '~/features/evaluation/reviews/answers'
import type { LabelSchema } from '~/lib/evaluation'

interface Props {
  schema: LabelSchema
  draft: Draft | undefined
  /** Whether the digits answer this one. */
  active: boolean
  onActive: () => void
  onChange: (part: Partial<Draft>) => void
  /** The field to write in, where one writes. */
  fieldRef: (element: HTMLElement | null) => void
}

/** One question about a trace, with the answer so far. */
export function Question({ schema, draft, active, onActive, onChange, fieldRef }: Props) {
  const box = useRef<HTMLFieldSetElement>(null)
  const before = useRef(active)
  useEffect(() => {
    // The first question of a trace does not push the trace out of sight.
    if (active && !before.current) box.current?.scrollIntoView({ block: 'nearest' })
    before.current = active
  }, [active])
  const options = optionsOf(schema)
  const { input } = schema
  const text = draft?.value === undefined ? '' : String(draft.value)
  return (
    <fieldset
      ref={box}
      data-active={active || undefined}
      onFocus={onActive}
      className="min-w-0 rounded-lg border px-3 pt-1 pb-3 data-active:border-focus"
    >
      <legend className="px-1 font-medium">{schema.name}</legend>
      {schema.instruction && <p className="pb-2 text-muted">{schema.instruction}</p>}
      {options.length > 0 ? (
        <div className="flex flex-wrap gap-1.5">
          {options.map((option, index) => (
            <Choice
              key={option.label}
              label={option.label}
              digit={index < 9 ? index + 1 : undefined}
              chosen={isChosen(draft?.value, option.value)}
              active={active}
              onChoose={() => onChange({ value: choose(schema, draft?.value, option.value) })}
            />
          ))}
        </div>
      ) : 'numeric' in input ? (
        <Input
          ref={fieldRef as Ref<HTMLInputElement>}
          type="number"
          aria-label={schema.name}
          min={input.numeric.min_value}
          max={input.numeric.max_value}
          step="any"
          value={text}
          onChange={(event) => onChange({ value: event.target.value || undefined })}
          onKeyDown={leave}
        />
      ) : (
        <TextArea
          ref={fieldRef as Ref<HTMLTextAreaElement>}
          rows={3}
          aria-label={schema.name}
          maxLength={'text' in input ? input.text.max_length : undefined}
          value={text}
          onChange={(event) => onChange({ value: event.target.value || undefined })}
          onKeyDown={leave}
        />
      )}
      {schema.enable_comment && (
        <Input
          aria-label={`Comment on ${schema.name}`}
          placeholder="Why? (optional)"
          value={draft?.comment ?? ''}
          onChange={(event) => onChange({ comment: event.target.value })}
          onKeyDown={leave}
          className="mt-2"
        />
      )}
    </fieldset>
  )
}

/** Escape gives the keys back to the page. */
function leave(event: KeyboardEvent<HTMLElement>) {
  if (event.key === 'Escape') event.currentTarget.blur()
}

const isChosen = (value: unknown, option: unknown) =>
  Array.isArray(value) ? value.includes(option) : value === option

interface ChoiceProps {
  label: string
  digit: number | undefined
  chosen: boolean
  active: boolean
  onChoose: () => void
}

function Choice({ label, digit, chosen, active, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onChoose}
      className={classes(
        'inline-flex h-7 items-center gap-1.5 rounded-md border px-2.5',
        chosen
          ? 'border-accent-solid bg-accent-soft font-medium text-accent'
          : 'border-line-strong bg-surface hover:bg-hover',
      )}
    >
      {label}
      {active && digit !== undefined && (
        <kbd aria-hidden className="hidden font-sans text-2xs text-faint md:inline">
          {digit}
        </kbd>
      )}
    </button>
  )
}
