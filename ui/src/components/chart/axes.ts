import { formatTick } from '~/lib/numbers'

/** One thing that is known of each item: numbers on a scale, or texts side by side. */
export interface Axis {
  id: string
  label: string
  /** Where a value lies, from 0 to 1; undefined where there is none. */
  place: (value: string | undefined) => number | undefined
  ticks: { at: number; text: string }[]
}

const MOST_TEXTS = 24

/** Spread over more than this many powers of ten, positive numbers stand on a logarithmic scale. */
const POWERS = 2

function numeric(id: string, label: string, numbers: number[], log: boolean): Axis {
  const scale = (value: number) => (log ? Math.log10(value) : value)
  const low = scale(Math.min(...numbers))
  const high = scale(Math.max(...numbers))
  const range = high - low
  const at = (value: number) => (range > 0 ? (scale(value) - low) / range : 0.5)
  const ticks = range > 0 ? [0, 0.25, 0.5, 0.75, 1] : [0.5]
  return {
    id,
    label: log ? `${label} (log)` : label,
    place: (value) => {
      const number = value === undefined || value === '' ? Number.NaN : Number(value)
      return Number.isFinite(number) && (!log || number > 0) ? at(number) : undefined
    },
    ticks: ticks.map((part) => {
      const value = low + part * range
      return {
        at: range > 0 ? part : 0.5,
        text: formatTick(Number((log ? 10 ** value : value).toPrecision(3))),
      }
    }),
  }
}

/** An axis for these values: of numbers where all are, else of the texts that there are. */
export function axisOf(
  id: string,
  label: string,
  values: readonly (string | undefined)[],
): Axis | undefined {
  const given = values.filter((value): value is string => value !== undefined && value !== '')
  const numbers = given.map(Number).filter(Number.isFinite)
  const isNumeric = given.every((value) => !Number.isNaN(Number(value)) || value === 'NaN')
  if (isNumeric && numbers.length > 0) {
    // Spreading a very long list into a call would overflow the stack.
    const low = numbers.reduce((a, b) => Math.min(a, b))
    const high = numbers.reduce((a, b) => Math.max(a, b))
    return numeric(id, label, [low, high], low > 0 && high / low > 10 ** POWERS)
  }
  const texts = [...new Set(given)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  if (texts.length === 0 || texts.length > MOST_TEXTS) return undefined
  const at = (index: number) => (texts.length === 1 ? 0.5 : index / (texts.length - 1))
  const places = new Map(texts.map((text, index) => [text, at(index)]))
  return {
    id,
    label,
    place: (value) => (value === undefined ? undefined : places.get(value)),
    ticks: texts.map((text, index) => ({ at: at(index), text })),
  }
}

/** From cold to warm: a colour for a place from 0 to 1 that light and dark grounds both carry. */
export function heat(place: number | undefined): string {
  if (place === undefined) return 'var(--color-line-strong)'
  return `oklch(${(0.6 + 0.12 * place).toFixed(3)} 0.13 ${(255 - 205 * place).toFixed(0)})`
}
