import { remember, useRemembered } from '~/lib/storage'

export type Density = 'comfortable' | 'compact'

/** The heights of `--row-height` in `styles/tokens.css`. */
const HEIGHTS: Record<Density, number> = { comfortable: 32, compact: 26 }

export function applyDensity(density: Density): void {
  if (density === 'comfortable') delete document.documentElement.dataset.density
  else document.documentElement.dataset.density = density
  remember('density', density === 'comfortable' ? undefined : density)
}

export function useDensity(): Density {
  const [stored] = useRemembered('density')
  return stored === 'compact' ? 'compact' : 'comfortable'
}

/** Pixels of a table's row. */
export function useRowHeight(): number {
  return HEIGHTS[useDensity()]
}
