import type { Run, Tag } from '~/lib/wire'

/** Tags that the clients and this page set for their own ends start like this. */
const RESERVED = /^(mlflow|headwater)\./

export function tagValue(tags: Tag[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.key === key)?.value
}

export function userTags(tags: Tag[] | undefined): Tag[] {
  return (tags ?? []).filter((tag) => !RESERVED.test(tag.key))
}

export function runName(run: Run): string {
  return (
    run.info.run_name || tagValue(run.data.tags, 'mlflow.runName') || run.info.run_id.slice(0, 8)
  )
}

export function runUser(run: Run): string | undefined {
  const user = tagValue(run.data.tags, 'mlflow.user') || run.info.user_id
  return user === 'unknown' ? undefined : user
}

/** The last part of a script's path, a notebook's name or an entry point. */
export function runSource(run: Run): string | undefined {
  const name = tagValue(run.data.tags, 'mlflow.source.name')
  return name?.split(/[\\/]/).at(-1) || name
}

export function runParent(run: Run): string | undefined {
  return tagValue(run.data.tags, 'mlflow.parentRunId')
}

export function isLive(run: Run): boolean {
  return run.info.status === 'RUNNING' || run.info.status === 'SCHEDULED'
}

export const NOTE = 'mlflow.note.content'
