// The JSON of the tracking API, as far as the pages read it.

export interface Tag {
  key: string
  value: string
}

type Lifecycle = 'active' | 'deleted'

export interface Experiment {
  experiment_id: string
  name: string
  artifact_location?: string
  lifecycle_stage: Lifecycle
  last_update_time?: number
  creation_time?: number
  tags?: Tag[]
}

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'

/** NaN and the infinities travel as text. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity'

export interface Metric {
  key: string
  value: WireNumber
  timestamp: number
  step?: number
  run_id?: string
}

export interface Param {
  key: string
  value: string
}

interface RunInfo {
  run_id: string
  run_name?: string
  experiment_id: string
  status: RunStatus
  start_time?: number
  end_time?: number
  artifact_uri?: string
  lifecycle_stage: Lifecycle
  user_id?: string
}

interface DatasetInput {
  tags?: Tag[]
  dataset: {
    name: string
    digest: string
    source_type?: string
    source?: string
    schema?: string
    profile?: string
  }
}

export interface Run {
  info: RunInfo
  data: { metrics?: Metric[]; params?: Param[]; tags?: Tag[] }
  inputs?: { dataset_inputs?: DatasetInput[]; model_inputs?: { model_id: string }[] }
  outputs?: { model_outputs?: { model_id: string; step?: number }[] }
}

export interface ArtifactFile {
  path: string
  is_dir: boolean
  file_size?: number
}
