import { formatNumber, formatParam, toNumber } from '~/lib/numbers'
import type { WireNumber } from '~/lib/wire'

/** A number that reads at a glance; all its digits on hover. */
export function NumberText({ value }: { value: WireNumber }) {
  const number = toNumber(value)
  const short = formatNumber(number)
  const exact = String(number)
  return (
    <span className="tabular" title={short === exact ? undefined : exact}>
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
