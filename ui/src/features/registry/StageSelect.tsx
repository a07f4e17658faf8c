import { useState } from 'react'
import { Button } from '~/components/Button'
import { Switch } from '~/components/Controls'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { Select } from '~/components/Select'
import { notify, notifyError } from '~/components/Toasts'
import { STAGES } from '~/features/registry/StageBadge'
import type { ModelVersion } from '~/lib/registry'
import { useMoveStage } from '~/lib/useRegistry'

type Stage = (typeof STAGES)[number]

const OPTIONS = STAGES.map((value) => ({ value, label: value }))

/** The stage of a version. Where others may hold it too, a dialog asks what becomes of them. */
export function StageSelect({ version }: { version: ModelVersion }) {
  const [asking, setAsking] = useState<Stage>()
  const move = useMoveStage()
  const stage = (STAGES as readonly string[]).includes(version.current_stage ?? '')
    ? (version.current_stage as Stage)
    : 'None'
  const go = (next: Stage, archive: boolean) =>
    move.mutateAsync({
      name: version.name,
      version: version.version,
      stage: next,
      archive_existing_versions: archive,
    })
  return (
    <>
      <Select
        label="Stage"
        value={stage}
        options={OPTIONS}
        onChange={(next) => {
          if (next === stage) return
          if (next === 'Staging' || next === 'Production') setAsking(next)
          else go(next, false).catch(notifyError)
        }}
        className="h-6 w-32"
      />
      {asking && (
        <MoveDialog
          version={version}
          stage={asking}
          onClose={() => setAsking(undefined)}
          onMove={(archive) =>
            go(asking, archive).then(() => {
              setAsking(undefined)
              notify(`Version ${version.version} is in ${asking}`)
            })
          }
          busy={move.isPending}
          error={move.error}
        />
      )}
    </>
  )
}

interface MoveProps {
  version: ModelVersion
  stage: Stage
  onClose: () => void
  onMove: (archive: boolean) => Promise<void>
  busy: boolean
  error: unknown
}

function MoveDialog({ version, stage, onClose, onMove, busy, error }: MoveProps) {
  const [archive, setArchive] = useState(true)
  return (
    <Dialog open onClose={onClose} title={`Move version ${version.version} to ${stage}`}>
      <Switch checked={archive} onChange={setArchive}>
        Archive the versions that are in {stage} now
      </Switch>
      {error !== null && <ErrorNote error={error} />}
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="solid" disabled={busy} onClick={() => onMove(archive).catch(() => undefined)}>
          Move to {stage}
        </Button>
      </div>
    </Dialog>
  )
}
