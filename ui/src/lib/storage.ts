import { useCallback, useSyncExternalStore } from 'react'

// What one browser remembers: choices of look, never data. Storage may be full or switched off.

const listeners = new Set<() => void>()

export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`headwater.${key}`)
    else localStorage.setItem(`headwater.${key}`, value)
  } catch {
    // The choice then lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(`headwater.${key}`) ?? undefined
  } catch {
    return undefined
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

export function useRemembered(key: string): [string | undefined, (value?: string) => void] {
  const value = useSyncExternalStore(subscribe, () => recall(key))
  const set = useCallback((next?: string) => remember(key, next), [key])
  return [value, set]
}
