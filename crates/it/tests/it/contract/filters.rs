//! Filters and orders of searches over a small fixed data set, with what the real server found.

use std::sync::LazyLock;

use axum::http::Method;
use it::{Answer, Engine, NOW, Server, request, text};
use regex::{Captures, Regex};
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::player::{next_placeholder, text_of};
use super::{conformance, json_lines};

/// Digits only: no filter of the corpus looks for digits in a name.
const TOKEN: &str = "271828182845";

/// A set in a message of the reference, whose order differs from process to process.
static PYTHON_SET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{('[^'{}]*'(?:, '[^'{}]*')*)\}").unwrap());

#[rstest]
#[tokio::test]
async fn searches_find_what_the_real_server_found(
    #[values("experiments", "runs", "logged_models")] entity: &str,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    let data = DataSet::build(&server).await;
    let folder = conformance().join("corpus");
    let recorded = json_lines(&folder.join(format!("answers_{entity}.jsonl")));
    let mut wrong = Vec::new();
    for (line, recorded) in &recorded {
        let answer = data.ask(&server, entity, recorded).await;
        if let Some(what) = disagreement(recorded, answer, engine) {
            wrong.push(format!("answers_{entity}.jsonl:{line}: {recorded}\n    {what}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        recorded.len(),
        wrong.join("\n")
    );
}

/// What is wrong with the answer, a status with a body. Where the reference fails, another server may
/// refuse or answer, as long as it does not fail as well.
fn disagreement(
    recorded: &Value,
    (status, answer): (u16, Value),
    engine: Engine,
) -> Option<String> {
    let other = recorded.get("on_postgres").filter(|_| engine == Engine::Postgres);
    let source = other.unwrap_or(recorded);
    if source["fails"] == true {
        return (status >= 500).then(|| format!("fails with {status}: {answer}"));
    }
    let mut expected = Map::new();
    for part in ["names", "error_code", "message"] {
        if let Some(value) = source.get(part) {
            expected.insert(part.into(), value.clone());
        }
    }
    if expected.get("error_code").is_some_and(|code| code == "INTERNAL_ERROR") {
        // What the caller can mend is no failure of the server's; the message stays.
        expected.insert("error_code".into(), "INVALID_PARAMETER_VALUE".into());
    }
    let expected = Value::Object(expected);
    let agrees = answer == expected
        || (answer["error_code"] == expected["error_code"]
            && is_cut(text_of(&answer["message"]).as_str(), &text_of(&expected["message"])));
    (!agrees).then(|| format!("expected {expected}, got {answer}"))
}

/// Whether a message is another one whose middle was left out, for its length.
fn is_cut(message: &str, whole: &str) -> bool {
    let parts = whole.len() > message.len() && message.len() > 1000;
    let mut cuts = message.match_indices("...");
    parts
        && cuts.any(|(at, dots)| {
            whole.starts_with(&message[..at]) && whole.ends_with(&message[at + dots.len()..])
        })
}

/// The data set of `dataset.json` on a server.
struct DataSet {
    holder: String,
    /// What placeholders stand for.
    values: Vec<(String, String)>,
    /// Ids of whatever can be found, with their labels.
    labels: Vec<(String, String)>,
}

impl DataSet {
    async fn build(server: &Server) -> Self {
        let content = std::fs::read(conformance().join("corpus/dataset.json")).unwrap();
        let content: Value = serde_json::from_slice(&content).unwrap();
        let mut data = Self {
            holder: String::new(),
            values: vec![("token".into(), TOKEN.into())],
            labels: Vec::new(),
        };
        for (label, experiment) in content["experiments"].as_object().unwrap() {
            let name = data.resolve(experiment["name"].as_str().unwrap());
            let id = data.experiment(server, &name, &experiment["tags"]).await;
            data.values.push((format!("created {label}"), server.app.clock.now_ms().to_string()));
            data.add("experiment", label, id);
        }
        let gone = json!({"experiment_id": data.value("experiment gone")});
        sent(server, Method::POST, "experiments/delete", gone).await;
        let holder = data.resolve("holder <<token>>");
        data.holder = data.experiment(server, &holder, &json!({})).await;
        data.labels.push((data.holder.clone(), "holder".into()));
        let runs = content["runs"].as_object().unwrap();
        for ((label, run), number) in runs.iter().zip(1..) {
            data.add_run(server, label, run, 1000 * number).await;
        }
        let gone = json!({"run_id": data.value("run gone")});
        sent(server, Method::POST, "runs/delete", gone).await;
        for (label, model) in content["logged_models"].as_object().unwrap() {
            data.add_model(server, label, model).await;
        }
        let gone = format!("logged-models/{}", data.value("model gone"));
        sent(server, Method::DELETE, &gone, json!({})).await;
        data
    }

    fn add(&mut self, kind: &str, label: &str, id: String) {
        self.values.push((format!("{kind} {label}"), id.clone()));
        self.labels.push((id, label.to_owned()));
    }

    async fn experiment(&self, server: &Server, name: &str, tags: &Value) -> String {
        let message = json!({"name": name, "tags": pairs(tags, Value::clone)});
        let answer = sent(server, Method::POST, "experiments/create", message).await;
        text(&answer["experiment_id"])
    }

    async fn add_run(&mut self, server: &Server, label: &str, run: &Value, start_time: i64) {
        let tags = pairs(&run["tags"], |value| self.resolve(value.as_str().unwrap()).into());
        let message = json!({
            "experiment_id": self.holder, "user_id": "unknown", "start_time": start_time,
            "tags": tags, "run_name": run["name"],
        });
        let made = sent(server, Method::POST, "runs/create", message).await;
        let id = text(&made["run"]["info"]["run_id"]);
        let metrics: Vec<Value> = entries(&run["metrics"])
            .map(|(key, value)| json!({"key": key, "value": value, "timestamp": 1, "step": 0}))
            .collect();
        let params = pairs(&run["params"], Value::clone);
        let batch = json!({"run_id": id, "metrics": metrics, "params": params});
        sent(server, Method::POST, "runs/log-batch", batch).await;
        let inputs: Vec<Value> =
            run["datasets"].as_array().into_iter().flatten().map(input).collect();
        if !inputs.is_empty() {
            let message = json!({"run_id": id, "datasets": inputs});
            sent(server, Method::POST, "runs/log-inputs", message).await;
        }
        if let Some(end) = run.get("end") {
            let message = json!({"run_id": id, "status": end["status"], "end_time": end["time"]});
            sent(server, Method::POST, "runs/update", message).await;
        }
        self.add("run", label, id);
    }

    async fn add_model(&mut self, server: &Server, label: &str, model: &Value) {
        let message = json!({
            "experiment_id": self.holder, "name": label, "source_run_id": self.value("run a"),
            "model_type": model["type"], "tags": pairs(&model["tags"], Value::clone),
            "params": pairs(&model["params"], Value::clone),
        });
        let made = sent(server, Method::POST, "logged-models", message).await;
        let info = &made["model"]["info"];
        let id = text(&info["model_id"]);
        self.values.push((format!("created {label}"), info["creation_timestamp_ms"].to_string()));
        for metric in model["metrics"].as_array().into_iter().flatten() {
            let step = metric["step"].as_i64().unwrap();
            let message = json!({
                "run_id": self.value("run a"), "key": metric["key"], "value": metric["value"],
                "timestamp": 1 + step, "step": step, "model_id": id,
                "dataset_name": metric["dataset"], "dataset_digest": metric["digest"],
            });
            sent(server, Method::POST, "runs/log-metric", message).await;
        }
        if let Some(status) = model["status"].as_str() {
            let status = if status == "FAILED" { "UPLOAD_FAILED" } else { status };
            let message = json!({"model_id": id, "status": format!("LOGGED_MODEL_{status}")});
            sent(server, Method::PATCH, &format!("logged-models/{id}"), message).await;
        }
        self.add("model", label, id);
    }

    /// The server's answer to one question, in the form of the recorded ones.
    async fn ask(&self, server: &Server, entity: &str, question: &Value) -> (u16, Value) {
        let order_by: Vec<Value> = question["order_by"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| match order {
                Value::String(order) => self.resolve(order).into(),
                order => {
                    let mut order = order.clone();
                    order["field_name"] = self.resolve(&text_of(&order["field_name"])).into();
                    order
                }
            })
            .collect();
        let mut message = json!({
            "filter": self.resolve(question["filter"].as_str().unwrap()),
            "max_results": 1000,
            "order_by": order_by,
        });
        if let Some(view) = question.get("view") {
            message[if entity == "runs" { "run_view_type" } else { "view_type" }] = view.clone();
        }
        if entity != "experiments" {
            message["experiment_ids"] = json!([self.holder]);
        }
        let (route, found, id) = match entity {
            "experiments" => ("experiments/search", "experiments", "/experiment_id"),
            "runs" => ("runs/search", "runs", "/info/run_id"),
            _ => ("logged-models/search", "models", "/info/model_id"),
        };
        let answer = server.post(route, message).await;
        let (status, body) = (answer.status.as_u16(), answer.json());
        if status != 200 {
            let message = self.unresolve(body["message"].as_str().unwrap());
            return (status, json!({"error_code": body["error_code"], "message": message}));
        }
        let names: Vec<&str> = body[found]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one.pointer(id)?.as_str())
            .filter_map(|id| Some(self.labels.iter().find(|(known, _)| known == id)?.1.as_str()))
            .collect();
        (status, json!({"names": names}))
    }

    fn value(&self, word: &str) -> &str {
        let found = self.values.iter().find(|(known, _)| known == word);
        &found.unwrap_or_else(|| panic!("nothing is called {word}")).1
    }

    /// Replaces `<<token>>`, `<<run a>>`, `<<newline>>`, `<<x*300>>` and their like.
    fn resolve(&self, text: &str) -> String {
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, word, after)) = next_placeholder(rest) {
            resolved.push_str(before);
            match word {
                "newline" => resolved.push('\n'),
                "tab" => resolved.push('\t'),
                "return" => resolved.push('\r'),
                "nul" => resolved.push('\0'),
                "empty" => {}
                word => match word.rsplit_once('*').map(|(text, times)| (text, times.parse())) {
                    Some((text, Ok(times))) => resolved.push_str(&text.repeat(times)),
                    _ => resolved.push_str(self.value(word)),
                },
            }
            rest = after;
        }
        resolved + rest
    }

    /// Puts placeholders back for whatever differs from one data set to the next.
    fn unresolve(&self, message: &str) -> String {
        let mut message = PYTHON_SET
            .replace_all(message, |found: &Captures<'_>| {
                let mut items: Vec<&str> = found[1].split(", ").collect();
                items.sort_unstable();
                format!("{{{}}}", items.join(", "))
            })
            .into_owned();
        let mut values: Vec<_> = self.values.iter().filter(|(_, value)| value.len() >= 8).collect();
        values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (word, value) in values {
            message = message.replace(value.as_str(), &format!("<<{word}>>"));
        }
        message
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// An object as a list of keys and values.
fn pairs(object: &Value, map: impl Fn(&Value) -> Value) -> Vec<Value> {
    entries(object).map(|(key, value)| json!({"key": key, "value": map(value)})).collect()
}

fn input(data: &Value) -> Value {
    let tags: Vec<Value> = data["context"]
        .as_str()
        .map(|context| json!({"key": "mlflow.data.context", "value": context}))
        .into_iter()
        .collect();
    json!({"tags": tags, "dataset": {
        "name": data["name"], "digest": data["digest"], "source_type": "local", "source": "{}",
    }})
}

/// Sends a message that must be accepted, and moves the clock, so that what it made has a time of its own.
async fn sent(server: &Server, method: Method, route: &str, message: Value) -> Value {
    server.app.clock.advance(10);
    assert!(server.app.clock.now_ms() > NOW);
    let mut request = request(method, &format!("/api/2.0/mlflow/{route}"), message.to_string());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let answer: Answer = server.send(request).await;
    assert_eq!(answer.status, 200, "{route}: {message} was answered {}", answer.text());
    answer.json()
}
