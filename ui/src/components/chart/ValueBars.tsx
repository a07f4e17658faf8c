import { formatNumber } from '~/lib/numbers'

interface Props {
  values: { id: string; label: string; color: string; value: number }[]
  height: number
  highlighted?: string
}

/** Single values side by side, the greatest first. */
export function ValueBars({ values, height, highlighted }: Props) {
  const [only] = values
  if (only && values.length === 1) {
    return (
      <div className="flex flex-col items-center justify-center gap-1 pb-6" style={{ height }}>
        <span className="text-xl font-semibold tabular" title={String(only.value)}>
          {formatNumber(only.value)}
        </span>
        <span className="text-xs text-faint">logged once</span>
      </div>
    )
  }
  const sorted = [...values].sort((a, b) => b.value - a.value)
  const finite = sorted.map((each) => each.value).filter(Number.isFinite)
  const low = Math.min(0, ...finite)
  const high = Math.max(0, ...finite)
  const range = high - low || 1
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling region that only holds a list
    <div
      role="group"
      aria-label="Values"
      tabIndex={0}
      className="overflow-y-auto px-2"
      style={{ height }}
    >
      <ul className="flex flex-col">
        {sorted.map((each) => (
          <li
            key={each.id}
            className="grid h-[23px] grid-cols-[minmax(0,34%)_1fr_auto] items-center gap-2 text-xs transition-opacity"
            style={{ opacity: highlighted && highlighted !== each.id ? 0.3 : 1 }}
          >
            <span className="truncate text-right text-muted" title={each.label}>
              {each.label}
            </span>
            <span className="h-3 overflow-hidden rounded-xs bg-sunken">
              {Number.isFinite(each.value) && (
                <span
                  className="block h-full rounded-xs"
                  style={{
                    background: each.color,
                    marginLeft: `${(100 * (Math.min(0, each.value) - low)) / range}%`,
                    width: `${(100 * Math.abs(each.value)) / range}%`,
                  }}
                />
              )}
            </span>
            <span className="min-w-14 text-right tabular" title={String(each.value)}>
              {formatNumber(each.value)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
