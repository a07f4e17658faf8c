//! The demo's views: a selection of traces to come back to, and a page for one trace that is made of
//! parts. Both are tags of the experiment, in the form in which MLflow's web page keeps them.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use super::{DoorError, Scene};

const SAVED: &str = "mlflow.tracesV4ViewState.headwater-demo-late-trains";
const CUSTOM: &str = "mlflow.customView.view.v1.headwater-demo-answer";

pub(super) async fn saved(scene: &Scene<'_>) -> Result<(), DoorError> {
    let state = json!({
        "single": {
            "q": "train",
            "pageSize": "50",
            "startTimeLabel": "ALL",
            "cols": "start_time,session,input,output,duration,state,tokens",
        },
        "multi": {},
    });
    let view = json!({"name": "About trains", "createdAt": scene.now, "state": packed(&state)?});
    scene.tag(SAVED, &view.to_string()).await
}

fn packed(state: &Value) -> Result<String, DoorError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(state.to_string().as_bytes()).map_err(DoorError::unreadable)?;
    let bytes = encoder.finish().map_err(DoorError::unreadable)?;
    Ok(format!("deflate;{}", STANDARD.encode(bytes)))
}

pub(super) async fn custom(scene: &Scene<'_>) -> Result<(), DoorError> {
    let stat = |id: &str, label: &str, source: &str, icon: &str| {
        json!({
            "id": id,
            "component": "StatCard",
            "label": label,
            "value": {"$source": source},
            "icon": icon,
            "tone": "info",
        })
    };
    let mut components = vec![
        json!({
            "id": "root",
            "component": "Column",
            "children": ["numbers", "asked-card", "found-card", "send"],
        }),
        json!({"id": "numbers", "component": "Row", "children": ["status", "latency", "tokens"]}),
        stat("status", "Status", "metrics.status", "checklist"),
        stat("latency", "Latency", "metrics.latency", "clock"),
        stat("tokens", "Tokens", "metrics.totalTokens", "hash"),
    ];
    components.extend(card("asked", "Asked and answered", &json!("root"), true));
    let passages = json!({"type": "RETRIEVER", "nth": 0});
    components.extend(card("found", "The rule it was given", &passages, false));
    components.push(json!({
        "id": "send",
        "component": "FeedbackSubmit",
        "label": "Save the mark",
        "formId": "feedback",
    }));
    let surface = json!({"surfaceId": "main", "components": components});
    let view = json!({
        "id": "headwater-demo-answer",
        "name": "Answer and rule",
        "label": "The answer beside the rule that it rests on",
        "instruction": "Show what was asked and answered, the passage, and ask whether the answer follows it.",
        "template": [{"version": "v0.9", "updateComponents": surface}],
        "createdAtMs": scene.now,
    });
    scene.tag(CUSTOM, &view.to_string()).await
}

/// A card with what a span was given and gave back, perhaps with a question about it.
fn card(prefix: &str, title: &str, span: &Value, asks: bool) -> Vec<Value> {
    let id = |part: &str| format!("{prefix}-{part}");
    let field = |field: &str| json!({"$source": "spanField", "spanRef": span, "field": field});
    let viewer = |part: &str, label: &str, name: &str| {
        json!({
            "id": id(part),
            "component": "KeyValueViewer",
            "label": label,
            "value": field(name),
            "initialFormat": "json",
        })
    };
    let mut children = vec![id("title"), id("in"), id("out")];
    let mut components = vec![
        json!({
            "id": id("card"),
            "component": "Card",
            "child": id("column"),
            "renderIfSpan": span,
        }),
        json!({"id": id("title"), "component": "Text", "variant": "h4", "text": title}),
        viewer("in", "Input", "inputs"),
        viewer("out", "Output", "outputs"),
    ];
    if asks {
        children.push(id("follows"));
        let option = |text: &str| json!({"label": text, "value": text});
        components.push(json!({
            "id": id("follows"),
            "component": "RadioGroup",
            "label": "Does the answer follow the rule?",
            "name": "follows_rule",
            "formId": "feedback",
            "spanId": {"$spanRef": span},
            "options": [option("Word for word"), option("In spirit"), option("Not at all")],
        }));
    }
    components.push(json!({"id": id("column"), "component": "Column", "children": children}));
    components
}
