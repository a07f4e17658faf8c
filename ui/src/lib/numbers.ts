import type { WireNumber } from '~/lib/wire'

/** The server keeps an infinity as the largest number that there is. */
export function toNumber(value: WireNumber): number {
  const number = Number(value)
  return Math.abs(number) === Number.MAX_VALUE ? Math.sign(number) * Infinity : number
}

const DIGITS = 5
const MINUS = '−'

/**
 * A number that reads at a glance: five significant digits, whole numbers grouped in full, very
 * small and very large ones with an exponent.
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`
  const sign = value < 0 ? MINUS : ''
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (Number.isInteger(size) && size < 1e12) return sign + group(String(size))
  if (size < 1e-4 || size >= 1e9) return sign + exponent(size)
  const rounded = Number(size.toPrecision(DIGITS))
  if (rounded < 1e-4) return sign + exponent(size)
  if (rounded >= 1e5) return sign + group(String(Math.round(size)))
  return sign + group(String(rounded))
}

function exponent(size: number): string {
  const [mantissa = '0', power = '0'] = size.toExponential(DIGITS - 2).split('e')
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return `${short}e${Number(power)}`
}

function group(digits: string): string {
  const [whole = '', fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction ? `${grouped}.${fraction}` : grouped
}

/** A number as short as an axis label has to be. */
export function formatTick(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-3) return value.toExponential(1).replace('.0e', 'e').replace('-', MINUS)
  if (size >= 1e9) return `${trim(value / 1e9)}B`
  if (size >= 1e6) return `${trim(value / 1e6)}M`
  if (size >= 1e4) return `${trim(value / 1e3)}k`
  return trim(value)
}

function trim(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', MINUS)
}

/** A parameter is text; where it is a decimal number, it reads like one. */
export function formatParam(text: string): string {
  if (!/^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text)) return text
  if (/^-?\d+$/.test(text)) return text
  const value = Number(text)
  return text.replace(/[-.]/g, '').length <= 7 || !Number.isFinite(value)
    ? text
    : formatNumber(value)
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const text = unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(2))
  return `${text} ${UNITS[unit]}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** US dollars: cents where they tell enough, two significant digits below one cent. */
export function formatCost(dollars: number): string {
  if (dollars === 0) return '$0'
  if (Math.abs(dollars) >= 0.01) {
    return `$${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: dollars < 1 ? 3 : 2 })}`
  }
  return dollars < 1e-6
    ? '< $0.000001'
    : `$${Number(dollars.toPrecision(2)).toFixed(7).replace(/0+$/, '')}`
}

/** A count that has to fit a narrow column: "847", "12.4k", "3.1M". */
export function formatCount(count: number): string {
  if (count < 10_000) return count.toLocaleString('en-US')
  if (count < 999_500) return `${Number((count / 1e3).toPrecision(3))}k`
  return `${Number((count / 1e6).toPrecision(3))}M`
}

/** A share of a whole in per cent: "5.6 %", "0.04 %". */
export function formatShare(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`
}
