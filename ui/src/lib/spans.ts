// The spans of a trace, as its file tells them.

export type SpanStatus = 'OK' | 'ERROR' | 'UNSET'

export interface SpanEvent {
  name: string
  /** Milliseconds since 1970. */
  time: number
  attributes: Record<string, unknown>
}

export interface SpanLink {
  traceId: string
  spanId: string
  attributes: Record<string, unknown>
}

export interface Span {
  id: string
  parent: string | undefined
  name: string
  type: string
  /** Milliseconds since 1970, with a fraction. */
  start: number
  /** Undefined while the span runs. */
  end: number | undefined
  status: SpanStatus
  message: string
  /** Each value is JSON text, parsed when it is looked at. */
  attributes: Record<string, unknown>
  events: SpanEvent[]
  links: SpanLink[]
}

/** A span at its place in the tree. */
export interface SpanNode {
  span: Span
  depth: number
  /** How many spans lie directly below. */
  children: number
  /** How many lie below at any depth: as many nodes follow this one. */
  descendants: number
}

interface WireSpan {
  span_id?: string
  parent_span_id?: string | null
  name?: string
  start_time_unix_nano?: number | string
  end_time_unix_nano?: number | string | null
  status?: { code?: string; message?: string }
  attributes?: WireAttributes
  events?: WireEvent[]
  links?: { trace_id?: string; span_id?: string; attributes?: WireAttributes }[]
  // As clients before version 3 wrote them:
  context?: { span_id?: string }
  parent_id?: string | null
  start_time?: number
  end_time?: number | null
  status_code?: string
  status_message?: string
}

interface WireEvent {
  name?: string
  time_unix_nano?: number | string
  timestamp?: number
  attributes?: WireAttributes
}

/** In a file an object of JSON texts, in the protocol a list. */
type WireAttributes = Record<string, unknown> | { key: string; value?: AnyValue }[]

interface AnyValue {
  string_value?: string
  bool_value?: boolean
  int_value?: number | string
  double_value?: number
  bytes_value?: string
  array_value?: { values?: AnyValue[] }
  kvlist_value?: { values?: { key: string; value?: AnyValue }[] }
}

const NANOS = 1e6

const time = (nanos: number | string | null | undefined) =>
  nanos === null || nanos === undefined || Number(nanos) === 0 ? undefined : Number(nanos) / NANOS

/** Ids are base64 in the file and hexadecimal everywhere else. */
export function hexId(id: string): string {
  if (/^(0x)?[0-9a-f]{16}$|^(0x)?[0-9a-f]{32}$/.test(id)) return id.replace(/^0x/, '')
  try {
    return Array.from(atob(id), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  } catch {
    return id
  }
}

function statusOf(code: string | undefined): SpanStatus {
  if (code?.endsWith('ERROR')) return 'ERROR'
  return code?.endsWith('OK') ? 'OK' : 'UNSET'
}

/** The value of an attribute; text that is no JSON is itself. */
export function attributeValue(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

export function attribute(span: Span, key: string): unknown {
  const value = span.attributes[key]
  return value === undefined ? undefined : attributeValue(value)
}

function plain(value: AnyValue | undefined): unknown {
  if (!value) return null
  if (value.array_value) return (value.array_value.values ?? []).map(plain)
  if (value.kvlist_value) {
    return Object.fromEntries(
      (value.kvlist_value.values ?? []).map((each) => [each.key, plain(each.value)]),
    )
  }
  if (value.int_value !== undefined) return Number(value.int_value)
  return value.string_value ?? value.bool_value ?? value.double_value ?? value.bytes_value ?? null
}

function readAttributes(wire: WireAttributes | undefined): Record<string, unknown> {
  if (!Array.isArray(wire)) return wire ?? {}
  return Object.fromEntries(wire.map(({ key, value }) => [key, plain(value)]))
}

function readSpan(wire: WireSpan): Span {
  const attributes = readAttributes(wire.attributes)
  const parent = wire.parent_span_id ?? wire.parent_id
  const type = attributeValue(attributes['mlflow.spanType'])
  return {
    id: hexId(wire.span_id ?? wire.context?.span_id ?? ''),
    parent: parent ? hexId(parent) : undefined,
    name: wire.name ?? '',
    type: typeof type === 'string' ? type : 'UNKNOWN',
    start: time(wire.start_time_unix_nano ?? wire.start_time) ?? 0,
    end: time(wire.end_time_unix_nano ?? wire.end_time),
    status: statusOf(wire.status?.code ?? wire.status_code),
    message: wire.status?.message ?? wire.status_message ?? '',
    attributes,
    events: (wire.events ?? []).map((event) => ({
      name: event.name ?? '',
      time: time(event.time_unix_nano ?? event.timestamp) ?? 0,
      attributes: readAttributes(event.attributes),
    })),
    links: (wire.links ?? []).map((link) => ({
      traceId: hexId((link.trace_id ?? '').replace(/^tr-/, '')),
      spanId: hexId(link.span_id ?? ''),
      attributes: readAttributes(link.attributes),
    })),
  }
}

export function readSpans(file: { spans?: unknown[] }): Span[] {
  return (file.spans ?? []).map((each) => readSpan(each as WireSpan))
}

/**
 * The spans in the order of a tree that is all unfolded. Spans whose parent is missing stand at the
 * top; so does one of each circle that rubbish may form.
 */
export function spanTree(spans: readonly Span[]): SpanNode[] {
  const known = new Map(spans.map((span) => [span.id, span]))
  const below = new Map<string, Span[]>()
  const roots: Span[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    if (span.parent === undefined || span.parent === span.id || !known.has(span.parent)) {
      roots.push(span)
      continue
    }
    const siblings = below.get(span.parent)
    if (siblings) siblings.push(span)
    else below.set(span.parent, [span])
  }
  const nodes: SpanNode[] = []
  const seen = new Set<Span>()
  for (const start of [...roots, ...spans]) place(start, below, seen, nodes)
  return nodes
}

// Not recursive: a trace may be 50,000 spans deep.
function place(
  root: Span,
  below: ReadonlyMap<string, Span[]>,
  seen: Set<Span>,
  nodes: SpanNode[],
): void {
  const open: SpanNode[] = []
  const waiting: { span: Span; depth: number }[] = [{ span: root, depth: 0 }]
  while (waiting.length > 0) {
    const { span, depth } = waiting.pop() as { span: Span; depth: number }
    if (seen.has(span)) continue
    seen.add(span)
    close(open, depth, nodes)
    const children = below.get(span.id) ?? []
    const node = { span, depth, children: children.length, descendants: nodes.length }
    nodes.push(node)
    open.push(node)
    for (let index = children.length - 1; index >= 0; index -= 1) {
      waiting.push({ span: children[index] as Span, depth: depth + 1 })
    }
  }
  close(open, 0, nodes)
}

/** Until then `descendants` holds the place of the node itself. */
function close(open: SpanNode[], depth: number, nodes: readonly SpanNode[]): void {
  while (open.length > depth) {
    const node = open.pop() as SpanNode
    node.descendants = nodes.length - 1 - node.descendants
  }
}

/** The nodes in sight when those with the given ids are folded. */
export function unfolded(nodes: readonly SpanNode[], folded: ReadonlySet<string>): SpanNode[] {
  if (folded.size === 0) return nodes as SpanNode[]
  const shown: SpanNode[] = []
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index] as SpanNode
    shown.push(node)
    if (folded.has(node.span.id)) index += node.descendants
  }
  return shown
}

/** The nodes that match, with all above them. */
export function matching(
  nodes: readonly SpanNode[],
  matches: (span: Span) => boolean,
): { shown: SpanNode[]; found: number } {
  const shown: SpanNode[] = []
  const path: SpanNode[] = []
  let kept = 0
  let found = 0
  for (const node of nodes) {
    path.length = node.depth
    kept = Math.min(kept, node.depth)
    path.push(node)
    if (!matches(node.span)) continue
    found += 1
    shown.push(...path.slice(kept))
    kept = path.length
  }
  return { shown, found }
}

export interface TimeFrame {
  start: number
  end: number
}

export function timeFrame(spans: readonly Span[]): TimeFrame {
  let start = Number.POSITIVE_INFINITY
  let end = Number.NEGATIVE_INFINITY
  for (const span of spans) {
    start = Math.min(start, span.start)
    end = Math.max(end, span.end ?? span.start)
  }
  if (start > end) return { start: 0, end: 1 }
  return { start, end: Math.max(end, start + 0.001) }
}
