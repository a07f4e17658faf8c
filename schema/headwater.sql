-- What Headwater adds to MLflow's schema: indexes, each named hw_… and none that changes an MLflow
-- table. Both engines understand every statement. A new database gets them at once; one that MLflow
-- made gets them beside the running server, on PostgreSQL without blocking writers.

-- The runs of an experiment, newest first: MLflow has no index on an experiment's runs at all.
-- Runs of MLflow 1.x may have no start time; they count as started in 1970.
CREATE INDEX IF NOT EXISTS hw_runs_newest_first
    ON runs (experiment_id, lifecycle_stage, COALESCE(start_time, 0) DESC, run_uuid);

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
