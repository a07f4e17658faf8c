import { Dialog } from '~/components/Dialog'
import { Snippet } from '~/components/Snippet'
import { againSnippet, readSnippet } from '~/features/tracking/runs/reproduce'
import { trackingUri } from '~/lib/base'
import type { Run } from '~/lib/wire'

interface Props {
  run: Run
  open: boolean
  onClose: () => void
}

export function ReproduceDialog({ run, open, onClose }: Props) {
  const again = againSnippet(run)
  return (
    <Dialog open={open} onClose={onClose} title="Reproduce this run" wide>
      <div className="flex flex-col gap-4">
        <section className="flex flex-col gap-1.5">
          <h3 className="text-xs font-medium text-muted">The same code, started again</h3>
          {again ? (
            <Snippet code={again} label="Copy the commands" />
          ) : (
            <p className="text-muted">
              The run did not record which code it ran: that happens where a script is started from
              a Git repository.
            </p>
          )}
        </section>
        <section className="flex flex-col gap-1.5">
          <h3 className="text-xs font-medium text-muted">Its parameters and files, in Python</h3>
          <Snippet code={readSnippet(run, trackingUri())} label="Copy the Python code" />
        </section>
      </div>
    </Dialog>
  )
}
