import type { TracesSearch } from '~/features/traces/table/search'
import { TracesTable } from '~/features/traces/table/TracesTable'
import type { Run } from '~/lib/wire'
import { TracePanel } from '~/routes/traces/-TracePanel'

interface Props {
  run: Run
  search: TracesSearch
  onSearch: (part: TracesSearch) => void
}

/** What a run traced. */
export default function RunTraces({ run, search, onSearch }: Props) {
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <TracesTable
        experimentId={run.info.experiment_id}
        experiment=""
        run={run.info.run_id}
        search={search}
        onSearch={onSearch}
      />
      {search.trace && <TracePanel traceId={search.trace} search={search} onSearch={onSearch} />}
    </div>
  )
}
