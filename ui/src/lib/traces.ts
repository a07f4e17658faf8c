// Traces as the server tells them, and what the pages read out of them.

import type * as api from '~/lib/api.gen'

export type Trace = api.TraceInfo
export type TraceState = api.TraceInfo['state']
export type Assessment = api.Assessment

export const NAME_TAG = 'mlflow.traceName'
export const SESSION = 'mlflow.trace.session'
const USER = 'mlflow.trace.user'
const SOURCE_RUN = 'mlflow.sourceRun'
const TOKEN_USAGE = 'mlflow.trace.tokenUsage'
const COST = 'mlflow.trace.cost'
const SIZE_STATS = 'mlflow.trace.sizeStats'
const PROMPTS = 'mlflow.linkedPrompts'

export interface Tokens {
  input_tokens?: number
  output_tokens?: number
  total_tokens?: number
  cache_read_input_tokens?: number
}

export interface Cost {
  input_cost?: number
  output_cost?: number
  total_cost?: number
}

/** An object out of JSON text; undefined where the text is none. */
export function parseObject<T extends object>(text: unknown): T | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as T) : undefined
  } catch {
    return undefined
  }
}

/** Milliseconds of a protobuf duration in JSON, as "1.834s". */
export function milliseconds(duration: string | undefined): number | undefined {
  const seconds = duration?.endsWith('s') ? Number(duration.slice(0, -1)) : Number.NaN
  return Number.isNaN(seconds) ? undefined : seconds * 1000
}

export function traceStart(trace: Trace): number | undefined {
  const time = Date.parse(trace.request_time ?? '')
  return Number.isNaN(time) ? undefined : time
}

export const traceDuration = (trace: Trace) => milliseconds(trace.execution_duration)
export const traceExperiment = (trace: Trace) =>
  trace.trace_location?.mlflow_experiment?.experiment_id
export const traceSession = (trace: Trace) => trace.trace_metadata?.[SESSION] || undefined
export const traceRun = (trace: Trace) => trace.trace_metadata?.[SOURCE_RUN] || undefined

/** Who asked; the user that runs the program is somebody else. */
export const traceUser = (trace: Trace) => trace.trace_metadata?.[USER] || undefined

export const traceName = (trace: Trace) => trace.tags?.[NAME_TAG] || undefined

export const traceTokens = (trace: Trace) =>
  parseObject<Tokens>(trace.trace_metadata?.[TOKEN_USAGE])

export const traceCost = (trace: Trace) => parseObject<Cost>(trace.trace_metadata?.[COST])

export const traceSpanCount = (trace: Trace) =>
  parseObject<{ num_spans?: number }>(trace.trace_metadata?.[SIZE_STATS])?.num_spans

export const tracePrompts = (trace: Trace) =>
  parseObject<{ name: string; version: string }[]>(trace.tags?.[PROMPTS]) ?? []

/** Tags that users set; those of the clients' own are shown as fields. */
export function traceUserTags(trace: Trace): { key: string; value: string }[] {
  return Object.entries(trace.tags ?? {})
    .filter(([key]) => !key.startsWith('mlflow.'))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, value]) => ({ key, value }))
}

export function isUnfinished(trace: Trace): boolean {
  return trace.state === 'IN_PROGRESS'
}

/** A short name for a trace that has none: the start of its id. */
export function shortTraceId(id: string): string {
  return id.replace(/^tr-/, '').slice(0, 8)
}
