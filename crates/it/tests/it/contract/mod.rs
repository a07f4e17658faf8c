//! The recorded contract, replayed in process on both engines: requests and what the real MLflow
//! answered to them (`conformance/differential`), and filters with what they found
//! (`conformance/corpus`). Their READMEs and `differential.py` describe the formats.

mod compare;
mod filters;
mod normal;
mod player;

use std::path::{Path, PathBuf};

use it::{Engine, Server};
use rstest::rstest;
use serde_json::Value;

use player::Player;

fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}

/// The JSON lines of a file, each with its number; lines that start with `#` are comments.
fn json_lines(path: &Path) -> Vec<(usize, Value)> {
    let content = std::fs::read_to_string(path).unwrap();
    let lines = content.split('\n').zip(1..);
    lines
        .filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(line, number)| match serde_json::from_str(line) {
            Ok(value) => (number, value),
            Err(error) => panic!("{}:{number}: {error}", path.display()),
        })
        .collect()
}

#[rstest]
#[tokio::test]
async fn answers_are_the_recorded_ones(
    #[values(
        "artifacts",
        "evaluation",
        "experiments",
        "graphql",
        "inputs_and_models",
        "metrics",
        "params_and_tags",
        "registry",
        "runs",
        "search",
        "traces",
        "wire"
    )]
    corpus: &str,
    #[values("api", "ajax-api")] api: &str,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let folder = conformance().join("differential");
    let requests = json_lines(&folder.join(format!("{corpus}.jsonl")));
    let answers = std::fs::read_to_string(folder.join(format!("answers/{corpus}.json"))).unwrap();
    let answers: Vec<Value> = serde_json::from_str(&answers).unwrap();
    assert_eq!(requests.len(), answers.len(), "{corpus} has changed: record its answers again");

    let server = Server::new(engine).await;
    let mut player = Player::new(&server, api);
    let mut wrong = Vec::new();
    for ((line, request), expected) in requests.iter().zip(&answers) {
        if !compare::applies(request, engine) {
            continue;
        }
        let got = player.play(request).await;
        let found = compare::differences(request, expected, &got);
        if !found.is_empty() {
            wrong.push(format!("{corpus}.jsonl:{line}: {request}\n    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}

/// A file that nobody replays would prove nothing.
#[test]
fn every_corpus_is_replayed() {
    let mut found: Vec<String> = std::fs::read_dir(conformance().join("differential"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    found.sort();
    let replayed = [
        "artifacts",
        "evaluation",
        "experiments",
        "graphql",
        "inputs_and_models",
        "metrics",
        "params_and_tags",
        "registry",
        "runs",
        "search",
        "traces",
        "wire",
    ];
    assert_eq!(found, replayed);
}
