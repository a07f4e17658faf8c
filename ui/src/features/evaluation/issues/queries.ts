import { useMutation, useQueryClient } from '@tanstack/react-query'
import { patch, post } from '~/lib/api'
import { type Paged, pages } from '~/lib/evaluation'

export const STATUSES = ['pending', 'resolved', 'rejected'] as const
export type IssueStatus = (typeof STATUSES)[number]

export interface Issue {
  issue_id: string
  name: string
  description?: string
  status: IssueStatus
  severity?: 'low' | 'medium' | 'high' | 'not_an_issue'
  root_causes?: string[]
  categories?: string[]
  source_run_id?: string
  created_timestamp?: number
  created_by?: string
  trace_count?: number
}

const KEY = ['evaluation', 'issues']

export const issuesQuery = (experimentId: string, status: IssueStatus | undefined) =>
  pages([...KEY, experimentId, status], (token, signal) =>
    post<Paged & { issues?: Issue[] }>(
      '3.0/issues/search',
      {
        experiment_id: experimentId,
        filter_string: status && `status = '${status}'`,
        include_trace_count: true,
        max_results: 100,
        page_token: token,
      },
      signal,
    ),
  )

export function useChangeIssue() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: { id: string; status: IssueStatus }) =>
      patch(`3.0/issues/${input.id}`, { issue_id: input.id, status: input.status }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}

export function useCreateIssue(experimentId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: { name: string; description: string; severity: string }) =>
      post('3.0/issues', { experiment_id: experimentId, ...input }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}
