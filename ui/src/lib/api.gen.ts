// Made by `npm run types` of openapi.json, which the server makes of its own types.

/**
 * A number, or one of those that JSON does not know.
 *
 */
export type Double = number | ('NaN' | 'Infinity' | '-Infinity')
/**
 * How far the review of an item is.
 *
 */
export type Status = 'PENDING' | 'COMPLETE' | 'DECLINED'
/**
 * What an answer is: an opinion, or what would have been right.
 *
 */
export type SchemaType = 'FEEDBACK' | 'EXPECTATION'
export type QueueType = 'USER' | 'CUSTOM'

/**
 * The end of an upload without a file.
 *
 */
export interface AbortMultipartUpload {
  path: string
  upload_id?: string
}
export interface AccessEndpoint {
  id: string
  server_name: string
  url: string
  transport_type: string
  workspace: string
  server_version: string
  server_alias: string
  resolved_version: McpServerVersion
  created_by: string
  last_updated_by: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
}
export interface McpServerVersion {
  name: string
  version: string
  server_json: unknown
  workspace: string
  status: string
  tools: unknown[]
  aliases: string[]
  tags: {
    [k: string]: string
  }
  connect_options: unknown
  source: string
  created_by: string
  last_updated_by: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
}
/**
 * An endpoint on its own: with the tools of the version that it leads to.
 *
 */
export interface AccessEndpointWithTools {
  tools: unknown[]
  id: string
  server_name: string
  url: string
  transport_type: string
  workspace: string
  server_version: string
  server_alias: string
  resolved_version: McpServerVersion
  created_by: string
  last_updated_by: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
}
export interface Alias {
  alias: string
  version: string
}
export interface AliasByName {
  name: string
  alias: string
}
/**
 * How an answer is given: one of these.
 *
 */
export interface AnyInput {
  pass_fail?: PassFailAsRead
  categorical?: CategoricalAsRead
  numeric?: Numeric
  text?: Text
}
export interface PassFailAsRead {
  positive_label?: string
  negative_label?: string
}
export interface CategoricalAsRead {
  options?: string[]
  multi_select?: boolean
}
export interface Numeric {
  min_value?: Double
  max_value?: Double
}
export interface Text {
  /**
   * Characters.
   */
  max_length?: number
}
export interface Assessment {
  assessment_id: string
  assessment_name: string
  trace_id: string
  span_id?: string
  source: Source
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  create_time: string
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  last_update_time: string
  rationale?: string
  metadata?: {
    [k: string]: string
  }
  overrides?: string
  valid: boolean
  feedback?: Feedback
  expectation?: Expectation
  issue?: IssueReference
}
export interface Source {
  source_type: 'SOURCE_TYPE_UNSPECIFIED' | 'HUMAN' | 'LLM_JUDGE' | 'CODE'
  source_id?: string
}
export interface Feedback {
  value: unknown
  error?: AssessmentError
}
export interface AssessmentError {
  error_code: string
  error_message?: string
  stack_trace?: string
}
/**
 * An expected value; one that is no plain value is written as JSON text.
 *
 */
export interface Expectation {
  value?: unknown
  serialized_value?: SerializedValue
}
export interface SerializedValue {
  serialization_format: string
  value: string
}
export interface IssueReference {
  issue_name: string
}
export interface AssessmentErrorAsRead {
  error_code?: string
  error_message?: string
  stack_trace?: string
}
export interface AssessmentResponse {
  assessment: Assessment
}
/**
 * Compat: unlike its siblings, this route shows an empty list.
 *
 */
export interface BulkMetricsResponse {
  metrics: Metric[]
}
/**
 * A point of a metric.
 *
 */
export interface Metric {
  key: string
  value: Double
  /**
   * Milliseconds since 1970.
   */
  timestamp: number
  step: number
  model_id?: string
  dataset_name?: string
  dataset_digest?: string
  run_id?: string
}
export interface CalculateCorrelation {
  experiment_ids: string[]
  filter_string1: string
  filter_string2: string
  base_filter?: string
}
export interface Categorical {
  options?: string[]
  multi_select: boolean
}
/**
 * The end of an upload.
 *
 */
export interface CompleteMultipartUpload {
  path: string
  upload_id?: string
  /**
   * What the parts were stored as.
   */
  parts: Part[]
}
export interface Part {
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  part_number?: number
  etag?: string
}
/**
 * What a page may report: nothing.
 *
 */
export interface Configuration {
  disable_ui_telemetry: boolean
  /**
   * @maxItems 0
   */
  disable_ui_events: []
  ui_rollout_percentage: number
}
/**
 * How many traces fit what.
 *
 */
export interface CorrelationResponse {
  /**
   * Left out where it is not defined.
   */
  npmi?: number
  npmi_smoothed?: number
  filter1_count: number
  filter2_count: number
  joint_count: number
  total_count: number
}
export interface CreateAssessment {
  assessment: GivenAssessment
}
/**
 * An assessment as a caller gives it.
 *
 */
export interface GivenAssessment {
  assessment_id?: string
  assessment_name?: string
  span_id?: string
  source?: GivenSource
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  create_time?: string
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  last_update_time?: string
  feedback?: GivenFeedback
  expectation?: GivenExpectation
  issue?: IssueReferenceAsRead
  rationale?: string
  metadata?: {
    [k: string]: string
  }
  overrides?: string
}
export interface GivenSource {
  source_type?: 'SOURCE_TYPE_UNSPECIFIED' | 'HUMAN' | 'LLM_JUDGE' | 'CODE'
  source_id?: string
}
export interface GivenFeedback {
  value?: {
    [k: string]: unknown
  }
  error?: AssessmentErrorAsRead
}
export interface GivenExpectation {
  value?: {
    [k: string]: unknown
  }
  serialized_value?: SerializedValueAsRead
}
export interface SerializedValueAsRead {
  serialization_format?: string
  value?: string
}
export interface IssueReferenceAsRead {
  issue_name?: string
}
export interface CreateDataset {
  name: string
  experiment_ids?: string[]
  tags?: string
}
export interface CreateExperiment {
  name: string
  artifact_location?: string
  tags?: KeyValueAsRead[]
}
/**
 * A tag or a param.
 *
 */
export interface KeyValueAsRead {
  key?: string
  value?: string
}
export interface CreateExperimentResponse {
  experiment_id: string
}
export interface CreateIssue {
  experiment_id: string
  name: string
  description: string
  status?: string
  severity?: string
  root_causes?: string[]
  source_run_id?: string
  created_by?: string
  categories?: string[]
  /**
   * `iss-` and up to 32 letters, digits, `_` and `-`, so that a client can send the request again.
   */
  issue_id?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  last_seen_timestamp?: number
  metadata?: {
    [k: string]: string
  }
}
export interface CreateLabelSchema {
  experiment_id: string
  name: string
  type?: 'FEEDBACK' | 'EXPECTATION'
  input?: AnyInput
  instruction?: string
  enable_comment?: boolean
}
export interface CreateLoggedModel {
  experiment_id: string
  name?: string
  model_type?: string
  source_run_id?: string
  params?: KeyValueAsRead[]
  tags?: KeyValueAsRead[]
}
export interface CreateModelVersion {
  name: string
  source: string
  run_id?: string
  tags?: KeyValueAsRead[]
  run_link?: string
  description?: string
  model_id?: string
}
/**
 * The start of an upload.
 *
 */
export interface CreateMultipartUpload {
  /**
   * The file as the client has it, of which the last name counts; the URL names the folder.
   */
  path: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  num_parts?: number
}
/**
 * Where a file of a run is to be fetched.
 *
 */
export interface CreatePresignedDownloadUrl {
  run_id: string
  path: string
  /**
   * Seconds.
   */
  expiration?: number
}
/**
 * Where a file of a run, or of a logged model, is to be sent.
 *
 */
export interface CreatePresignedUploadUrl {
  run_id?: string
  model_id?: string
  path: string
  /**
   * Seconds.
   */
  expiration?: number
}
export interface CreatePromptlabRun {
  /**
   * A text, or a number.
   */
  experiment_id?: {
    [k: string]: unknown
  }
  run_name?: string
  tags?: KeyValueAsRead[]
  prompt_template?: string
  prompt_parameters?: FreeParam[]
  model_route?: string
  model_parameters?: FreeParam[]
  /**
   * The prompt as it was sent, with the parameters filled in.
   */
  model_input?: string
  /**
   * The answer.
   */
  model_output?: {
    [k: string]: unknown
  }
  model_output_parameters?: FreeParam[]
  /**
   * Of the web page. It must be there, and nothing is made of it.
   */
  mlflow_version?: string
  user_id?: string
  /**
   * Milliseconds since 1970; now, if it is missing.
   */
  start_time?: number
}
/**
 * A param whose value may be anything: it is kept as a text.
 *
 */
export interface FreeParam {
  key?: string
  value?: {
    [k: string]: unknown
  }
}
export interface CreateQueue {
  experiment_id: string
  name: string
  queue_type?: 'USER' | 'CUSTOM'
  users?: string[]
  schema_ids?: string[]
}
export interface CreateRegisteredModel {
  name: string
  tags?: KeyValueAsRead[]
  description?: string
}
export interface CreateRun {
  experiment_id?: string
  user_id?: string
  run_name?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  start_time?: number
  tags?: KeyValueAsRead[]
}
export interface CreateWebhook {
  name: string
  description?: string
  url: string
  events: GivenEvent[]
  secret?: string
  status?: 'ACTIVE' | 'DISABLED'
}
/**
 * An event as a caller names it.
 *
 */
export interface GivenEvent {
  entity?:
    | 'REGISTERED_MODEL'
    | 'MODEL_VERSION'
    | 'MODEL_VERSION_TAG'
    | 'MODEL_VERSION_ALIAS'
    | 'PROMPT'
    | 'PROMPT_VERSION'
    | 'PROMPT_TAG'
    | 'PROMPT_VERSION_TAG'
    | 'PROMPT_ALIAS'
    | 'BUDGET_POLICY'
    | 'RUN'
    | 'TRACE'
    | 'ASSESSMENT'
  action?: 'CREATED' | 'UPDATED' | 'DELETED' | 'SET' | 'EXCEEDED' | 'FINISHED' | 'RESTORED'
}
export interface Credential {
  url: string
  part_number: number
}
export interface DataPoint {
  metric_name: string
  /**
   * Texts by the dimension that they are of.
   */
  dimensions?: {
    [k: string]: unknown
  }
  /**
   * Numbers by the aggregation that made them.
   */
  values: {
    [k: string]: unknown
  }
}
/**
 * A data set as a run saw it.
 *
 */
export interface Dataset {
  name: string
  digest: string
  source_type: string
  source: string
  schema?: string
  profile?: string
}
/**
 * A data set that metrics must have been logged on.
 *
 */
export interface DatasetFilter {
  dataset_name?: string
  dataset_digest?: string
}
export interface DatasetInput {
  /**
   * What the run used it for: `mlflow.data.context`, among others.
   */
  tags?: KeyValue[]
  dataset: Dataset
}
/**
 * A tag or a param.
 *
 */
export interface KeyValue {
  key: string
  value: string
}
export interface DatasetResponse {
  dataset: EvaluationDataset
}
export interface EvaluationDataset {
  dataset_id: string
  name: string
  tags: string
  schema?: string
  profile?: string
  digest: string
  /**
   * Milliseconds since 1970.
   */
  created_time: number
  /**
   * Milliseconds since 1970.
   */
  last_update_time: number
  created_by?: string
  last_updated_by?: string
  /**
   * Compat: only told by the call that made the data set.
   */
  experiment_ids?: string[]
}
/**
 * A data set in one of the contexts that runs used it in.
 *
 */
export interface DatasetSummary {
  experiment_id: string
  name: string
  digest: string
  context?: string
}
export interface Delete {
  [k: string]: unknown
}
export interface DeleteRecords {
  dataset_record_ids?: string[]
}
export interface DeleteRecordsResponse {
  deleted_count: number
}
export interface DeleteTraces {
  experiment_id: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_timestamp_millis?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_traces?: number
  request_ids?: string[]
}
export interface DeleteTracesResponse {
  traces_deleted: number
}
export interface Deleted {
  status: string
  features_deleted: string[]
}
export interface DeliveriesResponse {
  deliveries?: Delivery[]
  next_page_token?: string
}
/**
 * All times are milliseconds since 1970.
 *
 */
export interface Delivery {
  /**
   * The id under which the receiver hears of the event, however often it is sent.
   */
  event_id: string
  /**
   * As the webhook's events name them: `PROMPT_VERSION`, `CREATED`.
   */
  entity: string
  action: string
  state: string
  /**
   * How often it was sent since it was made, or since it was last asked for again.
   */
  attempts: number
  creation_timestamp: number
  last_attempt_timestamp?: number
  /**
   * Of one that is pending.
   */
  next_attempt_timestamp?: number
  duration_ms?: number
  response_status?: number
  error_message?: string
  /**
   * What is sent. Not in lists.
   */
  payload?: string
  /**
   * The beginning of the answer. Not in lists.
   */
  response_body?: string
}
export interface DeliveryResponse {
  delivery: Delivery
}
export interface EndTrace {
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  timestamp_ms?: number
  status?: 'TRACE_STATUS_UNSPECIFIED' | 'OK' | 'ERROR' | 'IN_PROGRESS'
  request_metadata?: KeyValueAsRead[]
  tags?: KeyValueAsRead[]
}
export interface Event {
  entity: string
  action: string
}
export interface Experiment {
  experiment_id: string
  name: string
  artifact_location: string
  lifecycle_stage: 'active' | 'deleted'
  last_update_time?: number
  creation_time?: number
  tags?: KeyValue[]
  workspace: string
  /**
   * How long traces stay in the database, such as `30d`, where they are archived.
   */
  effective_trace_archival_retention?: string
}
/**
 * The requests that name one experiment and nothing else.
 *
 */
export interface ExperimentById {
  experiment_id: string
}
export interface ExperimentIds {
  experiment_ids?: string[]
}
export interface ExperimentLocation {
  experiment_id: string
}
/**
 * Experiments to link a data set with, or to unlink it from.
 *
 */
export interface Experiments {
  experiment_ids?: string[]
}
export interface Features {
  gateway: boolean
  scheduled_issue_detection: boolean
}
/**
 * One file or folder.
 *
 */
export interface FileInfo {
  path: string
  is_dir: boolean
  /**
   * Bytes. Compat: MLflow leaves it out for folders and for empty files.
   */
  file_size?: number
}
export interface FinalizeLoggedModel {
  model_id: string
  status:
    | 'LOGGED_MODEL_STATUS_UNSPECIFIED'
    | 'LOGGED_MODEL_PENDING'
    | 'LOGGED_MODEL_READY'
    | 'LOGGED_MODEL_UPLOAD_FAILED'
}
export interface FullTrace {
  trace_info: TraceInfo
  /**
   * Spans as protobuf's JSON mapping writes OpenTelemetry's.
   */
  spans?: {
    [k: string]: unknown
  }
}
export interface TraceInfo {
  trace_id: string
  client_request_id?: string
  trace_location: TraceLocation
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  request_time: string
  /**
   * Milliseconds, written as `1.500s`.
   */
  execution_duration?: string
  state: 'OK' | 'ERROR' | 'IN_PROGRESS' | 'STATE_UNSPECIFIED'
  /**
   * Pairs that version 3 writes as an object.
   */
  trace_metadata?: {
    [k: string]: string
  }
  assessments?: Assessment[]
  /**
   * Pairs that version 3 writes as an object.
   */
  tags?: {
    [k: string]: string
  }
  request_preview?: string
  response_preview?: string
}
export interface TraceLocation {
  type: string
  mlflow_experiment: ExperimentLocation
}
export interface FullTraceResponse {
  trace: FullTrace
}
export interface FullTracesResponse {
  traces?: FullTrace[]
}
export interface Generate {
  /**
   * The parts to make; all of them if there are none.
   */
  features?: string[]
}
export interface Generated {
  status: string
  experiment_id: string
  features_generated: string[]
  navigation_url: string
}
/**
 * Asks where the artifacts of a version are. MLflow checks it less than the others.
 *
 */
export interface GetDownloadUri {
  name?: string
  version?: string
}
export interface GetDownloadUriResponse {
  artifact_uri: string
}
export interface GetExperimentByName {
  experiment_name: string
}
export interface GetExperimentResponse {
  experiment: Experiment
}
export interface GetLatestVersions {
  name: string
  stages?: string[]
}
export interface GetLatestVersionsResponse {
  model_versions?: ModelVersion[]
}
export interface ModelVersion {
  name: string
  version: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp?: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp?: number
  user_id?: string
  current_stage?: string
  description?: string
  source?: string
  run_id?: string
  status?: string
  status_message?: string
  tags?: KeyValue[]
  run_link?: string
  /**
   * Compat: searches, and the latest versions in a model, leave them out.
   */
  aliases?: string[]
}
export interface GetLoggedModel {
  /**
   * Compat: MLflow reads it from the query as a text, in which all but `true` is false.
   */
  allow_deleted?: string
}
export interface GetMetricHistory {
  run_id: string
  run_uuid?: string
  metric_key: string
  page_token?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
}
export interface GetMetricHistoryBulk {
  run_id?: string[]
  metric_key?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
}
export interface GetMetricHistoryBulkInterval {
  run_ids: string[]
  metric_key: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  start_step?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  end_step?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
}
export interface GetTrace {
  trace_id: string
  allow_partial?: boolean
}
export interface GivenAggregation {
  aggregation_type?: 'COUNT' | 'SUM' | 'AVG' | 'PERCENTILE' | 'MIN' | 'MAX'
  percentile_value?: Double
}
/**
 * How an answer is given.
 *
 */
export interface Input {
  pass_fail?: PassFail
  categorical?: Categorical
  numeric?: Numeric
  text?: Text
}
export interface PassFail {
  positive_label: string
  negative_label: string
}
export interface Issue {
  issue_id: string
  experiment_id: string
  name: string
  description: string
  status: string
  severity?: string
  root_causes?: string[]
  source_run_id?: string
  /**
   * Milliseconds since 1970.
   */
  created_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
  created_by?: string
  categories?: string[]
  /**
   * How many traces it is linked with, if that was asked for.
   */
  trace_count?: number
  /**
   * When it was last seen in a trace, in milliseconds since 1970.
   */
  last_seen_timestamp: number
  last_updated_by?: string
  metadata?: {
    [k: string]: string
  }
}
export interface IssueResponse {
  issue: Issue
}
export interface ItemResponse {
  item: QueueItem
}
export interface QueueItem {
  queue_id: string
  /**
   * Only traces are reviewed so far.
   */
  item_type: string
  item_id: string
  status: Status
  completed_by?: string
  completed_time_ms?: number
  creation_time_ms: number
  last_update_time_ms: number
}
/**
 * Items to add to a queue, or to remove from it.
 *
 */
export interface Items {
  queue_id: string
  item_ids?: string[]
}
export interface ItemsResponse {
  items?: QueueItem[]
}
export interface LabelSchema {
  schema_id: string
  experiment_id: string
  name: string
  type: SchemaType
  instruction?: string
  enable_comment: boolean
  input: Input
  created_by?: string
  /**
   * Milliseconds since 1970.
   */
  created_at: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_at: number
  is_default: boolean
}
export interface LabelSchemaResponse {
  label_schema: LabelSchema
}
export interface LinkPrompts {
  trace_id: string
  prompt_versions: PromptVersion[]
}
export interface PromptVersion {
  name?: string
  version?: string
}
export interface LinkTracesToRun {
  trace_ids: string[]
  run_id: string
}
/**
 * Asks for a listing. Compat: MLflow takes a `page_token` and never gives one out.
 *
 */
export interface ListArtifacts {
  run_id: string
  run_uuid?: string
  path?: string
}
export interface ListDeliveries {
  /**
   * Only those in this state.
   */
  state?: 'PENDING' | 'DELIVERED' | 'FAILED'
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
}
export interface ListItems {
  queue_id: string
  status?: 'PENDING' | 'COMPLETE' | 'DECLINED'
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
}
export interface ListItemsResponse {
  items?: QueueItem[]
  next_page_token: string
}
export interface ListLabelSchemas {
  experiment_id: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
}
export interface ListLabelSchemasResponse {
  label_schemas?: LabelSchema[]
  next_page_token: string
}
/**
 * Asks for a listing. Compat: MLflow takes a `page_token` and never gives one out.
 *
 */
export interface ListLoggedModelArtifacts {
  artifact_directory_path?: string
}
export interface ListOnlineConfigs {
  scorer_ids: string[]
}
export interface ListOnlineConfigsResponse {
  configs: OnlineConfig[]
}
/**
 * How a scorer is applied to traces as they come.
 *
 */
export interface OnlineConfig {
  online_scoring_config_id: string
  scorer_id: string
  /**
   * From 0 (off) to 1 (every trace).
   */
  sample_rate: number
  experiment_id: string
  /**
   * Compat: an empty one is kept apart from none.
   */
  filter_string?: string
}
export interface ListQueues {
  experiment_id: string
  user?: string
  item_id?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
}
export interface ListQueuesResponse {
  review_queues?: ReviewQueue[]
  next_page_token: string
}
export interface ReviewQueue {
  queue_id: string
  experiment_id: string
  name: string
  queue_type: QueueType
  created_by?: string
  creation_time_ms: number
  last_update_time_ms: number
  users?: string[]
  schema_ids?: string[]
}
export interface ListRecords {
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
}
export interface ListRecordsResponse {
  records: string
  next_page_token?: string
}
export interface ListScorers {
  experiment_id?: string
  experiment_ids?: string[]
}
export interface ListScorersResponse {
  scorers?: Scorer[]
}
/**
 * A version of a scorer.
 *
 */
export interface Scorer {
  /**
   * Compat: a number here, unlike everywhere else.
   */
  experiment_id: number
  scorer_name: string
  scorer_version: number
  serialized_scorer: string
  /**
   * Milliseconds since 1970.
   */
  creation_time: number
  scorer_id: string
}
export interface ListWebhooks {
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
  /**
   * Headwater's own: whether events that MLflow does not know are named too. MLflow's clients
   * fail on a list that has one.
   */
  include_own_events?: boolean
}
/**
 * The answer to a listing.
 *
 */
export interface Listing {
  /**
   * The location of the run or model as it is stored; the proxy has none.
   */
  root_uri?: string
  files?: FileInfo[]
}
/**
 * A place of traces. Only experiments are known here; others are empty.
 *
 */
export interface Location {
  mlflow_experiment?: SearchedExperiment
}
export interface SearchedExperiment {
  experiment_id?: string
}
export interface LogBatch {
  run_id: string
  metrics?: LoggedMetric[]
  params?: OptionalKeyValue[]
  tags?: OptionalKeyValue[]
}
/**
 * A point that is to be logged. What is required may still be missing, so that the complaint can
 * name its place.
 *
 */
export interface LoggedMetric {
  key?: string
  value?: Double
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  timestamp?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  step?: number
  model_id?: string
  dataset_name?: string
  dataset_digest?: string
}
/**
 * A pair whose key may be missing, so that the complaint can name its place.
 *
 */
export interface OptionalKeyValue {
  key?: string
  value?: string
}
/**
 * `runs/log-inputs`.
 *
 */
export interface LogInputs {
  run_id: string
  run_uuid?: string
  datasets?: LoggedDatasetInput[]
  models?: LoggedModelInput[]
}
export interface LoggedDatasetInput {
  tags?: KeyValueAsRead[]
  dataset?: LoggedDataset
}
/**
 * A data set in a request. What is missing counts as empty.
 *
 */
export interface LoggedDataset {
  name?: string
  digest?: string
  source_type?: string
  source?: string
  schema?: string
  profile?: string
}
export interface LoggedModelInput {
  model_id?: string
}
export interface LogLoggedModelParams {
  model_id: string
  params?: KeyValueAsRead[]
}
/**
 * `runs/log-metric`.
 *
 */
export interface LogMetric {
  run_id: string
  run_uuid?: string
  key: string
  value: Double
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  timestamp: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  step?: number
  model_id?: string
  dataset_name?: string
  dataset_digest?: string
}
/**
 * `runs/log-model`.
 *
 */
export interface LogModel {
  run_id: string
  run_uuid?: string
  /**
   * A JSON object in a text.
   */
  model_json: string
}
/**
 * `runs/outputs`.
 *
 */
export interface LogOutputs {
  run_id: string
  run_uuid?: string
  models: LoggedModelOutput[]
}
export interface LoggedModelOutput {
  model_id?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  step?: number
}
export interface LoggedModel {
  info: LoggedModelInfo
  data: LoggedModelData
}
export interface LoggedModelInfo {
  model_id: string
  experiment_id: string
  name: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp_ms: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp_ms: number
  artifact_uri: string
  status:
    | 'LOGGED_MODEL_STATUS_UNSPECIFIED'
    | 'LOGGED_MODEL_PENDING'
    | 'LOGGED_MODEL_READY'
    | 'LOGGED_MODEL_UPLOAD_FAILED'
  model_type?: string
  source_run_id?: string
  status_message?: string
  tags?: KeyValue[]
}
export interface LoggedModelData {
  params?: KeyValue[]
  metrics?: Metric[]
}
export interface LoggedModelResponse {
  model: LoggedModel
}
export interface McpServer {
  name: string
  display_name: string
  /**
   * Its own, or else its latest version's.
   */
  description: string
  icons: unknown[]
  workspace: string
  /**
   * Of its latest version.
   */
  status: string
  access_endpoints: AccessEndpoint[]
  latest_version: string
  aliases: Alias[]
  tags: {
    [k: string]: string
  }
  created_by: string
  last_updated_by: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
}
export interface MetricsResponse {
  metrics?: Metric[]
}
export interface ModelInput {
  model_id: string
}
export interface ModelOutput {
  model_id: string
  step: number
}
/**
 * The requests that name one version and nothing else.
 *
 */
export interface ModelVersionByNumber {
  name: string
  version: string
}
export interface ModelVersionResponse {
  model_version: ModelVersion
}
export interface ModelVersionTag {
  name: string
  version: string
  key: string
  value?: string
}
/**
 * Where the parts are to be sent.
 *
 */
export interface MultipartUpload {
  upload_id: string
  credentials: Credential[]
}
/**
 * A trace as its client describes it.
 *
 */
export interface NewTrace {
  trace_id?: string
  client_request_id?: string
  trace_location?: NewTraceLocationAsRead
  request_preview?: string
  response_preview?: string
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  request_time?: string
  /**
   * Milliseconds, written as `1.500s`.
   */
  execution_duration?: string
  state?: 'STATE_UNSPECIFIED' | 'OK' | 'ERROR' | 'IN_PROGRESS'
  trace_metadata?: {
    [k: string]: string
  }
  tags?: {
    [k: string]: string
  }
  assessments?: GivenAssessment[]
}
export interface NewTraceLocationAsRead {
  type?: string
  mlflow_experiment?: NewTraceExperimentAsRead
}
export interface NewTraceExperimentAsRead {
  experiment_id?: string
}
export interface NewTraceExperiment {
  experiment_id: string
}
/**
 * A trace as it is stored.
 *
 */
export interface NewTraceInfo {
  trace_id: string
  client_request_id?: string
  trace_location: NewTraceLocation
  request_preview?: string
  response_preview?: string
  /**
   * Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
   */
  request_time: string
  /**
   * Milliseconds, written as `1.500s`.
   */
  execution_duration?: string
  state: string
  trace_metadata?: {
    [k: string]: string
  }
  tags?: {
    [k: string]: string
  }
  assessments?: Assessment[]
}
export interface NewTraceLocation {
  type: string
  mlflow_experiment: NewTraceExperiment
}
/**
 * A request with nothing in it but its path.
 *
 */
export interface Nothing {
  [k: string]: unknown
}
export interface OrderBy {
  field_name?: string
  /**
   * Yes, if nothing is said.
   */
  ascending?: boolean
  dataset_name?: string
  dataset_digest?: string
}
/**
 * Where a file is to be fetched.
 *
 */
export interface PresignedDownload {
  url: string
  headers: {
    [k: string]: string
  }
  /**
   * In bytes. Compat: without it, clients before MLflow 3.18 take the plain route.
   */
  file_size?: number
}
/**
 * Where the file is to be sent or fetched, and the headers that must go with the request.
 *
 */
export interface PresignedUrl {
  presigned_url: string
  headers?: {
    [k: string]: string
  }
  file_size?: number
}
/**
 * The query of the three searches.
 *
 */
export interface Query {
  filter_string?: string
  max_results?: string
  order_by?: string[]
  page_token?: string
  /**
   * Of endpoints only.
   */
  server_version?: string
  /**
   * Of endpoints only.
   */
  server_alias?: string
}
export interface QueryTraceMetrics {
  experiment_ids: string[]
  view_type: 'TRACES' | 'SPANS' | 'ASSESSMENTS'
  metric_name: string
  aggregations: GivenAggregation[]
  dimensions?: string[]
  filters?: string[]
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  time_interval_seconds?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  start_time_ms?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  end_time_ms?: number
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
}
export interface QueryTraceMetricsResponse {
  data_points?: DataPoint[]
}
/**
 * The requests that name one queue by its id.
 *
 */
export interface QueueById {
  queue_id: string
}
export interface QueueByName {
  experiment_id: string
  name: string
}
export interface QueueResponse {
  review_queue: ReviewQueue
}
export interface Readiness {
  status: string
  database: string
  schema: string
}
export interface Received {
  status: string
}
export interface RegisterScorer {
  experiment_id: string
  name: string
  serialized_scorer: string
}
export interface RegisterScorerResponse {
  version: number
  scorer_id: string
  experiment_id: string
  name: string
  serialized_scorer: string
  /**
   * Milliseconds since 1970.
   */
  creation_time: number
}
export interface RegisteredModel {
  name: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp?: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp?: number
  /**
   * Compat: an empty one is left out.
   */
  description?: string
  /**
   * The highest version of each stage, without their aliases.
   */
  latest_versions?: ModelVersion[]
  tags?: KeyValue[]
  aliases?: Alias[]
}
/**
 * The requests that name one model and nothing else.
 *
 */
export interface RegisteredModelByName {
  name: string
}
export interface RegisteredModelResponse {
  registered_model: RegisteredModel
}
export interface RegisteredModelTag {
  name: string
  key: string
  value?: string
}
export interface RenameRegisteredModel {
  name: string
  new_name: string
}
export interface Request {
  query: string
  variables?: {
    [k: string]: unknown
  }
  operationName?: string
}
export interface Run {
  info: RunInfo
  data: RunData
  inputs: RunInputs
  outputs?: RunOutputs
}
export interface RunInfo {
  /**
   * Compat: the id's old name, which old clients still read.
   */
  run_uuid: string
  experiment_id: string
  run_name?: string
  user_id: string
  status: 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'
  start_time: number
  end_time?: number
  artifact_uri?: string
  lifecycle_stage: 'active' | 'deleted'
  run_id: string
}
/**
 * What a run logged: the latest value of each metric, params and tags.
 *
 */
export interface RunData {
  metrics?: Metric[]
  params?: KeyValue[]
  tags?: KeyValue[]
}
export interface RunInputs {
  dataset_inputs?: DatasetInput[]
  model_inputs?: ModelInput[]
}
export interface RunOutputs {
  model_outputs?: ModelOutput[]
}
/**
 * The requests that name one run and nothing else.
 *
 */
export interface RunById {
  run_id: string
  run_uuid?: string
}
/**
 * `runs/set-tag`, `runs/delete-tag` and `runs/log-parameter`.
 *
 */
export interface RunKeyValue {
  run_id: string
  run_uuid?: string
  key: string
  value?: string
}
export interface RunResponse {
  run: Run
}
/**
 * The requests that name one schema by its id.
 *
 */
export interface SchemaById {
  schema_id: string
}
export interface SchemaByName {
  experiment_id: string
  name: string
}
/**
 * The requests that name a scorer, and perhaps one of its versions.
 *
 */
export interface ScorerByName {
  experiment_id: string
  name: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  version?: number
}
export interface ScorerResponse {
  scorer: Scorer
}
/**
 * `experiments/search-datasets`.
 *
 */
export interface SearchDatasets {
  experiment_ids?: string[]
}
export interface SearchDatasetsResponse {
  dataset_summaries?: DatasetSummary[]
}
export interface SearchEndpointsResponse {
  mcp_access_endpoints: AccessEndpointWithTools[]
  next_page_token: string
}
export interface SearchEvaluationDatasets {
  experiment_ids?: string[]
  filter_string?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchEvaluationDatasetsResponse {
  datasets?: EvaluationDataset[]
  next_page_token?: string
}
export interface SearchExperiments {
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
  filter?: string
  order_by?: string[]
  view_type?: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
}
export interface SearchExperimentsResponse {
  experiments?: Experiment[]
  next_page_token?: string
}
export interface SearchIssues {
  experiment_id?: string
  filter_string?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  page_token?: string
  include_trace_count?: boolean
  /**
   * Part of the name, in any case.
   */
  name?: string
  statuses?: string[]
  severities?: string[]
  /**
   * Any of these, in any case.
   */
  categories?: string[]
  order_by?: string[]
  include_total_count?: boolean
  /**
   * `basic` leaves out the description, root causes and metadata; `full` does not.
   */
  view?: string
}
export interface SearchIssuesResponse {
  issues?: Issue[]
  next_page_token: string
  /**
   * How many there are on all pages, if that was asked for.
   */
  total_count?: number
}
export interface SearchLoggedModels {
  /**
   * A list of texts that is refused as a whole: the complaint shows the list, not the item.
   */
  experiment_ids: string[]
  filter?: string
  datasets?: DatasetFilter[]
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: OrderBy[]
  page_token?: string
}
export interface SearchLoggedModelsResponse {
  models?: LoggedModel[]
  next_page_token?: string
}
export interface SearchModelVersions {
  filter?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchModelVersionsResponse {
  model_versions?: ModelVersion[]
  next_page_token?: string
}
export interface SearchRegisteredModels {
  filter?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchRegisteredModelsResponse {
  registered_models?: RegisteredModel[]
  next_page_token?: string
}
export interface SearchRuns {
  experiment_ids?: string[]
  filter?: string
  run_view_type?: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchRunsResponse {
  runs?: Run[]
  next_page_token?: string
}
export interface SearchServersResponse {
  mcp_servers: McpServer[]
  next_page_token: string
}
export interface SearchTraces {
  locations: Location[]
  filter?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchTracesResponse {
  traces?: TraceInfo[]
  next_page_token?: string
}
export interface SearchTracesV2 {
  experiment_ids: string[]
  filter?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  max_results?: number
  order_by?: string[]
  page_token?: string
}
export interface SearchTracesV2Response {
  traces?: TraceInfoV2[]
  next_page_token?: string
}
/**
 * Version 2's spelling.
 *
 */
export interface TraceInfoV2 {
  request_id: string
  experiment_id: string
  timestamp_ms: number
  /**
   * 0 while the trace goes on.
   */
  execution_time_ms: number
  status: string
  request_metadata?: KeyValue[]
  tags?: KeyValue[]
}
export interface SearchVersionsResponse {
  mcp_server_versions: McpServerVersion[]
  next_page_token: string
}
/**
 * What clients ask before they log in: no secret, no address, nothing of any user.
 *
 */
export interface ServerInfo {
  /**
   * None if the server only serves artifacts.
   */
  store_type: string
  workspaces_enabled: boolean
  trace_archival_enabled: boolean
  multipart_uploads_enabled: boolean
  multipart_downloads_enabled: boolean
  artifact_serving_enabled: boolean
  /**
   * How large the content of a skill may be when it is unpacked, in bytes.
   */
  skill_content_max_size: number
  /**
   * How many files the content of a skill may have.
   */
  skill_content_max_files: number
  presigned_upload_run_id_supported: boolean
  presigned_upload_model_id_supported: boolean
  model_artifact_presigned_downloads_supported: boolean
  features_enabled: Features
  /**
   * How clients log in, if the operator says so.
   */
  tracking_auth: string
  artifacts_presigned_only: boolean
}
export interface SetAlias {
  name: string
  alias: string
  version: string
}
export interface SetExperimentTag {
  experiment_id: string
  key: string
  value?: string
}
export interface SetLoggedModelTags {
  tags?: KeyValueAsRead[]
}
export interface SetStatus {
  queue_id: string
  item_id: string
  status?: 'PENDING' | 'COMPLETE' | 'DECLINED'
  completed_by?: string
}
export interface SetTags {
  /**
   * A JSON map.
   */
  tags: string
}
export interface StartTrace {
  trace: TraceToStart
}
export interface TraceToStart {
  trace_info?: NewTrace
}
export interface StartTraceResponse {
  trace: StartedTrace
}
export interface StartedTrace {
  trace_info: NewTraceInfo
}
export interface StartTraceV2 {
  experiment_id?: string
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  timestamp_ms?: number
  request_metadata?: KeyValueAsRead[]
  tags?: KeyValueAsRead[]
}
export interface StartedTraceInfoV2 {
  request_id: string
  experiment_id: string
  timestamp_ms: number
  execution_time_ms: number
  status: string
  request_metadata?: KeyValue[]
  tags: KeyValue[]
}
export interface StartedTraceResponseV2 {
  trace_info: StartedTraceInfoV2
}
export interface TestResponse {
  result: TestResult
}
export interface TestResult {
  success: boolean
  response_status?: number
  response_body?: string
  error_message?: string
}
export interface TestWebhook {
  event?: GivenEvent
}
export interface Trace {
  trace_info: TraceInfo
}
export interface TraceInfoV2Response {
  trace_info: TraceInfoV2
}
export interface TraceInfosResponse {
  trace_infos?: TraceInfo[]
}
export interface TraceResponse {
  trace: Trace
}
export interface TraceTag {
  key: string
  value?: string
}
export interface TracesById {
  trace_ids: string[]
  experiment_ids?: string[]
}
export interface TransitionStage {
  name: string
  version: string
  stage: string
  archive_existing_versions?: boolean
}
export interface UpdateAssessment {
  assessment: GivenAssessment
  /**
   * Names of fields, in protobuf's second spelling, between commas.
   */
  update_mask: string
}
export interface UpdateExperiment {
  experiment_id: string
  new_name: string
}
export interface UpdateIssue {
  issue_id: string
  name?: string
  description?: string
  status?: string
  severity?: string
  /**
   * An empty list takes all away; none leaves them.
   */
  categories?: string[]
  /**
   * It never moves backwards.
   */
  last_seen_timestamp?: number
  last_updated_by?: string
  /**
   * Added to what there is.
   */
  metadata?: {
    [k: string]: string
  }
  delete_metadata_keys?: string[]
}
export interface UpdateLabelSchema {
  schema_id: string
  name?: string
  instruction?: string
  enable_comment?: boolean
  input?: AnyInput
}
export interface UpdateModelVersion {
  name: string
  version: string
  description?: string
}
export interface UpdateQueue {
  queue_id: string
  /**
   * Whether `users` replaces the users.
   */
  update_users?: boolean
  users?: string[]
  /**
   * Whether `schema_ids` replaces the questions.
   */
  update_schema_ids?: boolean
  schema_ids?: string[]
  name?: string
  new_owner?: string
}
export interface UpdateRegisteredModel {
  name: string
  description?: string
}
export interface UpdateRun {
  run_id: string
  run_uuid?: string
  status?: 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'
  /**
   * A 64-bit integer: read from a number, an integral float or a string of either.
   */
  end_time?: number
  run_name?: string
}
export interface UpdateRunResponse {
  run_info: RunInfo
}
export interface UpdateWebhook {
  name?: string
  description?: string
  url?: string
  events?: GivenEvent[]
  secret?: string
  status?: 'ACTIVE' | 'DISABLED'
}
export interface UpsertOnlineConfig {
  experiment_id: string
  name: string
  /**
   * A number, or a text that is one.
   */
  sample_rate: {
    [k: string]: unknown
  }
  filter_string?: {
    [k: string]: unknown
  }
}
export interface UpsertOnlineConfigResponse {
  config: OnlineConfig
}
export interface UpsertRecords {
  /**
   * A JSON list.
   */
  records: string
}
export interface UpsertRecordsResponse {
  inserted_count: number
  updated_count: number
}
export interface UserQueue {
  experiment_id: string
  user: string
}
/**
 * `runs/watch`.
 *
 */
export interface WatchRuns {
  experiment_id: string
}
/**
 * A webhook without its secret, which nobody is ever shown.
 *
 */
export interface Webhook {
  webhook_id: string
  name: string
  description?: string
  url: string
  events: Event[]
  status: string
  /**
   * Milliseconds since 1970.
   */
  creation_timestamp: number
  /**
   * Milliseconds since 1970.
   */
  last_updated_timestamp: number
}
export interface WebhookResponse {
  webhook: Webhook
}
export interface WebhooksResponse {
  webhooks?: Webhook[]
  next_page_token?: string
}
/**
 * Why a call was refused, or failed.
 *
 */
export interface Error {
  error_code: string
  message: string
}
