import { useEffect, useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { Dialog } from '~/components/Dialog'
import { ProgressBar } from '~/components/ProgressBar'
import { notify } from '~/components/Toasts'
import { allRuns, toCsv } from '~/features/tracking/runs/csv'
import type { RunsView } from '~/features/tracking/runs/queries'
import { messageOf } from '~/lib/api'
import { plural } from '~/lib/numbers'
import { saveFile } from '~/lib/saveFile'

interface Props {
  view: RunsView
  experiment: string
  onClose: () => void
}

/** Fetches all runs of the view and saves them; closing it stops that. */
export function ExportDialog({ view, experiment, onClose }: Props) {
  const [count, setCount] = useState(0)
  const [error, setError] = useState<unknown>()
  const begun = useRef({ view, experiment, onClose })
  useEffect(() => {
    const { view, experiment, onClose } = begun.current
    const stop = new AbortController()
    allRuns(view, setCount, stop.signal)
      .then((runs) => {
        saveFile(`${experiment || 'runs'}.csv`, 'text/csv', toCsv(runs))
        notify(`Saved ${plural(runs.length, 'run')} as CSV`)
        onClose()
      })
      .catch((failure: unknown) => {
        if (!stop.signal.aborted) setError(failure)
      })
    return () => stop.abort()
  }, [])
  return (
    <Dialog open onClose={onClose} title="Download as CSV">
      <div className="flex flex-col gap-3">
        {error === undefined ? (
          <>
            <ProgressBar label="Fetching runs" value={undefined} />
            <p className="text-muted tabular">{count.toLocaleString('en-US')} runs so far</p>
          </>
        ) : (
          <p role="alert" className="text-bad">
            {messageOf(error)}
          </p>
        )}
        <div className="flex justify-end">
          <Button onClick={onClose}>{error === undefined ? 'Stop' : 'Close'}</Button>
        </div>
      </div>
    </Dialog>
  )
}
