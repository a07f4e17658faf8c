// Messages for tests, with no more in them than a test is about.

import type { Assessment, Trace } from '~/lib/traces'
import type { Metric, Run } from '~/lib/wire'

export function aRun(
  id: string,
  data: Partial<Run['data']> = {},
  info: Partial<Run['info']> = {},
): Run {
  return {
    info: {
      run_id: id,
      run_uuid: id,
      experiment_id: '1',
      user_id: '',
      status: 'FINISHED',
      start_time: 0,
      lifecycle_stage: 'active',
      ...info,
    },
    data,
    inputs: {},
  }
}

export function aMetric(key: string, value: Metric['value'], rest: Partial<Metric> = {}): Metric {
  return { key, value, timestamp: 1, step: 0, ...rest }
}

export function pairs(entries: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(entries).map(([key, value]) => ({ key, value }))
}

const TIME = '2026-01-01T00:00:00Z'

export function aTrace(id: string, rest: Partial<Trace> = {}): Trace {
  return {
    trace_id: id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } },
    request_time: TIME,
    state: 'OK',
    ...rest,
  }
}

export function aFeedback(
  trace: string,
  name: string,
  value: unknown,
  rest: Partial<Assessment> = {},
): Assessment {
  return {
    assessment_id: `${trace}-${name}`,
    assessment_name: name,
    trace_id: trace,
    source: { source_type: 'HUMAN' },
    create_time: TIME,
    last_update_time: TIME,
    valid: true,
    feedback: { value },
    ...rest,
  }
}
