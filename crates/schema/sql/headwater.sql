-- What Headwater adds to MLflow's schema: tables and indexes, each named hw_… and none that changes
-- an MLflow table. Both engines understand every statement. A new database gets all of them at once.
-- In one that MLflow made, the tables and their indexes are made before the server serves, indexes
-- on MLflow's tables beside the running server, on PostgreSQL without blocking writers.

-- The runs of an experiment, newest first: MLflow has no index on an experiment's runs at all.
-- Runs of MLflow 1.x may have no start time; they count as started in 1970.
CREATE INDEX IF NOT EXISTS hw_runs_newest_first
    ON runs (experiment_id, lifecycle_stage, COALESCE(start_time, 0) DESC, run_uuid);

-- The runs of an experiment that run, newest first: those whose changes are watched. Few at a time.
CREATE INDEX IF NOT EXISTS hw_runs_running
    ON runs (experiment_id, COALESCE(start_time, 0) DESC, run_uuid) WHERE status = 'RUNNING';

-- The runs with a metric, by its latest value: searches that filter and sort by a metric begin here.
CREATE INDEX IF NOT EXISTS hw_latest_metrics_by_value
    ON latest_metrics (key, value, run_uuid);

-- The logged models of an experiment, newest first: MLflow has no index on those either.
CREATE INDEX IF NOT EXISTS hw_logged_models_newest_first
    ON logged_models (experiment_id, creation_timestamp_ms DESC, model_id);

-- Registered models by the time of their last change: MLflow sorts them all for each page.
CREATE INDEX IF NOT EXISTS hw_registered_models_newest_first
    ON registered_models (workspace, COALESCE(last_updated_time, 0) DESC, name);

-- Model versions by the time of their last change: the order in which a search answers by default.
CREATE INDEX IF NOT EXISTS hw_model_versions_newest_first
    ON model_versions (workspace, COALESCE(last_updated_time, 0) DESC, name, version DESC);

-- The highest version at a stage: what a list of models shows of each.
CREATE INDEX IF NOT EXISTS hw_model_versions_of_stage
    ON model_versions (workspace, name, current_stage, version);

-- The model versions that a run made: what a list of runs shows of each.
CREATE INDEX IF NOT EXISTS hw_model_versions_of_run
    ON model_versions (workspace, run_id);

-- The traces of an experiment in a state, newest first, with how long they took: MLflow looks at all
-- traces of the experiment for those that failed.
CREATE INDEX IF NOT EXISTS hw_trace_info_of_state
    ON trace_info (experiment_id, status, timestamp_ms DESC, request_id, execution_time_ms);

-- The traces of an experiment, the slowest first and those that have not ended last: serves the order
-- and the question for all that took longer than something.
CREATE INDEX IF NOT EXISTS hw_trace_info_slowest_first
    ON trace_info (experiment_id, COALESCE(execution_time_ms, -9223372036854775807) DESC,
                   timestamp_ms DESC, request_id);

-- Traces with a tag or metadata of a value: MLflow looks at all that have the key. Longer values
-- than an index can hold are cut.
CREATE INDEX IF NOT EXISTS hw_trace_tags_of_value
    ON trace_tags (key, SUBSTR(value, 1, 200), request_id);

CREATE INDEX IF NOT EXISTS hw_trace_request_metadata_of_value
    ON trace_request_metadata (key, SUBSTR(value, 1, 200), request_id);

-- ---- Webhooks -----------------------------------------------------------------------------------
-- Webhooks that subscribe to events which MLflow does not know: it fails on a table that has such.
-- The columns are those of webhooks and webhook_events.

CREATE TABLE IF NOT EXISTS hw_webhooks (
    webhook_id              VARCHAR(256) NOT NULL,
    name                    VARCHAR(256) NOT NULL,
    description             VARCHAR(1000),
    url                     VARCHAR(500) NOT NULL,
    status                  VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL,
    secret                  VARCHAR(1000),
    creation_timestamp      BIGINT,
    last_updated_timestamp  BIGINT,
    deleted_timestamp       BIGINT,
    workspace               VARCHAR(63) DEFAULT 'default' NOT NULL,
    CONSTRAINT hw_webhooks_pk PRIMARY KEY (webhook_id)
);

CREATE TABLE IF NOT EXISTS hw_webhook_events (
    webhook_id  VARCHAR(256) NOT NULL,
    entity      VARCHAR(50) NOT NULL,
    action      VARCHAR(50) NOT NULL,
    CONSTRAINT hw_webhook_events_pk PRIMARY KEY (entity, action, webhook_id)
);

-- What is to be sent, and what became of it: one row for each webhook and event, whichever table
-- the webhook is in. A pending row is due at due_ms; whoever sends it moves that on first, so that
-- no other replica takes it meanwhile. All times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS hw_webhook_deliveries (
    webhook_id     VARCHAR(256) NOT NULL,
    event_id       VARCHAR(36) NOT NULL,
    entity         VARCHAR(50) NOT NULL,
    action         VARCHAR(50) NOT NULL,
    body           TEXT NOT NULL,
    state          VARCHAR(10) DEFAULT 'PENDING' NOT NULL,
    attempts       INTEGER DEFAULT 0 NOT NULL,
    created_ms     BIGINT NOT NULL,
    due_ms         BIGINT NOT NULL,
    attempted_ms   BIGINT,
    duration_ms    BIGINT,
    status_code    INTEGER,
    response       TEXT,
    error          TEXT,
    CONSTRAINT hw_webhook_deliveries_pk PRIMARY KEY (webhook_id, event_id)
);

CREATE INDEX IF NOT EXISTS hw_webhook_deliveries_due
    ON hw_webhook_deliveries (webhook_id, due_ms) WHERE state = 'PENDING';

CREATE INDEX IF NOT EXISTS hw_webhook_deliveries_newest_first
    ON hw_webhook_deliveries (webhook_id, created_ms DESC, event_id DESC);

CREATE INDEX IF NOT EXISTS hw_webhook_deliveries_oldest_first
    ON hw_webhook_deliveries (created_ms);

-- The key that webhooks' secrets are encrypted with where the environment gives none.
CREATE TABLE IF NOT EXISTS hw_keys (
    name      VARCHAR(50) NOT NULL,
    key_text  VARCHAR(100) NOT NULL,
    CONSTRAINT hw_keys_pk PRIMARY KEY (name)
);
