import { useMemo } from 'react'
import { recall, remember, useRemembered } from '~/lib/storage'

export interface Recent {
  id: string
  name: string
}

const KEY = 'recent-experiments'
const KEPT = 6

function parse(text: string | undefined): Recent[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? (value as Recent[]) : []
  } catch {
    return []
  }
}

export function noteRecent(recent: Recent): void {
  const before = parse(recall(KEY))
  const known = before.findIndex((item) => item.id === recent.id)
  // A known one keeps its place, so that the list does not shuffle under the pointer.
  const next =
    known >= 0
      ? before.map((item) => (item.id === recent.id ? recent : item))
      : [recent, ...before].slice(0, KEPT)
  const text = JSON.stringify(next)
  if (text !== recall(KEY)) remember(KEY, text)
}

export function forgetRecent(id: string): void {
  remember(KEY, JSON.stringify(parse(recall(KEY)).filter((item) => item.id !== id)))
}

export function useRecents(): Recent[] {
  const [text] = useRemembered(KEY)
  return useMemo(() => parse(text), [text])
}
