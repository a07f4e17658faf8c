// Views that are kept in tags of an experiment, in the form in which MLflow's web page writes them.

import { parseObject } from '~/lib/traces'
import type { Tag } from '~/lib/wire'

const SAVED = 'mlflow.tracesV4ViewState.'
const CUSTOM = 'mlflow.customView.view.v1.'
const PACKED = 'deflate;'

/** A selection of traces to come back to. */
export interface SavedView {
  id: string
  name: string
  /** Packed JSON: see `unpack`. */
  state: string
}

/** A part of a custom view; what it has besides depends on what it is. */
export interface Part {
  id: string
  component: string
  [field: string]: unknown
}

/** A page for one trace that is put together of parts. */
export interface CustomView {
  id: string
  name: string
  label: string | undefined
  parts: Map<string, Part>
}

export function savedViews(tags: readonly Tag[] | undefined): SavedView[] {
  return (tags ?? []).flatMap(({ key, value }) => {
    if (!key.startsWith(SAVED)) return []
    const view = parseObject<{ name?: string; state?: string }>(value)
    if (typeof view?.name !== 'string' || typeof view.state !== 'string') return []
    return [{ id: key.slice(SAVED.length), name: view.name, state: view.state }]
  })
}

interface WireView {
  name?: string
  label?: string
  template?: { updateComponents?: { components?: Part[] } }[]
}

export function customViews(tags: readonly Tag[] | undefined): CustomView[] {
  return (tags ?? []).flatMap(({ key, value }) => {
    if (!key.startsWith(CUSTOM)) return []
    const view = parseObject<WireView>(value)
    const parts = view?.template?.flatMap((each) => each.updateComponents?.components ?? []) ?? []
    if (!view?.name || parts.length === 0) return []
    return [
      {
        id: key.slice(CUSTOM.length),
        name: view.name,
        label: view.label,
        parts: new Map(parts.map((part) => [part.id, part])),
      },
    ]
  })
}

interface State {
  single?: { q?: string; startTimeLabel?: string; startTime?: string; endTime?: string }
}

async function unpack(state: string): Promise<State | undefined> {
  if (!state.startsWith(PACKED)) return parseObject<State>(state)
  const bytes = Uint8Array.from(atob(state.slice(PACKED.length)), (each) => each.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return parseObject<State>(await new Response(stream).text())
}

const RANGES: Record<string, '15m' | '1h' | '24h' | '7d' | '30d'> = {
  LAST_HOUR: '1h',
  LAST_24_HOURS: '24h',
  LAST_7_DAYS: '7d',
  LAST_30_DAYS: '30d',
}

/** The search of the traces' page that shows what a saved view shows; undefined if it cannot be read. */
export async function searchOf({ state }: SavedView) {
  try {
    const { single } = (await unpack(state)) ?? {}
    if (!single) return undefined
    const range = RANGES[single.startTimeLabel ?? '']
    return {
      filter: single.q || undefined,
      range,
      from: range ? undefined : single.startTime || undefined,
      to: range ? undefined : single.endTime || undefined,
    }
  } catch {
    return undefined
  }
}

async function pack(state: State): Promise<string> {
  const stream = new Blob([JSON.stringify(state)])
    .stream()
    .pipeThrough(new CompressionStream('deflate'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  return PACKED + btoa(String.fromCharCode(...bytes))
}

interface Shown {
  filter?: string | undefined
  range?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The tag that keeps what the traces' page shows. */
export async function viewTag(id: string, name: string, shown: Shown, now: number): Promise<Tag> {
  const label = Object.entries(RANGES).find(([, range]) => range === shown.range)?.[0]
  const state = await pack({
    single: {
      q: shown.filter,
      startTimeLabel: label ?? (shown.from || shown.to ? 'CUSTOM' : 'ALL'),
      startTime: shown.from,
      endTime: shown.to,
    },
  })
  return { key: SAVED + id, value: JSON.stringify({ name, createdAt: now, state }) }
}

export const savedKey = (id: string) => SAVED + id
