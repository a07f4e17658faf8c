import { useQuery } from '@tanstack/react-query'
import { Bot, Code2, Gavel, Package, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Slider } from '~/components/Controls'
import { classes } from '~/components/classes'
import { LongText } from '~/components/content/LongText'
import { EmptyState } from '~/components/EmptyState'
import { ErrorNote, ErrorState } from '~/components/ErrorState'
import { FactLine } from '~/components/FactLine'
import { Input } from '~/components/Field'
import { SkeletonLines } from '~/components/Skeleton'
import { Snippet } from '~/components/Snippet'
import { Ago } from '~/components/Time'
import { notify } from '~/components/Toasts'
import {
  describe,
  type Scorer,
  scorersQuery,
  useDeleteScorer,
  useSampling,
  versionsQuery,
} from '~/features/evaluation/scorers/queries'
import { scorerSnippet } from '~/lib/evaluationSnippets'
import { formatShare, plural } from '~/lib/numbers'

interface Props {
  experimentId: string
  experiment: string
  open: string | undefined
  onOpen: (name: string | undefined) => void
}

/** The scorers of an experiment, and beside them what the chosen one does. */
export function ScorersList({ experimentId, experiment, open, onOpen }: Props) {
  const query = useQuery(scorersQuery(experimentId))
  if (query.isPending) return <SkeletonLines lines={8} height={40} />
  if (query.isError && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const scorers = query.data
  if (scorers.length === 0) {
    return (
      <EmptyState title="No scorers yet" icon={<Gavel size={18} />}>
        <p>
          A scorer judges answers: a model with instructions, or a function. Once it is registered,
          everybody evaluates with the same one.
        </p>
        <Snippet code={scorerSnippet(experiment)} />
      </EmptyState>
    )
  }
  const chosen = scorers.find((scorer) => scorer.scorer_name === open) ?? scorers[0]
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto md:flex-row md:overflow-hidden">
      <ul
        aria-label="Scorers"
        className="shrink-0 border-b md:w-72 md:overflow-y-auto md:border-r md:border-b-0"
      >
        {scorers.map((scorer) => (
          <li key={scorer.scorer_id}>
            <button
              type="button"
              aria-current={scorer === chosen || undefined}
              onClick={() => onOpen(scorer.scorer_name)}
              className={classes(
                'flex w-full items-start gap-2.5 border-b border-line/70 px-4 py-2.5 text-left hover:bg-hover md:px-5',
                scorer === chosen && 'bg-selected hover:bg-selected',
              )}
            >
              <Kind scorer={scorer} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{scorer.scorer_name}</span>
                <FactLine
                  facts={[
                    describe(scorer).kind,
                    plural(scorer.scorer_version, 'version'),
                    scorer.online && scorer.online.sample_rate > 0
                      ? `${formatShare(scorer.online.sample_rate)} of traces`
                      : undefined,
                  ]}
                />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {chosen && (
        <Details
          key={chosen.scorer_id}
          experimentId={experimentId}
          scorer={chosen}
          onDeleted={() => onOpen(undefined)}
        />
      )}
    </div>
  )
}

function Kind({ scorer }: { scorer: Scorer }) {
  const { kind } = describe(scorer)
  const Icon = kind === 'Judge' ? Bot : kind === 'Code' ? Code2 : Package
  return <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-faint" />
}

interface DetailsProps {
  experimentId: string
  scorer: Scorer & { online?: { sample_rate: number; filter_string?: string } | undefined }
  onDeleted: () => void
}

function Details({ experimentId, scorer, onDeleted }: DetailsProps) {
  const versions = useQuery(versionsQuery(experimentId, scorer.scorer_name))
  const [number, setNumber] = useState(scorer.scorer_version)
  const [confirming, setConfirming] = useState(false)
  const erase = useDeleteScorer(experimentId)
  const shown = versions.data?.find((each) => each.scorer_version === number) ?? scorer
  const does = describe(shown)
  return (
    <section
      aria-label={`Scorer ${scorer.scorer_name}`}
      className="min-w-0 flex-1 px-4 py-4 md:overflow-y-auto md:px-6"
    >
      <div className="flex max-w-3xl flex-col gap-5">
        <header className="flex items-start justify-between gap-3">
          <div className="min-w-0">
            <h2 className="text-base font-semibold break-words">{scorer.scorer_name}</h2>
            <FactLine
              facts={[
                does.kind,
                does.builtin,
                does.model,
                does.session ? 'of whole sessions' : 'of single traces',
              ]}
            />
          </div>
          <IconButton label="Delete scorer" onClick={() => setConfirming(true)}>
            <Trash2 size={14} />
          </IconButton>
        </header>
        {does.instructions ? (
          <div>
            <h3 className="pb-1.5 text-xs font-medium text-faint">
              {does.code ? 'What it runs' : 'What it is told'}
            </h3>
            {does.code ? (
              <Snippet code={does.instructions} />
            ) : (
              <div className="rounded-lg border bg-sunken px-3 py-2">
                <LongText text={does.instructions} />
              </div>
            )}
          </div>
        ) : (
          <p className="text-muted">What it does is built into the client.</p>
        )}
        <Sampling experimentId={experimentId} scorer={scorer} />
        <div>
          <h3 className="pb-1.5 text-xs font-medium text-faint">Versions</h3>
          <ul className="rounded-lg border">
            {(versions.data ?? [scorer]).map((each) => (
              <li key={each.scorer_version} className="border-b border-line/70 last:border-b-0">
                <button
                  type="button"
                  aria-current={each.scorer_version === number || undefined}
                  onClick={() => setNumber(each.scorer_version)}
                  className="flex w-full items-center justify-between px-3 py-1.5 text-left hover:bg-hover aria-[current]:font-medium"
                >
                  <span>Version {each.scorer_version}</span>
                  <span className="text-xs font-normal text-muted">
                    <Ago time={each.creation_time} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() =>
          erase.mutate(scorer.scorer_name, {
            onSuccess: () => {
              setConfirming(false)
              notify(`Deleted ${scorer.scorer_name}`)
              onDeleted()
            },
          })
        }
        title={`Delete ${scorer.scorer_name}?`}
        action="Delete scorer"
        busy={erase.isPending}
        error={erase.error}
      >
        All its versions go. What it has said of traces stays.
      </ConfirmDialog>
    </section>
  )
}

/** How many of the traces that come in are to be scored. */
function Sampling({ experimentId, scorer }: Omit<DetailsProps, 'onDeleted'>) {
  const before = {
    rate: scorer.online?.sample_rate ?? 0,
    filter: scorer.online?.filter_string ?? '',
  }
  const [rate, setRate] = useState(before.rate)
  const [filter, setFilter] = useState(before.filter)
  const save = useSampling(experimentId)
  const changed = rate !== before.rate || filter.trim() !== before.filter
  return (
    <div>
      <h3 className="pb-1 text-xs font-medium text-faint">Traces as they come in</h3>
      <div className="flex flex-wrap items-center gap-3">
        <Slider
          label="Share of traces to score"
          value={rate}
          minimum={0}
          maximum={1}
          step={0.05}
          onChange={setRate}
          className="w-40"
        />
        <span className="w-14 tabular">{rate === 0 ? 'none' : formatShare(rate)}</span>
        <Input
          aria-label="Only traces that match"
          placeholder="Only those that match: status = 'OK'"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          className="max-w-72"
        />
        {changed && (
          <Button
            kind="solid"
            disabled={save.isPending}
            onClick={() =>
              save.mutate(
                { name: scorer.scorer_name, rate, filter: filter.trim() },
                { onSuccess: () => notify('Saved') },
              )
            }
          >
            Save
          </Button>
        )}
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </div>
  )
}
