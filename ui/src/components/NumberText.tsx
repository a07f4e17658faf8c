import { formatNumber, formatParam, toNumber } from '~/lib/numbers'
import type { WireNumber } from '~/lib/wire'

interface Props {
  value: WireNumber
  /** Where it lies among its likes, 0 to 1: a bar behind it, seen without reading. */
  bar?: number | undefined
}

/** A number that reads at a glance; all its digits on hover. */
export function NumberText({ value, bar }: Props) {
  const number = toNumber(value)
  const short = formatNumber(number)
  const exact = String(number)
  return (
    <span
      className={bar === undefined ? 'tabular' : 'tabular bar'}
      style={bar === undefined ? undefined : { backgroundSize: `${4 + 96 * bar}% 100%` }}
      title={short === exact ? undefined : exact}
    >
      {short}
    </span>
  )
}

export function ParamText({ value }: { value: string }) {
  return (
    <span className="tabular" title={value}>
      {formatParam(value) || <span className="text-faint italic">empty</span>}
    </span>
  )
}
