import type { XKind } from '~/components/chart/lines'

export interface ChartSettings {
  x: XKind
  log: boolean
  smoothing: number
}

export const X_KINDS = ['step', 'relative', 'time'] as const
