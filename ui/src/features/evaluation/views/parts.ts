import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '~/lib/api'
import { attribute, type Span } from '~/lib/spans'
import { formatDuration } from '~/lib/time'
import { tracePath } from '~/lib/traceQueries'
import { type Trace, traceDuration, traceTokens } from '~/lib/traces'

/** What was marked but not saved yet, by span and name. */
export type Marks = Record<
  string,
  {
    name?: string
    spanId?: string | undefined
    value?: string | undefined
    rationale?: string | undefined
  }
>

/** The span that a view means: the root, or the n-th of a type. */
export function spanOf(reference: unknown, spans: readonly Span[]): Span | undefined {
  if (reference === 'root') return spans.find((span) => span.parent === undefined) ?? spans[0]
  if (typeof reference !== 'object' || reference === null) {
    return spans.find((span) => span.id === reference || span.name === reference)
  }
  const { type, name, nth = 0 } = reference as { type?: string; name?: string; nth?: number }
  return spans.filter((span) => (!type || span.type === type) && (!name || span.name === name))[nth]
}

interface Source {
  $source?: string
  spanRef?: unknown
  field?: string
}

/** A value as written, or what it stands for in this trace. */
export function resolve(value: unknown, trace: Trace, spans: readonly Span[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { $source: source, spanRef, field } = value as Source
  switch (source) {
    case undefined:
      return value
    case 'metrics.status':
      return trace.state
    case 'metrics.latency': {
      const duration = traceDuration(trace)
      return duration === undefined ? undefined : formatDuration(duration)
    }
    case 'metrics.totalTokens':
      return traceTokens(trace)?.total_tokens?.toLocaleString('en-US')
    case 'spanField': {
      const span = spanOf(spanRef, spans)
      if (!span) return undefined
      if (field === 'inputs') return attribute(span, 'mlflow.spanInputs')
      if (field === 'outputs') return attribute(span, 'mlflow.spanOutputs')
      return field === 'name' ? span.name : attribute(span, field ?? '')
    }
    default:
      return undefined
  }
}

/** The marks that have a value. */
export const marksOf = (marks: Marks) =>
  Object.values(marks).filter((mark) => mark.value !== undefined)

export function useSubmitMarks(traceId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (marks: Marks[string][]) => {
      for (const { name, spanId, value, rationale } of marks) {
        await post(tracePath(traceId, '/assessments'), {
          assessment: {
            assessment_name: name,
            trace_id: traceId,
            span_id: spanId,
            source: { source_type: 'HUMAN', source_id: 'default' },
            feedback: { value },
            rationale,
          },
        })
      }
      return marks.length
    },
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [kind, what] }) => kind === 'traces' && what !== 'spans',
      }),
  })
}
