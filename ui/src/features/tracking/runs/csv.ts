import { orderBy } from '~/features/tracking/runs/order'
import type { RunsPage, RunsView } from '~/features/tracking/runs/queries'
import { post } from '~/lib/api'
import { runName, runSource, runUser, userTags } from '~/lib/runs'
import type { Run } from '~/lib/wire'

const PAGE = 1000

/** All runs of a view, page after page. */
export async function allRuns(
  view: RunsView,
  progress: (count: number) => void,
  signal: AbortSignal,
): Promise<Run[]> {
  const runs: Run[] = []
  let token: string | undefined
  do {
    const page: RunsPage = await post<RunsPage>(
      'runs/search',
      {
        experiment_ids: [view.experimentId],
        filter: view.filter || undefined,
        order_by: orderBy(view.sort),
        run_view_type: view.deleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
        max_results: PAGE,
        page_token: token,
      },
      signal,
    )
    runs.push(...(page.runs ?? []))
    progress(runs.length)
    token = page.next_page_token || undefined
  } while (token)
  return runs
}

/** A cell that a spreadsheet takes for text, even where it begins like a formula. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return ''
  let text = String(value)
  if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) && !/^[-+]Infinity$/.test(text)) {
    text = `'${text}`
  }
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const time = (milliseconds: number | undefined) =>
  milliseconds ? new Date(milliseconds).toISOString() : undefined

const sorted = (keys: Set<string>) =>
  [...keys].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** Runs as a table with a column for each param, metric and tag. */
export function toCsv(runs: readonly Run[]): string {
  const kinds = [
    { prefix: 'params.', of: (run: Run) => run.data.params ?? [] },
    { prefix: 'metrics.', of: (run: Run) => run.data.metrics ?? [] },
    { prefix: 'tags.', of: (run: Run) => userTags(run.data.tags) },
  ].map(({ prefix, of }) => ({
    prefix,
    of,
    keys: sorted(new Set(runs.flatMap((run) => of(run).map((each) => each.key)))),
  }))
  const header = ['run_id', 'name', 'status', 'start_time', 'end_time', 'user', 'source']
  const lines = runs.map((run) => {
    const { info } = run
    const values = kinds.flatMap(({ of, keys }) => {
      const known = new Map(of(run).map((each) => [each.key, each.value]))
      return keys.map((key) => known.get(key))
    })
    return [
      info.run_id,
      runName(run),
      info.status,
      time(info.start_time),
      time(info.end_time),
      runUser(run),
      runSource(run),
      ...values,
    ]
  })
  const names = kinds.flatMap(({ prefix, keys }) => keys.map((key) => prefix + key))
  return [[...header, ...names], ...lines].map((line) => line.map(cell).join(',')).join('\n')
}
