import type { ModelVersion } from '~/lib/registry'

/** Said only of a version that cannot be used, or not yet. */
export function VersionStatus({ version }: { version: ModelVersion }) {
  if (version.status === 'PENDING_REGISTRATION') {
    return <span className="rounded-sm bg-warn-soft px-1.5 text-xs text-warn">Pending</span>
  }
  if (version.status === 'FAILED_REGISTRATION') {
    return (
      <span
        title={version.status_message}
        className="rounded-sm bg-bad-soft px-1.5 text-xs text-bad"
      >
        Failed
      </span>
    )
  }
  return null
}
