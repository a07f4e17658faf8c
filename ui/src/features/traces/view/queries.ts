import { useMutation, useQueryClient } from '@tanstack/react-query'
import { patch, post, remove } from '~/lib/api'
import { tracePath } from '~/lib/traceQueries'
import type { Assessment } from '~/lib/traces'

function useChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [kind, what] }) => kind === 'traces' && what !== 'spans',
      }),
  })
}

export const useTagTrace = () =>
  useChange((input: { id: string; key: string; value: string }) =>
    patch(tracePath(input.id, '/tags'), { key: input.key, value: input.value }),
  )

export const useUntagTrace = () =>
  useChange((input: { id: string; key: string }) =>
    remove(tracePath(input.id, '/tags'), { key: input.key }),
  )

export const useDeleteTrace = () =>
  useChange((input: { id: string; experimentId: string }) =>
    post('3.0/traces/delete-traces', {
      experiment_id: input.experimentId,
      request_ids: [input.id],
    }),
  )

export type NewAssessment = Pick<
  Assessment,
  'assessment_name' | 'span_id' | 'source' | 'feedback' | 'expectation' | 'rationale' | 'overrides'
>

export const useAddAssessment = () =>
  useChange(({ traceId, assessment }: { traceId: string; assessment: NewAssessment }) =>
    post(tracePath(traceId, '/assessments'), { assessment: { ...assessment, trace_id: traceId } }),
  )

export const useUpdateAssessment = () =>
  useChange(
    ({ before, value, rationale }: { before: Assessment; value: unknown; rationale: string }) => {
      const field = before.expectation ? 'expectation' : 'feedback'
      return patch(tracePath(before.trace_id, `/assessments/${before.assessment_id}`), {
        assessment: {
          assessment_id: before.assessment_id,
          trace_id: before.trace_id,
          [field]: { value },
          rationale,
        },
        update_mask: `${field},rationale`,
      })
    },
  )

export const useDeleteAssessment = () =>
  useChange((assessment: Assessment) =>
    remove(tracePath(assessment.trace_id, `/assessments/${assessment.assessment_id}`)),
  )
