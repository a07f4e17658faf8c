import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleDot, CircleSlash, Flag, Plus } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Button } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { classes } from '~/components/classes'
import { Dialog } from '~/components/Dialog'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { LabelledInput, TextArea } from '~/components/Field'
import { Select } from '~/components/Select'
import { SkeletonLines } from '~/components/Skeleton'
import { Ago } from '~/components/Time'
import { notify, notifyError } from '~/components/Toasts'
import {
  type Issue,
  type IssueStatus,
  issuesQuery,
  useChangeIssue,
  useCreateIssue,
} from '~/features/evaluation/issues/queries'
import { plural } from '~/lib/numbers'

interface Props {
  experimentId: string
  status: IssueStatus | undefined
  onStatus: (status: IssueStatus | undefined) => void
}

const WORDS: Record<IssueStatus, string> = {
  pending: 'Open',
  resolved: 'Resolved',
  rejected: 'Rejected',
}

const OPTIONS = [
  { value: 'pending', label: 'Open' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'rejected', label: 'Rejected' },
] as const

/** Problems that were seen in traces, the gravest first. */
export function IssuesList({ experimentId, status, onStatus }: Props) {
  const query = useInfiniteQuery(issuesQuery(experimentId, status))
  const issues = query.data?.pages.flatMap((page) => page.issues ?? []) ?? []
  const [creating, setCreating] = useState(false)
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus size={14} /> New issue
    </Button>
  )
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2 border-b px-4 py-2.5 md:px-5">
        <Segmented<IssueStatus | 'all'>
          label="Which issues"
          value={status ?? 'all'}
          options={[{ value: 'all', label: 'All' }, ...OPTIONS]}
          onChange={(next) => onStatus(next === 'all' ? undefined : next)}
        />
        {create}
      </div>
      {query.isPending ? (
        <SkeletonLines lines={6} height={64} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : issues.length === 0 ? (
        <EmptyState title={status ? 'Nothing here' : 'No issues yet'} icon={<Flag size={18} />}>
          An issue is a problem that shows in more than one trace, with what may have caused it.
        </EmptyState>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <ul aria-label="Issues">
            {issues.map((issue) => (
              <IssueItem key={issue.issue_id} issue={issue} experimentId={experimentId} />
            ))}
          </ul>
          {query.hasNextPage && (
            <div className="p-4">
              <Button onClick={() => void query.fetchNextPage()}>Show more</Button>
            </div>
          )}
        </div>
      )}
      <Dialog open={creating} onClose={() => setCreating(false)} title="New issue">
        <IssueForm experimentId={experimentId} onClose={() => setCreating(false)} />
      </Dialog>
    </>
  )
}

const GRAVITY: Record<string, string> = {
  high: 'bg-bad-soft text-bad',
  medium: 'bg-warn-soft text-warn',
  low: 'bg-hover text-muted',
}

function IssueItem({ issue, experimentId }: { issue: Issue; experimentId: string }) {
  const change = useChangeIssue()
  const Icon =
    issue.status === 'resolved'
      ? CircleCheck
      : issue.status === 'rejected'
        ? CircleSlash
        : CircleDot
  const seen = issue.trace_count ?? 0
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line/70 px-4 py-3.5 md:px-5">
      <Icon
        size={16}
        aria-hidden
        className={classes(
          'mt-0.5 shrink-0',
          issue.status === 'pending' ? 'text-warn' : 'text-good',
          issue.status === 'rejected' && 'text-faint!',
        )}
      />
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="font-semibold break-words">{issue.name}</h2>
          {issue.severity && (
            <span
              className={classes(
                'rounded-sm px-1.5 text-xs leading-5 font-medium',
                GRAVITY[issue.severity] ?? GRAVITY.low,
              )}
            >
              {issue.severity.replaceAll('_', ' ')}
            </span>
          )}
          {issue.categories?.map((category) => (
            <span
              key={category}
              className="rounded-sm border px-1.5 text-xs leading-[18px] text-muted"
            >
              {category}
            </span>
          ))}
        </div>
        {issue.description && <p className="mt-1 max-w-3xl text-muted">{issue.description}</p>}
        {issue.root_causes && issue.root_causes.length > 0 && (
          <ul aria-label="Causes" className="mt-1.5 list-disc pl-4 text-muted marker:text-faint">
            {issue.root_causes.map((cause) => (
              <li key={cause}>{cause}</li>
            ))}
          </ul>
        )}
        <p className="mt-1.5 flex flex-wrap gap-x-3 text-xs text-faint">
          {seen > 0 ? (
            <Link
              to="/experiments/$experimentId/traces"
              params={{ experimentId }}
              search={{ filter: `issue.id = '${issue.issue_id}'` }}
              className="text-accent hover:underline"
            >
              Seen in {plural(seen, 'trace')}
            </Link>
          ) : (
            <span>Not seen in any trace</span>
          )}
          <span>
            <Ago time={issue.created_timestamp} />
            {issue.created_by && ` by ${issue.created_by}`}
          </span>
        </p>
      </div>
      <Select<IssueStatus>
        label={`Status of ${issue.name}`}
        value={issue.status}
        options={OPTIONS}
        onChange={(status) =>
          change.mutate(
            { id: issue.issue_id, status },
            {
              onSuccess: () => notify(`${WORDS[status]}: ${issue.name}`),
              onError: notifyError,
            },
          )
        }
        className="w-28"
      />
    </li>
  )
}

const SEVERITIES = [
  { value: 'high', label: 'High' },
  { value: 'medium', label: 'Medium' },
  { value: 'low', label: 'Low' },
] as const

function IssueForm({ experimentId, onClose }: { experimentId: string; onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [severity, setSeverity] = useState<(typeof SEVERITIES)[number]['value']>('medium')
  const create = useCreateIssue(experimentId)
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(
      { name: name.trim(), description: description.trim(), severity },
      { onSuccess: onClose },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LabelledInput
        label="What is wrong"
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
      />
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="text-xs font-medium text-muted">
          How it shows
        </label>
        <TextArea
          id={id}
          rows={4}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          required
        />
      </div>
      <Select label="Severity" value={severity} options={SEVERITIES} onChange={setSeverity} />
      {create.error && <ErrorNote error={create.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="solid"
          type="submit"
          disabled={!name.trim() || !description.trim() || create.isPending}
        >
          Create issue
        </Button>
      </div>
    </form>
  )
}
