import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { IconButton } from '~/components/Button'
import { classes } from '~/components/classes'
import { NumberText, ParamText } from '~/components/NumberText'
import { StatusBadge } from '~/components/StatusBadge'
import { Absent, Ago, Duration } from '~/components/Time'
import {
  type FieldFacts,
  fieldValue,
  type Kind,
  surveyFields,
} from '~/features/tracking/runs/fields'
import { toNumber } from '~/lib/numbers'
import { isLive, runName, runSource, runUser } from '~/lib/runs'
import type { Run, WireNumber } from '~/lib/wire'

interface Props {
  runs: Run[]
  colors: ReadonlyMap<string, string>
  onlyDifferences: boolean
  onRemove: (id: string) => void
}

const SECTIONS: { kind: Kind; title: string }[] = [
  { kind: 'metric', title: 'Metrics' },
  { kind: 'param', title: 'Parameters' },
  { kind: 'tag', title: 'Tags' },
]

/** Runs side by side, a column each. */
export function CompareTable({ runs, colors, onlyDifferences, onRemove }: Props) {
  const facts = useMemo(
    () => surveyFields([runs]).sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true })),
    [runs],
  )
  return (
    <section aria-label="Comparison" tabIndex={0} className="min-h-0 flex-1 overflow-auto">
      <table
        className="w-full table-fixed border-separate border-spacing-0"
        style={{ minWidth: 170 + runs.length * 150 }}
      >
        <colgroup>
          <col style={{ width: 190 }} />
          {runs.map((run) => (
            <col key={run.info.run_id} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <td className="sticky top-0 left-0 z-20 border-b bg-canvas shadow-[inset_-1px_0_0_var(--color-line)]" />
            {runs.map((run) => (
              <Heading
                key={run.info.run_id}
                run={run}
                color={colors.get(run.info.run_id)}
                onRemove={onRemove}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Row name="Status">
            {runs.map((run) => cell(run, <StatusBadge status={run.info.status} />))}
          </Row>
          <Row name="Created">
            {runs.map((run) => cell(run, <Ago time={run.info.start_time} />))}
          </Row>
          <Row name="Duration">
            {runs.map((run) =>
              cell(
                run,
                <Duration
                  start={run.info.start_time}
                  end={run.info.end_time || undefined}
                  live={isLive(run)}
                />,
              ),
            )}
          </Row>
          <Row name="User">{runs.map((run) => cell(run, runUser(run) ?? <Absent />))}</Row>
          <Row name="Source">{runs.map((run) => cell(run, runSource(run) ?? <Absent />))}</Row>
          {SECTIONS.map(({ kind, title }) => {
            const shown = facts.filter(
              (each) => each.kind === kind && (each.differs || !onlyDifferences),
            )
            if (shown.length === 0) return null
            return <Section key={kind} title={title} facts={shown} runs={runs} />
          })}
        </tbody>
      </table>
    </section>
  )
}

function Heading({
  run,
  color,
  onRemove,
}: {
  run: Run
  color: string | undefined
  onRemove: Props['onRemove']
}) {
  const name = runName(run)
  return (
    <th
      scope="col"
      className="group sticky top-0 z-10 h-10 border-b bg-canvas px-3 text-left font-medium"
    >
      <span className="flex items-center gap-2">
        <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: color }} />
        <Link
          to="/runs/$runId"
          params={{ runId: run.info.run_id }}
          title={name}
          className="min-w-0 flex-1 truncate hover:underline"
        >
          {name}
        </Link>
        <IconButton
          label={`Leave out ${name}`}
          onClick={() => onRemove(run.info.run_id)}
          className="size-5 opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
        >
          <X size={12} />
        </IconButton>
      </span>
    </th>
  )
}

function cell(run: Run, content: ReactNode, best = false) {
  return (
    <td
      key={run.info.run_id}
      className={classes(
        'h-8 truncate border-b border-line/70 px-3 group-hover/row:bg-hover',
        best && 'font-semibold',
      )}
    >
      {content}
    </td>
  )
}

function Row({
  name,
  differs,
  children,
}: {
  name: string
  differs?: boolean
  children: ReactNode
}) {
  return (
    <tr className="group/row">
      <th
        scope="row"
        title={name}
        className="sticky left-0 z-[5] h-8 truncate border-b border-line/70 bg-surface px-4 text-left font-normal text-muted shadow-[inset_-1px_0_0_var(--color-line)] group-hover/row:bg-hover md:pl-5"
      >
        {differs && (
          <span
            aria-hidden
            className="mr-2 inline-block size-1.5 rounded-full bg-accent align-middle"
          />
        )}
        {name}
      </th>
      {children}
    </tr>
  )
}

function Section({ title, facts, runs }: { title: string; facts: FieldFacts[]; runs: Run[] }) {
  return (
    <>
      <tr>
        <th
          scope="colgroup"
          colSpan={runs.length + 1}
          className="h-9 border-b bg-canvas px-4 pt-2 text-left text-xs font-medium text-faint md:pl-5"
        >
          <span className="sticky left-5">{title}</span>
        </th>
      </tr>
      {facts.map((facts) => (
        <Row key={facts.id} name={facts.key} differs={facts.differs}>
          {runs.map((run) => cell(run, <Value run={run} facts={facts} />))}
        </Row>
      ))}
    </>
  )
}

function Value({ run, facts }: { run: Run; facts: FieldFacts }) {
  const value = fieldValue(run, facts)
  if (value === undefined) return <Absent />
  if (facts.kind !== 'metric') return <ParamText value={String(value)} />
  const range = facts.high - facts.low
  const share = (toNumber(value as WireNumber) - facts.low) / range
  return (
    <span className="flex items-center gap-2.5">
      <span className="min-w-16 text-right">
        <NumberText value={value as WireNumber} />
      </span>
      {range > 0 && Number.isFinite(share) && (
        <span aria-hidden className="h-1 w-14 shrink overflow-hidden rounded-full bg-pressed">
          <span
            className="block h-full rounded-full bg-accent/60"
            style={{ width: `${4 + 96 * share}%` }}
          />
        </span>
      )}
    </span>
  )
}
