import { useQueries } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { AssessmentValue } from '~/components/AssessmentValue'
import { Button, IconButton } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { classes } from '~/components/classes'
import { LongText } from '~/components/content/LongText'
import { EmptyState } from '~/components/EmptyState'
import { ErrorState } from '~/components/ErrorState'
import { SkeletonLines } from '~/components/Skeleton'
import { feedbackNames, type Row, scoreOf, sideBySide } from '~/features/evaluation/runs/rows'
import { assessmentValue } from '~/lib/assessments'
import { runTracesQuery } from '~/lib/evaluation'
import { useShortcuts } from '~/lib/keyboard'
import { formatNumber, formatShare, plural } from '~/lib/numbers'
import { previewText } from '~/lib/previews'
import { runName } from '~/lib/runs'
import type { Run } from '~/lib/wire'

export type Shown = 'all' | 'changed' | 'worse' | 'better'

interface Props {
  experimentId: string
  runs: Run[]
  shown: Shown
  onShown: (shown: Shown) => void
  onRemove: (runId: string) => void
  onOpen: (traceId: string) => void
}

const STEP = 200
const NONE: Row[] = []

/** What runs answered to the same inputs; where a judge changed its mind comes first. */
export function SideBySide({ experimentId, runs, shown, onShown, onRemove, onOpen }: Props) {
  const { traces, pending, error } = useQueries({
    queries: runs.map((run) => runTracesQuery(experimentId, run.info.run_id)),
    combine: (all) => ({
      pending: all.some((each) => each.isPending),
      error: all.find((each) => each.isError && !each.data)?.error,
      traces: all.map((each) => each.data ?? []),
    }),
  })
  const rows = useMemo(() => (pending ? NONE : sideBySide(traces)), [pending, traces])
  const names = useMemo(() => feedbackNames(rows), [rows])
  const [most, setMost] = useState(STEP)
  const [cursor, setCursor] = useState(-1)
  const visible = useMemo(
    () =>
      rows.filter(
        ({ change }) =>
          shown === 'all' || (shown === 'changed' ? change !== 'none' : change === shown),
      ),
    [rows, shown],
  )
  const move = (step: number) =>
    setCursor((at) => Math.max(0, Math.min(visible.length - 1, at + step)))
  const open = (row: Row | undefined) => {
    const answer = row?.answers.findLast((each) => each !== undefined)
    if (answer) onOpen(answer.trace.trace_id)
  }
  useShortcuts({
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    j: () => move(1),
    k: () => move(-1),
    enter: () => open(visible[cursor]),
  })
  if (error) return <ErrorState error={error} />
  if (pending) return <SkeletonLines lines={10} height={64} />
  if (rows.length === 0) {
    return (
      <EmptyState title="No answers to show">
        The traces of this evaluation have been deleted, or none were linked with the run.
      </EmptyState>
    )
  }
  const count = (kind: Row['change']) => rows.filter(({ change }) => change === kind).length
  const several = runs.length > 1
  return (
    <>
      {several && (
        <div className="flex flex-wrap items-center gap-3 border-b px-4 py-2 md:px-5">
          <Segmented<Shown>
            label="Which rows"
            value={shown}
            options={[
              { value: 'all', label: `All ${rows.length}` },
              { value: 'changed', label: `Changed ${rows.length - count('none')}` },
              { value: 'worse', label: `Worse ${count('worse')}` },
              { value: 'better', label: `Better ${count('better')}` },
            ]}
            onChange={onShown}
          />
          <p className="text-xs text-faint">From the first run to the last</p>
        </div>
      )}
      <div tabIndex={0} className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
        <table
          aria-label="Answers side by side"
          className="w-full border-separate border-spacing-0"
          style={{ minWidth: 240 + runs.length * 280 }}
        >
          <thead>
            <tr>
              <th className="sticky top-0 left-0 z-20 w-60 border-r border-b bg-canvas px-4 py-2 text-left align-bottom text-xs font-medium text-muted md:px-5">
                Input
              </th>
              {runs.map((run, index) => (
                <th
                  key={run.info.run_id}
                  className="sticky top-0 z-10 min-w-64 border-b bg-canvas px-3 py-2 text-left align-top font-normal"
                >
                  <span className="flex items-center justify-between gap-2">
                    <span className="truncate font-semibold">{runName(run)}</span>
                    {several && (
                      <IconButton
                        label={`Take ${runName(run)} away`}
                        className="-my-1 -mr-2 size-6"
                        onClick={() => onRemove(run.info.run_id)}
                      >
                        <X size={13} />
                      </IconButton>
                    )}
                  </span>
                  <span className="flex flex-wrap gap-x-3 text-xs text-muted">
                    {names.map((name) => (
                      <Mean
                        key={name}
                        name={name}
                        value={scoreOf(rows, index, name)}
                        before={index > 0 ? scoreOf(rows, 0, name) : undefined}
                      />
                    ))}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {visible.slice(0, most).map((row, index) => (
              <Line
                key={row.key}
                row={row}
                current={index === cursor}
                onOpen={(traceId) => {
                  setCursor(index)
                  onOpen(traceId)
                }}
              />
            ))}
          </tbody>
        </table>
        <div className="sticky left-0 flex items-center gap-3 px-4 py-3 text-xs text-faint tabular md:px-5">
          {visible.length === 0
            ? 'No row is like that.'
            : `${Math.min(most, visible.length)} of ${plural(visible.length, 'row')}`}
          {visible.length > most && (
            <Button size="small" onClick={() => setMost(most + STEP)}>
              Show more
            </Button>
          )}
        </div>
      </div>
    </>
  )
}

interface MeanProps {
  name: string
  value: number | undefined
  before: number | undefined
}

function Mean({ name, value, before }: MeanProps) {
  if (value === undefined) return null
  const share = value >= 0 && value <= 1
  const moved = before !== undefined && Math.abs(value - before) > 1e-9
  const up = moved && value > before
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap tabular">
      <span className="text-faint">{name}</span>
      {share ? formatShare(value) : formatNumber(value)}
      {moved && share && (
        <span className={up ? 'text-good' : 'text-bad'}>
          {up ? <ArrowUp size={11} aria-label="up" /> : <ArrowDown size={11} aria-label="down" />}
        </span>
      )}
    </span>
  )
}

const EDGE: Record<Row['change'], string> = {
  worse: 'shadow-[inset_3px_0_0_var(--color-bad-solid)]',
  better: 'shadow-[inset_3px_0_0_var(--color-good)]',
  other: 'shadow-[inset_3px_0_0_var(--color-warn)]',
  none: '',
}

const CHANGED: Record<Row['change'], string> = {
  worse: 'Worse',
  better: 'Better',
  other: 'Changed',
  none: '',
}

interface LineProps {
  row: Row
  current: boolean
  onOpen: (traceId: string) => void
}

function Line({ row, current, onOpen }: LineProps) {
  const line = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (current) line.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <tr
      ref={line}
      data-current={current || undefined}
      className="[--row:var(--color-surface)] data-current:[--row:var(--color-hover)]"
    >
      <td
        className={classes(
          'w-60 border-r border-b border-line/70 bg-(--row) px-4 py-2.5 align-top md:sticky md:left-0 md:z-[5] md:px-5',
          EDGE[row.change],
        )}
      >
        <LongText text={previewText(row.request)} />
        {row.expectations.map((each) => (
          <p key={each.assessment_name} className="mt-1.5 text-xs text-muted">
            <span className="text-faint">{each.assessment_name} </span>
            {String(assessmentValue(each))}
          </p>
        ))}
        {row.change !== 'none' && (
          <p className="mt-1.5 text-2xs font-medium text-faint">{CHANGED[row.change]}</p>
        )}
      </td>
      {row.answers.map((answer, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns are the runs, which do not move
        <td key={index} className="border-b border-line/70 bg-(--row) px-3 py-2.5 align-top">
          {answer ? (
            <div className="flex flex-col gap-2">
              {answer.trace.state === 'ERROR' && (
                <span className="text-xs font-medium text-bad">Failed</span>
              )}
              <LongText text={previewText(answer.trace.response_preview)} markdown />
              <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
                {[...answer.feedback].map(([name, each]) => (
                  <span
                    key={name}
                    title={each.rationale}
                    className="inline-flex items-center gap-1 text-xs text-faint"
                  >
                    {name} <AssessmentValue assessment={each} />
                  </span>
                ))}
              </div>
              <button
                type="button"
                className="self-start text-xs text-muted hover:text-ink hover:underline"
                onClick={() => onOpen(answer.trace.trace_id)}
              >
                Open trace
              </button>
            </div>
          ) : (
            <span className="text-xs text-faint">Not asked in this run</span>
          )}
        </td>
      ))}
    </tr>
  )
}
