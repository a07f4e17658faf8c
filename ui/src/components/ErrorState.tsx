import { CircleAlert, RotateCw } from 'lucide-react'
import { Button } from '~/components/Button'
import { ApiError, messageOf } from '~/lib/api'

/** A whole view that failed: what the server said, and a way on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const missing = error instanceof ApiError && error.status === 404
  return (
    <div role="alert" className="mx-auto flex max-w-lg flex-col items-start gap-3 px-6 py-16">
      <div className="flex size-9 items-center justify-center rounded-lg bg-bad-soft text-bad">
        <CircleAlert size={18} />
      </div>
      <h2 className="text-base font-semibold">
        {missing ? 'Not found' : 'This could not be loaded'}
      </h2>
      <p className="max-w-full text-muted [overflow-wrap:anywhere]">{messageOf(error)}</p>
      {error instanceof ApiError && error.code !== 'NETWORK' && (
        <p className="font-mono text-2xs text-faint">
          {error.status} {error.code}
        </p>
      )}
      {onRetry && (
        <Button onClick={onRetry}>
          <RotateCw size={13} /> Try again
        </Button>
      )}
    </div>
  )
}

/** A failed action, told beside the control that started it. */
export function ErrorNote({ error }: { error: unknown }) {
  return (
    <p
      role="alert"
      className="mt-2 flex gap-2 rounded-md bg-bad-soft px-2.5 py-1.5 text-xs text-bad [overflow-wrap:anywhere]"
    >
      <CircleAlert size={14} className="mt-0.5 shrink-0" />
      <span className="min-w-0">{messageOf(error)}</span>
    </p>
  )
}
