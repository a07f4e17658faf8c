import { toNumber } from '~/lib/numbers'
import { tagValue, userTags } from '~/lib/runs'
import type { Run, WireNumber } from '~/lib/wire'

export type Kind = 'metric' | 'param' | 'tag' | 'attribute'

/** Something a run may have a value for; its id is how links and the picker name it. */
export interface FieldKey {
  id: string
  kind: Kind
  key: string
}

export function field(kind: Kind, key: string): FieldKey {
  return { id: `${kind}:${key}`, kind, key }
}

export function parseField(id: string): FieldKey | undefined {
  const match = /^(metric|param|tag|attribute):(.+)$/s.exec(id)
  return match ? { id, kind: match[1] as Kind, key: match[2] as string } : undefined
}

export const ATTRIBUTES = ['created', 'duration', 'user', 'source'] as const

export const SYSTEM_PREFIX = 'system/'

/** How the values of one metric, param or tag are spread over the runs. */
export interface FieldFacts extends FieldKey {
  /** How many runs have a value. */
  runs: number
  /** True where at least two runs have different values. */
  varies: boolean
  /** True where it varies, or some runs have no value. */
  differs: boolean
  /** Least and greatest finite value, of metrics only. */
  low: number
  high: number
  /** Length of the longest value, as text. */
  longest: number
}

interface Gathering extends FieldFacts {
  first: WireNumber | string
}

function gather(all: Map<string, Gathering>, key: FieldKey, value: WireNumber | string): void {
  const number = key.kind === 'metric' ? toNumber(value as WireNumber) : Number.NaN
  let facts = all.get(key.id)
  if (!facts) {
    facts = {
      ...key,
      runs: 0,
      varies: false,
      differs: false,
      low: Infinity,
      high: -Infinity,
      longest: 0,
      first: value,
    }
    all.set(key.id, facts)
  }
  facts.runs += 1
  if (value !== facts.first) facts.varies = true
  facts.longest = Math.max(facts.longest, String(value).length)
  if (Number.isFinite(number)) {
    facts.low = Math.min(facts.low, number)
    facts.high = Math.max(facts.high, number)
  }
}

function survey(runs: readonly Run[]): Map<string, Gathering> {
  const all = new Map<string, Gathering>()
  for (const run of runs) {
    for (const metric of run.data.metrics ?? [])
      gather(all, field('metric', metric.key), metric.value)
    for (const param of run.data.params ?? []) gather(all, field('param', param.key), param.value)
    for (const tag of userTags(run.data.tags)) gather(all, field('tag', tag.key), tag.value)
  }
  return all
}

const surveys = new WeakMap<readonly Run[], Map<string, Gathering>>()

/** The facts of all pages of runs; a page that was seen before is not read again. */
export function surveyFields(pages: readonly (readonly Run[])[]): FieldFacts[] {
  const all = new Map<string, Gathering>()
  let count = 0
  for (const page of pages) {
    count += page.length
    const facts = surveys.get(page) ?? survey(page)
    surveys.set(page, facts)
    for (const [id, each] of facts) {
      const known = all.get(id)
      all.set(
        id,
        known
          ? {
              ...known,
              runs: known.runs + each.runs,
              varies: known.varies || each.varies || known.first !== each.first,
              low: Math.min(known.low, each.low),
              high: Math.max(known.high, each.high),
              longest: Math.max(known.longest, each.longest),
            }
          : each,
      )
    }
  }
  return [...all.values()].map(({ first: _, ...facts }) => ({
    ...facts,
    differs: facts.varies || facts.runs < count,
  }))
}

const EVALUATION = /(^|[^a-z])(val|valid|validation|test|eval|dev)([^a-z]|$)/i

/** A value longer than this is a text or a structure: no column shows it well. */
const LONG = 32

/** The most telling first: really varying, known of most runs, short, measured on held-out data, then by name. */
function byWorth(a: FieldFacts, b: FieldFacts): number {
  const held = (facts: FieldFacts) => Number(facts.kind === 'metric' && EVALUATION.test(facts.key))
  const long = (facts: FieldFacts) => Number(facts.kind === 'param' && facts.longest > LONG)
  return (
    Number(b.varies) - Number(a.varies) ||
    b.runs - a.runs ||
    long(a) - long(b) ||
    held(b) - held(a) ||
    a.key.localeCompare(b.key, 'en', { numeric: true })
  )
}

const MOST_METRICS = 10
const MOST_PARAMS = 10

/**
 * The metrics and params that tell these runs apart. Where nothing differs (a single run), all of
 * them. What was shown before keeps its place, so that columns do not jump while pages load.
 */
export function tellingFields(
  facts: readonly FieldFacts[],
  shown: readonly string[] = [],
): string[] {
  const known = new Set(facts.map((each) => each.id))
  const kept = shown.filter((id) => known.has(id))
  return [...pick('metric', MOST_METRICS), ...pick('param', MOST_PARAMS)]

  function pick(kind: Kind, most: number): string[] {
    const candidates = facts.filter(
      (each) => each.kind === kind && !(kind === 'metric' && each.key.startsWith(SYSTEM_PREFIX)),
    )
    const differing = candidates.filter((each) => each.differs)
    const ranked = (differing.length > 0 ? differing : candidates)
      .sort(byWorth)
      .map((each) => each.id)
    const before = kept.filter((id) => id.startsWith(`${kind}:`))
    return [...before, ...ranked.filter((id) => !before.includes(id))].slice(
      0,
      Math.max(most, before.length),
    )
  }
}

/** A run's values by field, looked up once and kept with the run. */
const cache = new WeakMap<Run, Map<string, WireNumber | string>>()

export function fieldValue(run: Run, key: FieldKey): WireNumber | string | undefined {
  if (key.kind === 'tag') return tagValue(run.data.tags, key.key)
  let values = cache.get(run)
  if (!values) {
    values = new Map()
    for (const metric of run.data.metrics ?? []) values.set(`metric:${metric.key}`, metric.value)
    for (const param of run.data.params ?? []) values.set(`param:${param.key}`, param.value)
    cache.set(run, values)
  }
  return values.get(key.id)
}
