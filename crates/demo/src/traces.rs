//! The demo's traces: what Lantern was asked, and what it did to answer.

use serde_json::{Map, Value, json};
use traces::time::{Duration, Timestamp};

use super::content::{Model, Question};
use super::{DoorError, Scene, text};

pub(super) const HOUR: i64 = 3_600_000;
/// Traces to a call.
const BATCH: usize = 20;

/// One trace to make.
pub(super) struct Told<'c> {
    pub question: &'c Question,
    pub kind: &'c str,
    pub prompt: u32,
    pub model: &'c Model,
    /// Milliseconds since 1970.
    pub at: i64,
    pub session: Option<(&'c str, &'c str)>,
    pub run_id: Option<&'c str>,
    /// Whether the timetable did not answer.
    pub fails: bool,
    /// How slow it is, in percent.
    pub pace: i64,
}

/// What passengers asked in the last days.
pub(super) async fn production(scene: &Scene<'_>) -> Result<(), DoorError> {
    let content = &scene.content;
    let Some(model) = content.models.get("careful") else { return Ok(()) };
    let mut told = Vec::new();
    for (day, session) in (0_i64..).zip(&content.sessions) {
        let turns = session.turns.iter().filter_map(|key| content.question(key));
        for (turn, question) in (0_i64..).zip(turns) {
            told.push(Told {
                question,
                kind: "answer",
                prompt: 3,
                model,
                at: scene.now - day * 20 * HOUR - 2 * HOUR + turn * 95_000,
                session: Some((&session.id, &session.user)),
                run_id: None,
                fails: false,
                pace: 80 + 17 * turn,
            });
        }
    }
    let count = content.questions.len();
    for index in 0..3 * count {
        let question = &content.questions[(index * 5) % count];
        let step = i64::try_from(index).unwrap_or_default();
        told.push(Told {
            question,
            kind: if index % 6 == 5 { "draft" } else { "answer" },
            prompt: if index % 6 == 5 { 1 } else { 3 },
            model,
            // Closer together the nearer to now, as traffic grows.
            at: scene.now - (step * step / 8 + step + 1) * HOUR,
            session: None,
            run_id: None,
            fails: question.lookup.is_some() && index % 7 == 3,
            pace: 70 + (step * 37) % 90,
        });
    }
    tell(scene, &told).await.map(drop)
}

/// Makes traces; answers with their ids, in their order.
pub(super) async fn tell(scene: &Scene<'_>, told: &[Told<'_>]) -> Result<Vec<String>, DoorError> {
    let mut ids = Vec::with_capacity(told.len());
    for batch in told.chunks(BATCH) {
        let mut spans = Vec::new();
        for told in batch {
            let trace_id = scene.door.hex();
            let (own, end) = spans_of(scene, told, &trace_id);
            let info = info_of(scene, told, &trace_id, end);
            let body = json!({"trace": {"trace_info": info}});
            scene.door.post("3.0/mlflow/traces", &body).await?;
            spans.extend(own);
            ids.push(format!("tr-{trace_id}"));
        }
        let service = attribute("service.name", &json!("lantern"));
        let export = json!({"resourceSpans": [{
            "resource": {"attributes": [service]},
            "scopeSpans": [{"scope": {"name": "headwater.demo"}, "spans": spans}],
        }]});
        scene.door.export(&scene.experiment_id, &export).await?;
    }
    Ok(ids)
}

fn info_of(scene: &Scene<'_>, told: &Told<'_>, trace_id: &str, end: i64) -> Value {
    let mut metadata = Map::new();
    if let Some((session, user)) = told.session {
        metadata.insert("mlflow.trace.session".to_owned(), session.into());
        metadata.insert("mlflow.trace.user".to_owned(), user.into());
    }
    if let Some(run_id) = told.run_id {
        metadata.insert("mlflow.sourceRun".to_owned(), run_id.into());
    }
    metadata.insert("mlflow.source.name".to_owned(), "lantern.py".into());
    let linked = json!([{"name": "lantern-answer", "version": told.prompt.to_string()}]);
    let output = if told.fails { "" } else { told.question.text_of(told.kind) };
    json!({
        "trace_id": format!("tr-{trace_id}"),
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": scene.experiment_id},
        },
        "request_time": Timestamp(told.at).to_string(),
        "execution_duration": Duration(end - told.at).to_string(),
        "state": if told.fails { "ERROR" } else { "OK" },
        "request_preview": told.question.question,
        "response_preview": output,
        "trace_metadata": metadata,
        "tags": {
            "mlflow.traceName": "lantern.answer",
            "mlflow.linkedPrompts": linked.to_string(),
            "channel": if told.session.is_some() { "chat" } else { "web" },
        },
        "assessments": if told.fails { Vec::new() } else { assessments(scene, told, trace_id) },
    })
}

/// What the judges, the code and now and then a person said.
fn assessments(scene: &Scene<'_>, told: &Told<'_>, trace_id: &str) -> Vec<Value> {
    let at = Timestamp(told.at + 30_000).to_string();
    let mut metadata = Map::new();
    if let Some(run_id) = told.run_id {
        metadata.insert("mlflow.assessment.sourceRunId".to_owned(), run_id.into());
    }
    let assessment = |name: &str, kind: &str, by: &str, what: (&str, Value), why: &str| {
        let (field, value) = what;
        json!({
            "assessment_name": name,
            "trace_id": format!("tr-{trace_id}"),
            "source": {"source_type": kind, "source_id": by},
            "create_time": at,
            "last_update_time": at,
            field: {"value": value},
            "rationale": why,
            "metadata": metadata,
        })
    };
    let mut all = Vec::new();
    for (judge, whys) in &scene.content.rationales {
        let word = if told.question.mark(told.kind, judge) { "yes" } else { "no" };
        let why = whys.get(word).map_or("", String::as_str);
        let by = format!("judges/{judge}");
        all.push(assessment(judge, "LLM_JUDGE", &by, ("feedback", json!(word)), why));
    }
    let output = told.question.text_of(told.kind);
    let cites = output.contains(&told.question.rule);
    all.push(assessment("cites_rule", "CODE", "cites_rule", ("feedback", json!(cites)), ""));
    let words = output.split_whitespace().count();
    all.push(assessment("words", "CODE", "words", ("feedback", json!(words)), ""));
    if told.run_id.is_some() {
        let expected = ("expectation", json!(told.question.expected));
        all.push(assessment("expected_answer", "HUMAN", "mira", expected, ""));
    }
    all
}

fn attribute(key: &str, value: &Value) -> Value {
    let value = match value {
        Value::String(text) => json!({"stringValue": text}),
        other => json!({"stringValue": other.to_string()}),
    };
    json!({"key": key, "value": value})
}

/// The spans of a trace being made.
struct Spans<'t> {
    trace_id: &'t str,
    made: Vec<Value>,
}

impl Spans<'_> {
    /// Adds a span of so many milliseconds; `attributes` are JSON, as MLflow's clients write them.
    fn add(
        &mut self,
        name: &str,
        kind: &str,
        (start, end): (i64, i64),
        attributes: &[(&str, Value)],
    ) {
        let index = self.made.len();
        let span_id = |index: usize| format!("{}{index:02x}", &self.trace_id[..14]);
        let nanos = |ms: i64| format!("{ms}000000");
        let mut all = vec![
            attribute("mlflow.traceRequestId", &json!(format!("\"tr-{}\"", self.trace_id))),
            attribute("mlflow.spanType", &json!(format!("\"{kind}\""))),
        ];
        all.extend(attributes.iter().map(|(key, value)| attribute(key, &json!(value.to_string()))));
        self.made.push(json!({
            "traceId": self.trace_id,
            "spanId": span_id(index),
            "parentSpanId": if index == 0 { String::new() } else { span_id(0) },
            "name": name,
            "kind": 1,
            "startTimeUnixNano": nanos(start),
            "endTimeUnixNano": nanos(end),
            "attributes": all,
            "status": {"code": 1},
        }));
    }

    fn fail_last(&mut self, message: &str) {
        if let Some(span) = self.made.last_mut() {
            span["status"] = json!({"code": 2, "message": message});
        }
    }
}

/// The spans of a trace, and when it ended.
fn spans_of(scene: &Scene<'_>, told: &Told<'_>, trace_id: &str) -> (Vec<Value>, i64) {
    let question = told.question;
    let mut spans = Spans { trace_id, made: Vec::new() };
    let mut at = told.at;
    let mut last = |milliseconds: i64| {
        let start = at;
        at += milliseconds * told.pace / 100;
        (start, at)
    };
    let output = question.text_of(told.kind);
    spans.add(
        "lantern.answer",
        "AGENT",
        (told.at, told.at),
        &[("mlflow.spanInputs", json!({"question": question.question}))],
    );
    if told.prompt > 1 {
        let passages = json!([{
            "page_content": question.passage,
            "metadata": {"doc_uri": format!("rules/{}.md", question.key), "rule": question.rule},
        }]);
        spans.add(
            "find_passages",
            "RETRIEVER",
            last(140),
            &[
                ("mlflow.spanInputs", json!({"query": question.question, "k": 1})),
                ("mlflow.spanOutputs", passages),
            ],
        );
    }
    if let Some(found) = &question.lookup {
        let inputs = ("mlflow.spanInputs", json!({"about": question.question}));
        if told.fails {
            spans.add("timetable", "TOOL", last(5000), &[inputs]);
            spans.fail_last("The timetable did not answer within 5 s");
        } else {
            spans.add(
                "timetable",
                "TOOL",
                last(260),
                &[inputs, ("mlflow.spanOutputs", found.clone())],
            );
        }
    }
    if !told.fails {
        spans.add("compose", "CHAT_MODEL", last(1350), &model_call(scene, told, output));
    }
    let root = &mut spans.made[0];
    root["endTimeUnixNano"] = json!(format!("{at}000000"));
    if told.fails {
        root["status"] = json!({"code": 2, "message": "The timetable did not answer within 5 s"});
    } else if let Some(attributes) = root["attributes"].as_array_mut() {
        attributes.push(attribute("mlflow.spanOutputs", &json!({"answer": output})));
    }
    (spans.made, at)
}

/// The attributes of the call of the model.
fn model_call(scene: &Scene<'_>, told: &Told<'_>, output: &str) -> [(&'static str, Value); 6] {
    let version = usize::try_from(told.prompt).unwrap_or(1).saturating_sub(1);
    let prompt = scene.content.prompts.first().and_then(|prompt| prompt.versions.get(version));
    let prompt = prompt
        .map_or("", |version| &version.text)
        .replace("{{passages}}", &told.question.passage)
        .replace("{{question}}", &told.question.question);
    let (input_tokens, output_tokens) = (prompt.len() / 4 + 9, output.len() / 4 + 3);
    let cost = |tokens: usize, price: f64| tokens as f64 * price;
    let input_cost = cost(input_tokens, told.model.input_cost);
    let output_cost = cost(output_tokens, told.model.output_cost);
    let answer = json!({"role": "assistant", "content": output});
    [
        (
            "mlflow.spanInputs",
            json!({
                "model": told.model.name,
                "messages": [{"role": "user", "content": prompt}],
                "temperature": 0.2,
            }),
        ),
        ("mlflow.spanOutputs", json!({"choices": [{"index": 0, "message": answer}]})),
        (
            "mlflow.chat.tokenUsage",
            json!({
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
            }),
        ),
        ("mlflow.llm.model", json!(told.model.name)),
        ("mlflow.llm.provider", json!(told.model.provider)),
        (
            "mlflow.llm.cost",
            json!({
                "input_cost": input_cost,
                "output_cost": output_cost,
                "total_cost": input_cost + output_cost,
            }),
        ),
    ]
}

/// Traces of the demo, the newest first: ids, and what was asked.
pub(super) async fn list(scene: &Scene<'_>) -> Result<Vec<(String, String)>, DoorError> {
    let location = json!({
        "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": {"experiment_id": scene.experiment_id},
    });
    let body = json!({
        "locations": [location],
        "max_results": 500,
        "order_by": ["timestamp_ms DESC"],
    });
    let found = scene.door.post("3.0/mlflow/traces/search", &body).await?;
    let of = |trace: &Value| (text(&trace["trace_id"]), text(&trace["request_preview"]));
    Ok(found["traces"].as_array().into_iter().flatten().map(of).collect())
}

pub(super) async fn delete(scene: &Scene<'_>) -> Result<(), DoorError> {
    let ids: Vec<String> = list(scene).await?.into_iter().map(|(id, _)| id).collect();
    for ids in ids.chunks(100) {
        let body = json!({"experiment_id": scene.experiment_id, "request_ids": ids});
        scene.door.post("3.0/mlflow/traces/delete-traces", &body).await?;
    }
    Ok(())
}
