# What MLflow's R package sends, by the packages it sends it with: httr and jsonlite (r-cran-httr of Debian).
# Every value is made text by as.character before it becomes JSON, which for numbers may mean "1e+05". A tracking URI that
# ends in a slash keeps it. Fields without a value are left out.
library(httr)

host <- paste0(commandArgs(trailingOnly = TRUE)[1], "/")
agent <- add_headers(`User-Agent` = "mlflow-r-client/3.17.2")
as_text <- function(data) rapply(data, as.character, how = "replace")
ask <- function(path, query) {
  invisible(GET(file.path(host, "api/2.0/mlflow", path), query = query, timeout(60), agent))
}
send <- function(path, data, verb = POST) {
  invisible(verb(file.path(host, "api/2.0/mlflow", path), body = as_text(data), encode = "json", timeout(60), agent))
}
metric <- function(key, value, step = 0, timestamp = 1764561234567) {
  data <- list(run_uuid = "RUN_ID", run_id = "RUN_ID", key = key, value = value, timestamp = timestamp, step = step)
  send("runs/log-metric", data)
}

send("experiments/create", list(name = "NAME", artifact_location = NULL, tags = NULL))
ask("experiments/get", list(experiment_id = "EXPERIMENT_ID"))
ask("experiments/get-by-name", list(experiment_name = "NAME"))
send("experiments/set-experiment-tag", list(experiment_id = "EXPERIMENT_ID", key = "owner", value = "Zoë"))
send("runs/create", list(
  experiment_id = "EXPERIMENT_ID", user_id = "zoe", start_time = 1764561230000,
  tags = list(list(key = "mlflow.user", value = "zoe"), list(key = "mlflow.source.type", value = "LOCAL"))
))
ask("runs/get", list(run_uuid = "RUN_ID", run_id = "RUN_ID"))
metric("loss", as.character(1 / 3))
metric("loss", as.character(1e-05), step = 1e5)
metric("loss", as.character(0.25), step = 2e5, timestamp = 1.7e12)
metric("count", as.character(123456), step = 123456)
metric("large", as.character(1e15))
metric("worst", "Infinity")
metric("best", "-Infinity")
metric("unknown", as.character(NaN))
parameter <- function(key, value) {
  send("runs/log-parameter", list(run_uuid = "RUN_ID", run_id = "RUN_ID", key = key, value = value))
}
parameter("rate", as.character(0.0001))
parameter("trees", 5e5)
parameter("intercept", TRUE)
send("runs/set-tag", list(run_uuid = "RUN_ID", run_id = "RUN_ID", key = "stage", value = "draft"))
send("runs/delete-tag", list(run_id = "RUN_ID", key = "stage"))
send("runs/log-batch", list(
  run_id = "RUN_ID",
  metrics = data.frame(
    key = c("accuracy", "accuracy", "area"), value = c("0.5", "0.75", "NaN"), step = c(0, 1e5, 3),
    timestamp = c(1764561234567, 1764561234568, 1.7e12)
  ),
  params = data.frame(key = c("seed", "formula"), value = c("42", "y ~ x + \"z\"")),
  tags = data.frame(key = "kind", value = "glm")
))
ask("metrics/get-history", list(run_uuid = "RUN_ID", run_id = "RUN_ID", metric_key = "loss"))
send("runs/search", list(
  experiment_ids = list("EXPERIMENT_ID"), filter = "metrics.loss < 1 and params.seed = '42'",
  run_view_type = "ACTIVE_ONLY", order_by = list("metrics.loss DESC")
))
send("runs/search", list(
  experiment_ids = list("EXPERIMENT_ID"), filter = NULL, run_view_type = "ACTIVE_ONLY", order_by = list()
))
send("experiments/search", list(view_type = "ACTIVE_ONLY", max_results = 1e3, filter = "name = 'NAME'"))
ask("artifacts/list", list(run_uuid = "RUN_ID", run_id = "RUN_ID", path = NULL))
send("runs/update", list(run_uuid = "RUN_ID", run_id = "RUN_ID", status = "FINISHED", end_time = 1764561300000))
send("registered-models/create", list(name = "NAME", tags = list(list(key = "team", value = "r")), description = "by R"))
send("model-versions/create", list(
  name = "NAME", source = "runs:/RUN_ID/model", run_id = "RUN_ID", run_link = NULL, tags = NULL, description = NULL
))
send("model-versions/update", list(name = "NAME", version = 1, description = "the first"), PATCH)
send("registered-models/alias", list(name = "NAME", alias = "champion", version = "1"))
send("model-versions/transition-stage", list(name = "NAME", version = "1", stage = "Staging"))
ask("registered-models/alias", list(name = "NAME", alias = "champion"))
ask("model-versions/get", list(name = "NAME", version = 1))
ask("registered-models/get-latest-versions", list(name = "NAME"))
send("model-versions/delete", list(name = "NAME", version = "1"), DELETE)
send("registered-models/delete", list(name = "NAME"), DELETE)
