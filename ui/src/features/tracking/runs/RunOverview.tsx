import type { ReactNode } from 'react'
import { NumberText, ParamText } from '~/components/NumberText'
import { ValueList } from '~/components/ValueList'
import { SYSTEM_PREFIX } from '~/features/tracking/runs/fields'
import { RunDetails } from '~/features/tracking/runs/RunDetails'
import { RunNote } from '~/features/tracking/runs/RunNote'
import type { Metric, Param, Run } from '~/lib/wire'

const byKey = (a: { key: string }, b: { key: string }) =>
  a.key.localeCompare(b.key, 'en', { numeric: true })

export function RunOverview({ run, experiment }: { run: Run; experiment: ReactNode }) {
  const metrics = (run.data.metrics ?? [])
    .filter((metric) => !metric.key.startsWith(SYSTEM_PREFIX))
    .sort(byKey)
  const params = [...(run.data.params ?? [])].sort(byKey)
  return (
    <section
      aria-label="Overview"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto bg-canvas"
    >
      <div className="grid grid-cols-1 gap-5 p-4 md:p-5 lg:grid-cols-[minmax(0,1fr)_300px] lg:gap-8">
        <div className="flex min-w-0 flex-col gap-5">
          <RunNote run={run} />
          <div className="grid grid-cols-1 items-start gap-4 sm:grid-cols-2">
            <ValueList<Metric>
              title="Metrics"
              items={metrics}
              keyOf={(metric) => metric.key}
              textOf={(metric) => String(metric.value)}
              render={(metric) => (
                <span className="flex items-baseline justify-between gap-2">
                  <span className="font-medium">
                    <NumberText value={metric.value} />
                  </span>
                  {metric.step ? (
                    <span className="text-2xs text-faint tabular">
                      step {metric.step.toLocaleString('en-US')}
                    </span>
                  ) : null}
                </span>
              )}
              empty={
                <>
                  None yet. <code className="font-mono text-xs">mlflow.log_metric</code> adds them.
                </>
              }
            />
            <ValueList<Param>
              title="Parameters"
              items={params}
              keyOf={(param) => param.key}
              textOf={(param) => param.value}
              render={(param) => <ParamValue value={param.value} />}
              empty={
                <>
                  None yet. <code className="font-mono text-xs">mlflow.log_param</code> adds them.
                </>
              }
            />
          </div>
        </div>
        <div className="min-w-0">
          <RunDetails run={run} experiment={experiment} />
        </div>
      </div>
    </section>
  )
}

const LONG = 120

/** A long value is cut after a few lines; a click shows the rest. */
function ParamValue({ value }: { value: string }) {
  if (value.length <= LONG) return <ParamText value={value} />
  return (
    <details className="group">
      <summary className="list-none">
        <span className="line-clamp-2 group-open:hidden">{value}</span>
        <span className="text-xs text-accent group-open:hidden">Show all</span>
        <span className="hidden text-xs text-accent group-open:inline">Show less</span>
      </summary>
      <span className="whitespace-pre-wrap">{value}</span>
    </details>
  )
}
