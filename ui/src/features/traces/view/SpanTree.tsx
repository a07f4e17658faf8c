import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, CircleAlert, FoldVertical, UnfoldVertical } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { classes } from '~/components/classes'
import { SearchField } from '~/components/Field'
import { TimeAxis } from '~/features/traces/view/TimeAxis'
import { lookOf } from '~/features/traces/view/types'
import { useSpanRows } from '~/features/traces/view/useSpanRows'
import { plural } from '~/lib/numbers'
import type { SpanNode, TimeFrame } from '~/lib/spans'
import { formatFine } from '~/lib/time'

interface Props {
  nodes: readonly SpanNode[]
  frame: TimeFrame
  selected: string | undefined
  onSelect: (id: string) => void
}

const ROW = 28
const INDENT = 14
/** Deeper spans are indented no further: their names would leave the window. */
const MOST_INDENTS = 14

/** The spans as a tree, each with its bar on the time line. Only rows in sight are drawn. */
export function SpanTree({ nodes, frame, selected, onSelect }: Props) {
  const rows = useSpanRows(nodes)
  const { shown, folded, fold } = rows
  const [zoom, setZoom] = useState<TimeFrame>()
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  const at = useMemo(() => shown.findIndex((node) => node.span.id === selected), [shown, selected])
  const reveal = useRef(virtual.scrollToIndex)
  reveal.current = virtual.scrollToIndex
  useEffect(() => {
    if (at >= 0) reveal.current(at)
  }, [at])

  const select = (index: number) => {
    const node = shown[Math.max(0, Math.min(shown.length - 1, index))]
    if (node) onSelect(node.span.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const node = shown[at]
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 1)
    const actions: Record<string, () => void> = {
      ArrowDown: () => select(at + 1),
      ArrowUp: () => select(at - 1),
      PageDown: () => select(at + page),
      PageUp: () => select(at - page),
      Home: () => select(0),
      End: () => select(shown.length - 1),
      ArrowRight: () => {
        if (!node || node.children === 0) return
        if (folded.has(node.span.id)) fold(node.span.id, true)
        else select(at + 1)
      },
      ArrowLeft: () => {
        if (!node) return
        if (node.children > 0 && !folded.has(node.span.id) && !rows.filtered)
          fold(node.span.id, false)
        else {
          const parent = shown.findLastIndex((each, i) => i < at && each.depth < node.depth)
          if (parent >= 0) select(parent)
        }
      },
    }
    const action = actions[event.key]
    if (!action || event.altKey || event.ctrlKey || event.metaKey) return
    // The table beside the tree listens for the same keys.
    event.preventDefault()
    action()
  }
  const errors = useMemo(
    () => nodes.reduce((sum, node) => sum + Number(node.span.status === 'ERROR'), 0),
    [nodes],
  )
  const visible = zoom ?? frame
  return (
    <section aria-label="Spans" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex h-11 shrink-0 items-center gap-1.5 border-b px-2.5">
        <SearchField
          value={rows.text}
          onChange={rows.setText}
          label="Find spans"
          placeholder={`Find in ${plural(nodes.length, 'span')}`}
          className="min-w-0 flex-1"
        />
        {errors > 0 && (
          <Button
            size="small"
            kind={rows.errors ? 'solid' : 'outline'}
            aria-pressed={rows.errors}
            onClick={() => rows.setErrors(!rows.errors)}
            className="h-7!"
          >
            <CircleAlert size={13} className={rows.errors ? '' : 'text-bad'} />
            {plural(errors, 'error')}
          </Button>
        )}
        <IconButton label={folded.size > 0 ? 'Unfold all' : 'Fold all'} onClick={rows.foldAll}>
          {folded.size > 0 ? <UnfoldVertical size={14} /> : <FoldVertical size={14} />}
        </IconButton>
      </div>
      <div className="flex h-6 shrink-0 items-center border-b bg-canvas">
        <div className="flex w-[62%] shrink-0 items-center justify-between pr-2 pl-3 text-2xs text-faint">
          <span>{rows.filtered ? `${plural(rows.found, 'match', 'matches')}` : 'Span'}</span>
          {zoom && (
            <button
              type="button"
              onClick={() => setZoom(undefined)}
              className="text-accent hover:underline"
            >
              Show all
            </button>
          )}
        </div>
        <TimeAxis frame={visible} origin={frame.start} onZoom={setZoom} />
      </div>
      <div
        ref={scroller}
        role="tree"
        aria-label="Span tree"
        tabIndex={0}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        onKeyDown={onKeyDown}
        className="min-h-0 flex-1 overflow-auto overscroll-contain focus-visible:-outline-offset-2"
      >
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = shown[item.index]
            if (!node) return null
            return (
              <Row
                key={node.span.id}
                id={`${id}-${item.index}`}
                node={node}
                top={item.start}
                frame={visible}
                selected={item.index === at}
                open={!folded.has(node.span.id)}
                onSelect={onSelect}
                onFold={fold}
              />
            )
          })}
        </div>
        {shown.length === 0 && <p className="px-3 py-6 text-muted">No span matches.</p>}
      </div>
    </section>
  )
}

interface RowProps {
  id: string
  node: SpanNode
  top: number
  frame: TimeFrame
  selected: boolean
  open: boolean
  onSelect: (id: string) => void
  onFold: (id: string) => void
}

function Row({ id, node, top, frame, selected, open, onSelect, onFold }: RowProps) {
  const { span, depth, children } = node
  const { icon: Icon, color, label } = lookOf(span.type)
  const failed = span.status === 'ERROR'
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={children > 0 ? open : undefined}
      onClick={() => onSelect(span.id)}
      className={classes(
        'absolute inset-x-0 flex cursor-default items-center',
        selected ? 'bg-selected' : 'hover:bg-hover',
      )}
      style={{ height: ROW, top }}
    >
      <span
        className="flex w-[62%] shrink-0 items-center gap-1.5 overflow-hidden pr-2"
        style={{ paddingLeft: 6 + Math.min(depth, MOST_INDENTS) * INDENT }}
      >
        {children > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={open ? `Fold ${span.name}` : `Unfold ${span.name}`}
            onClick={(event) => {
              event.stopPropagation()
              onFold(span.id)
            }}
            className="flex size-4 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-pressed hover:text-ink"
          >
            <ChevronRight size={12} className={open ? 'rotate-90' : ''} />
          </button>
        ) : (
          <span className="size-4 shrink-0" />
        )}
        <Icon size={13} aria-label={label} className="shrink-0" style={{ color }} />
        <span
          className={classes('min-w-0 flex-1 truncate', failed && 'text-bad')}
          title={span.name}
        >
          {span.name || 'unnamed'}
        </span>
        {!open && <span className="text-2xs text-faint tabular">{node.descendants}</span>}
        {failed && <CircleAlert size={12} aria-label="Error" className="shrink-0 text-bad" />}
        <span className="shrink-0 text-2xs text-faint tabular">
          {span.end === undefined ? 'running' : formatFine(span.end - span.start)}
        </span>
      </span>
      <span aria-hidden className="relative h-full min-w-0 flex-1 overflow-hidden border-l">
        <Bar span={span} frame={frame} color={failed ? 'var(--color-bad)' : color} />
      </span>
    </div>
  )
}

function Bar({ span, frame, color }: { span: SpanNode['span']; frame: TimeFrame; color: string }) {
  const length = frame.end - frame.start
  const end = span.end ?? frame.end
  if (end < frame.start || span.start > frame.end) return null
  const left = Math.max(0, (span.start - frame.start) / length)
  const right = Math.min(1, (end - frame.start) / length)
  return (
    <span
      className="absolute top-[9px] h-2.5 min-w-0.5 rounded-xs"
      style={{
        left: `min(${left * 100}%, calc(100% - 2px))`,
        width: `${Math.max(0, right - left) * 100}%`,
        background: color,
        opacity: 0.85,
      }}
    />
  )
}
