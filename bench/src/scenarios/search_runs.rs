//! Searches for runs, by every kind of filter and order.

use serde_json::{Value, json};

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request, occurs};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "search-runs",
    about: "100 of 10,000 runs with 5 params, 5 metrics and 5 tags each. `page-20` is the twentieth \
            page of `metric`.",
    prepare: |stage| Box::pin(prepare(stage)),
};

pub const MILLION: Scenario = Scenario {
    name: "search-million",
    about: "100 of 1,000,000 runs with a param, a metric and a tag each.",
    prepare: |stage| Box::pin(prepare_million(stage)),
};

const PATH: &str = "/api/2.0/mlflow/runs/search";

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    fill(stage, 10_000, 5).await?;
    let by_metric = search("metrics.m1 > 0.3", &["metrics.m1 DESC"]);
    let page_20 = page(stage, by_metric.clone(), 20).await?;
    Ok(vec![
        case("newest", search("", &[])).connections(&[1, 4]),
        case("metric", by_metric),
        case("page-20", page_20),
        case("metric-order", search("", &["metrics.m2 ASC"])),
        case("param", search("params.p1 = '3'", &[])),
        case("param-like", search("params.p2 LIKE '%4%'", &["params.p2 ASC"])),
        case("tag", search("tags.t1 = '3'", &["tags.t2 DESC"])),
        case("attribute", search("attributes.status = 'FINISHED'", &["attributes.end_time DESC"])),
        case(
            "all-kinds",
            search(
                "metrics.m1 > 0.1 AND params.p1 != '3' AND tags.t1 != '4' \
                 AND attributes.status = 'FINISHED'",
                &["metrics.m3 DESC"],
            ),
        ),
    ])
}

async fn prepare_million(stage: &Stage) -> Result<Vec<Case>> {
    fill(stage, 1_000_000, 1).await?;
    Ok(vec![
        case("million-newest", search("", &[])),
        case("million-metric", search("metrics.m1 > 0.9", &["metrics.m1 DESC"])),
        case("million-rare", search("metrics.m1 > 0.9999", &["metrics.m1 ASC"])),
        case("million-param", search("params.p1 = '3'", &["metrics.m1 ASC"])),
    ])
}

fn case(name: &str, body: Value) -> Case {
    let body = body.to_string();
    let case = Case::new(name, move |_| Request::post(PATH, body.clone()));
    case.connections(&[1]).expects(|answer| occurs(answer, "\"lifecycle_stage\"", 100))
}

fn search(filter: &str, order_by: &[&str]) -> Value {
    json!({"experiment_ids": ["0"], "filter": filter, "order_by": order_by, "max_results": 100})
}

/// The search for the page with this number, the first being 1.
async fn page(stage: &Stage, mut search: Value, number: usize) -> Result<Value> {
    for _ in 1..number {
        search["page_token"] = stage.post("runs/search", &search).await?["next_page_token"].clone();
    }
    Ok(search)
}

/// Fills in runs with scattered ids, and `entries` params, metrics and tags for each.
async fn fill(stage: &Stage, runs: u32, entries: u32) -> Result<()> {
    const RUN: &str = "CAST(100000000000 + (i * 2654435761) % 10000000019 AS TEXT) \
                       || '0123456789abcdef0123'";
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n \
         WHERE i < {runs}), e(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM e WHERE k < {entries})"
    );
    stage
        .fill(&format!(
            "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, \
             status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, \
             experiment_id) {numbers} SELECT {RUN}, 'run-' || i, 'UNKNOWN', '', '', 'bench', \
             CASE WHEN i % 4 = 0 THEN 'RUNNING' ELSE 'FINISHED' END, 1700000000000 + i, \
             1700000000000 + i * 2, '', 'active', 'mlflow-artifacts:/0/' || {RUN}, 0 FROM n"
        ))
        .await?;
    for (table, prefix) in [("params", "p"), ("tags", "t")] {
        stage
            .fill(&format!(
                "INSERT INTO {table} (run_uuid, key, value) {numbers} \
                 SELECT {RUN}, '{prefix}' || k, CAST((i * k) % 10 AS TEXT) FROM n, e"
            ))
            .await?;
    }
    stage
        .fill(&format!(
            "INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) {numbers} \
             SELECT {RUN}, 'm' || k, ((i * 7919 * k) % 1000003) / 1000003.0, 1700000000000 + i, i, \
             FALSE FROM n, e"
        ))
        .await?;
    // Pages are turned before the stage settles, and without statistics PostgreSQL plans for empty tables.
    stage.fill("ANALYZE").await
}
