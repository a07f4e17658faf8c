import type { ReactNode } from 'react'
import { CopyButton } from '~/components/CopyButton'
import { Dialog } from '~/components/Dialog'
import { TagEditor } from '~/components/TagEditor'
import { Ago } from '~/components/Time'
import { ExperimentDescription } from '~/features/tracking/experiments/Description'
import { useTagExperiment, useUntagExperiment } from '~/features/tracking/experiments/queries'
import { userTags } from '~/lib/runs'
import type { Experiment } from '~/lib/wire'

interface Props {
  experiment: Experiment
  open: boolean
  onClose: () => void
}

/** What is known of an experiment beside its runs. */
export function ExperimentDetails({ experiment, open, onClose }: Props) {
  const tag = useTagExperiment()
  const untag = useUntagExperiment()
  const id = experiment.experiment_id
  return (
    <Dialog open={open} onClose={onClose} title={experiment.name} wide>
      <div className="flex flex-col gap-5">
        <ExperimentDescription experiment={experiment} />
        <section>
          <h3 className="pb-1.5 text-xs font-medium text-faint">Tags</h3>
          <TagEditor
            tags={userTags(experiment.tags)}
            onSet={(key, value) => tag.mutateAsync({ id, key, value })}
            onDelete={(key) => untag.mutateAsync({ id, key })}
          />
        </section>
        <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-6 gap-y-1">
          <Fact name="Experiment ID" copy={id}>
            <span className="font-mono text-xs">{id}</span>
          </Fact>
          {experiment.artifact_location && (
            <Fact name="Artifact location" copy={experiment.artifact_location}>
              <span className="font-mono text-xs break-all">{experiment.artifact_location}</span>
            </Fact>
          )}
          <Fact name="Created">
            <Ago time={experiment.creation_time} />
          </Fact>
          <Fact name="Last updated">
            <Ago time={experiment.last_update_time} />
          </Fact>
          {experiment.effective_trace_archival_retention && (
            <Fact name="Traces archived after">
              {experiment.effective_trace_archival_retention}
            </Fact>
          )}
        </dl>
      </div>
    </Dialog>
  )
}

function Fact({ name, copy, children }: { name: string; copy?: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="flex min-h-7 min-w-0 items-center gap-1">
        {children}
        {copy && <CopyButton text={copy} label={`Copy ${name.toLowerCase()}`} />}
      </dd>
    </>
  )
}
