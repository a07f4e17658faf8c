import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { matching, type Span, type SpanNode, unfolded } from '~/lib/spans'

const NOTHING: ReadonlySet<string> = new Set()

/** The part of the tree that is in sight: folded, or cut down to what was looked for. */
export function useSpanRows(nodes: readonly SpanNode[]) {
  const [folded, setFolded] = useState(NOTHING)
  const [text, setText] = useState('')
  const [errors, setErrors] = useState(false)
  const wanted = useDeferredValue(text.trim().toLowerCase())
  const filtered = wanted !== '' || errors
  const { shown, found } = useMemo(() => {
    if (!filtered) return { shown: unfolded(nodes, folded), found: nodes.length }
    return matching(
      nodes,
      (span) => (!errors || span.status === 'ERROR') && (!wanted || contains(span, wanted)),
    )
  }, [nodes, folded, filtered, wanted, errors])
  const fold = useCallback((id: string, open?: boolean) => {
    setFolded((before) => {
      const next = new Set(before)
      if (open ?? next.has(id)) next.delete(id)
      else next.add(id)
      return next
    })
  }, [])
  const foldAll = useCallback(
    () =>
      setFolded((before) =>
        before.size > 0
          ? NOTHING
          : new Set(
              nodes
                .filter((node) => node.children > 0 && node.depth > 0)
                .map((node) => node.span.id),
            ),
      ),
    [nodes],
  )
  return { shown, found, filtered, folded, fold, foldAll, text, setText, errors, setErrors }
}

function contains(span: Span, wanted: string): boolean {
  return (
    span.name.toLowerCase().includes(wanted) ||
    span.type.toLowerCase().includes(wanted) ||
    String(span.attributes['mlflow.spanInputs'] ?? '')
      .toLowerCase()
      .includes(wanted) ||
    String(span.attributes['mlflow.spanOutputs'] ?? '')
      .toLowerCase()
      .includes(wanted)
  )
}
