import { useEffect } from 'react'
import { remember, useRemembered } from '~/lib/storage'

export type Theme = 'system' | 'light' | 'dark'

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  remember('theme', theme === 'system' ? undefined : theme)
}

export function useTheme(): Theme {
  const [stored] = useRemembered('theme')
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Calls back when what is drawn on canvas has to change its colours. */
export function useThemeChange(onChange: () => void): void {
  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)')
    const observer = new MutationObserver(onChange)
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    media.addEventListener('change', onChange)
    return () => {
      observer.disconnect()
      media.removeEventListener('change', onChange)
    }
  }, [onChange])
}
