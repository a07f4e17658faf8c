import { ZoomOut } from 'lucide-react'
import { Button } from '~/components/Button'
import { Segmented, Slider, Switch } from '~/components/Controls'
import { SearchField } from '~/components/Field'
import type { ChartSettings } from '~/features/tracking/metrics/settings'

interface Props {
  settings: ChartSettings
  onSettings: (change: Partial<ChartSettings>) => void
  search: string
  onSearch: (text: string) => void
  zoomed: boolean
  onShowAll: () => void
}

const X_OPTIONS = [
  { value: 'step', label: 'Step' },
  { value: 'relative', label: 'Relative' },
  { value: 'time', label: 'Time' },
] as const

export function ChartToolbar({ settings, onSettings, search, onSearch, zoomed, onShowAll }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <SearchField
        value={search}
        onChange={onSearch}
        label="Find a metric"
        className="w-full sm:w-52"
      />
      <Segmented
        label="X axis"
        value={settings.x}
        options={X_OPTIONS}
        onChange={(x) => onSettings({ x })}
      />
      <Switch checked={settings.log} onChange={(log) => onSettings({ log })}>
        Log y
      </Switch>
      <div className="flex items-center gap-2.5 text-muted">
        <span>Smoothing</span>
        <Slider
          label="Smoothing"
          value={settings.smoothing}
          minimum={0}
          maximum={0.99}
          step={0.01}
          onChange={(smoothing) => onSettings({ smoothing })}
          className="w-24"
        />
        <span className="w-7 text-xs tabular">{settings.smoothing.toFixed(2)}</span>
      </div>
      {zoomed && (
        <Button onClick={onShowAll}>
          <ZoomOut size={13} /> Show all
        </Button>
      )}
    </div>
  )
}
