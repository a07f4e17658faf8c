//! Searches for prompts and for models, which share a table.

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request, occurs};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "search-prompts",
    about: "100 of 10,000 prompts, or of 90,000 models, among 100,000 registered models with a \
            version each.",
    prepare: |stage| Box::pin(prepare(stage)),
};

const PATH: &str = "/api/2.0/mlflow/registered-models/search?max_results=100&filter=";
/// `tags.`mlflow.prompt.is_prompt` = 'true'`, as the client writes it.
const PROMPTS: &str = "tags.%60mlflow.prompt.is_prompt%60%20%3D%20%27true%27";

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    fill(stage).await?;
    let named = format!("{PROMPTS}%20AND%20name%20ILIKE%20%27%25name-00%25%27");
    let tagged = format!("{PROMPTS}%20AND%20tags.team%20%3D%20%273%27");
    Ok(vec![
        case("prompts", PROMPTS.to_owned()).connections(&[1, 4]),
        case("prompts-named", named),
        case("prompts-tagged", tagged),
        case("models", String::new()).connections(&[1, 4]),
    ])
}

fn case(name: &str, filter: String) -> Case {
    let case = Case::new(name, move |_| Request::get(format!("{PATH}{filter}")));
    case.connections(&[1]).expects(|answer| occurs(answer, "\"latest_versions\"", 100))
}

/// Fills in models whose names and times are scattered; every tenth is a prompt.
async fn fill(stage: &Stage) -> Result<()> {
    const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL \
         SELECT i + 1 FROM n WHERE i < 100000)";
    const NAME: &str =
        "'name-' || SUBSTR(CAST(1000000 + (i * 7919) % 1000003 AS TEXT), 2) || '-' || i";
    const TIME: &str = "1700000000000 + (i * 104729) % 1000003";
    stage
        .fill(&format!(
            "INSERT INTO registered_models (workspace, name, creation_time, last_updated_time, \
             description) {NUMBERS} SELECT 'default', {NAME}, {TIME}, {TIME}, 'about ' || i FROM n"
        ))
        .await?;
    stage
        .fill(&format!(
            "INSERT INTO model_versions (workspace, name, version, creation_time, \
             last_updated_time, description, user_id, current_stage, source, run_id, status, \
             status_message, run_link, storage_location) {NUMBERS} SELECT 'default', {NAME}, 1, \
             {TIME}, {TIME}, '', '', 'None', 'dummy-source', '', 'READY', '', '', 'dummy-source' \
             FROM n"
        ))
        .await?;
    for (key, value, which) in [
        ("team", "CAST(i % 10 AS TEXT)", "i % 2 = 1"),
        ("team", "CAST((i / 10) % 10 AS TEXT)", "i % 10 = 0"),
        ("mlflow.prompt.is_prompt", "'true'", "i % 10 = 0"),
    ] {
        stage
            .fill(&format!(
                "INSERT INTO registered_model_tags (workspace, name, key, value) {NUMBERS} \
                 SELECT 'default', {NAME}, '{key}', {value} FROM n WHERE {which}"
            ))
            .await?;
    }
    Ok(())
}
