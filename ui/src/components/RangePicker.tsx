import { CalendarRange, Check } from 'lucide-react'
import { useState } from 'react'
import { Button } from '~/components/Button'
import { LabelledInput } from '~/components/Field'
import { Popover } from '~/components/Popover'
import { RANGES, type TimeRange } from '~/lib/timeRange'

interface Props {
  /** On a phone the range is an icon alone where there is little room. */
  compact?: boolean
  value: TimeRange
  onChange: (range: TimeRange) => void
}

const SHORT = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

function moment(text: string | undefined): string {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? '…' : SHORT.format(time)
}

function labelOf({ range, from, to }: TimeRange): string {
  const known = RANGES.find((each) => each.value === range)
  if (known) return known.label
  return from || to ? `${moment(from)} – ${moment(to)}` : 'All time'
}

/** Which time a page is about. */
export function RangePicker({ value, onChange, compact }: Props) {
  const [open, setOpen] = useState(0)
  const pick = (range: TimeRange) => {
    onChange(range)
    setOpen((count) => count + 1)
  }
  const everything = !value.range && !value.from && !value.to
  return (
    <Popover
      // A new key closes it.
      key={open}
      label="Time range"
      className="w-64 p-1"
      trigger={
        <Button aria-label={`Time range: ${labelOf(value)}`}>
          <CalendarRange size={14} className="text-faint" />
          <span className={compact ? 'hidden sm:inline' : ''}>{labelOf(value)}</span>
        </Button>
      }
    >
      <Choice label="All time" chosen={everything} onPick={() => pick({})} />
      {RANGES.map((range) => (
        <Choice
          key={range.value}
          label={range.label}
          chosen={value.range === range.value}
          onPick={() => pick({ range: range.value })}
        />
      ))}
      <Custom value={value} onApply={pick} />
    </Popover>
  )
}

function Choice({ label, chosen, onPick }: { label: string; chosen: boolean; onPick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onPick}
      className="flex h-7 w-full items-center justify-between rounded-md px-2 text-left hover:bg-hover"
    >
      {label}
      {chosen && <Check size={13} className="text-accent" />}
    </button>
  )
}

/** The form in which a date field of the browser takes a time. */
function local(text: string | undefined): string {
  const time = Date.parse(text ?? '')
  if (Number.isNaN(time)) return ''
  const offset = new Date(time).getTimezoneOffset() * 60_000
  return new Date(time - offset).toISOString().slice(0, 16)
}

const iso = (text: string) => (text ? new Date(text).toISOString() : undefined)

function Custom({ value, onApply }: { value: TimeRange; onApply: (range: TimeRange) => void }) {
  const [from, setFrom] = useState(local(value.from))
  const [to, setTo] = useState(local(value.to))
  return (
    <form
      className="mt-1 flex flex-col gap-2 border-t px-2 pt-2 pb-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        onApply({ from: iso(from), to: iso(to) })
      }}
    >
      <LabelledInput
        label="From"
        type="datetime-local"
        value={from}
        onChange={(event) => setFrom(event.target.value)}
      />
      <LabelledInput
        label="To"
        type="datetime-local"
        value={to}
        min={from || undefined}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button kind="solid" type="submit" disabled={!from && !to}>
        Apply
      </Button>
    </form>
  )
}
