//! The artifacts of a run of the prompt laboratory: a table with the answer, and a model that
//! MLflow's Python package loads with `mlflow.pyfunc.load_model`.

use std::collections::BTreeMap;
use std::fmt::Write;

use app::MLFLOW_VERSION;
use serde_json::{Value, json};

use super::values::yaml_text;
use crate::tags::KeyValue;

/// The folder of the model.
pub const MODEL: &str = "model";
/// The table, in the form that the web page shows.
pub const TABLE: &str = "eval_results_table.json";

/// The oldest Python that this release of MLflow runs on.
const PYTHON_VERSION: &str = "3.10";

/// What the files are made of.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub run_id: String,
    pub model_uuid: String,
    /// As `utc_time` writes it.
    pub created: String,
    pub prompt_template: String,
    pub prompt_parameters: Vec<KeyValue>,
    pub model_route: String,
    pub model_parameters: Vec<KeyValue>,
    pub model_input: String,
    pub model_output: Value,
    pub model_output_parameters: Vec<KeyValue>,
}

/// A file by its path below the run's artifacts.
#[derive(Debug)]
pub struct File {
    pub path: &'static str,
    pub text: String,
}

impl Session {
    pub fn files(&self) -> Vec<File> {
        let example = json!({"inputs": self.example()});
        let serving = json!({"inputs": example});
        let file = |path, text| File { path, text };
        vec![
            file(TABLE, self.table()),
            file("model/MLmodel", self.model()),
            file("model/parameters.yaml", self.parameters()),
            file("model/input_example.json", python::dumps(&example)),
            file("model/serving_input_example.json", format!("{serving:#}")),
            file("model/conda.yaml", conda()),
            file("model/python_env.yaml", python_env()),
            file("model/requirements.txt", requirement()),
        ]
    }

    fn example(&self) -> Vec<&str> {
        self.prompt_parameters.iter().map(|param| param.value.as_str()).collect()
    }

    fn table(&self) -> String {
        let mut columns: Vec<Value> = Vec::new();
        let mut row: Vec<Value> = Vec::new();
        let mut add = |name: &str, value: Value| {
            columns.push(name.into());
            row.push(value);
        };
        for param in &self.prompt_parameters {
            add(&param.key, param.value.as_str().into());
        }
        add("prompt", self.model_input.as_str().into());
        add("output", self.model_output.clone());
        for param in &self.model_output_parameters {
            add(&param.key, param.value.as_str().into());
        }
        python::dumps(&json!({"columns": columns, "data": [row]}))
    }

    fn model(&self) -> String {
        let column = |name: &str| json!({"type": "string", "name": name, "required": true});
        let inputs: Vec<Value> =
            self.prompt_parameters.iter().map(|param| column(&param.key)).collect();
        let [inputs, outputs] = [inputs, vec![column("output")]]
            .map(|columns| yaml_text(&python::dumps(&Value::Array(columns))));
        let [run_id, model_uuid, created] =
            [&self.run_id, &self.model_uuid, &self.created].map(|text| yaml_text(text));
        format!(
            "artifact_path: {MODEL}
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.prompt.promptlab_model
    parameters_path: parameters.yaml
    python_version: '{PYTHON_VERSION}'
is_signature_from_type_hint: false
mlflow_version: {MLFLOW_VERSION}
model_uuid: {model_uuid}
run_id: {run_id}
saved_input_example_info:
  artifact_path: input_example.json
  serving_input_path: serving_input_example.json
  type: json_object
signature:
  inputs: {inputs}
  outputs: {outputs}
  params: null
type_hint_from_example: false
utc_time_created: {created}
"
        )
    }

    fn parameters(&self) -> String {
        format!(
            "model_parameters:{}\nmodel_route: {}\nprompt_parameters:{}\nprompt_template: {}\n",
            yaml_map(&self.model_parameters),
            yaml_text(&self.model_route),
            yaml_map(&self.prompt_parameters),
            yaml_text(&self.prompt_template),
        )
    }
}

/// The pairs below a key of a YAML map. Of several with the same key, the last counts.
fn yaml_map(pairs: &[KeyValue]) -> String {
    let by_key: BTreeMap<&str, &str> =
        pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect();
    if by_key.is_empty() {
        return " {}".to_owned();
    }
    let mut out = String::new();
    for (key, value) in by_key {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n  {}: {}", yaml_text(key), yaml_text(value));
    }
    out
}

fn requirement() -> String {
    format!("mlflow[gateway]=={MLFLOW_VERSION}")
}

fn conda() -> String {
    format!(
        "channels:
- conda-forge
dependencies:
- python={PYTHON_VERSION}
- pip
- pip:
  - {}
name: mlflow-env
",
        requirement()
    )
}

fn python_env() -> String {
    format!(
        "python: '{PYTHON_VERSION}'
build_dependencies:
- pip
- setuptools
- wheel
dependencies:
- -r requirements.txt
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, value: &str) -> KeyValue {
        KeyValue { key: key.to_owned(), value: value.to_owned() }
    }

    fn text(session: &Session, path: &str) -> String {
        session.files().into_iter().find(|file| file.path == path).unwrap().text
    }

    #[test]
    fn the_table_has_the_answer_between_what_went_in_and_what_was_measured() {
        let session = Session {
            prompt_parameters: vec![pair("a", "b"), pair("zé", "5")],
            model_input: "t b".to_owned(),
            model_output: "o\n".into(),
            model_output_parameters: vec![pair("latency", "12.5")],
            ..Session::default()
        };
        assert_eq!(
            text(&session, TABLE),
            "{\"columns\": [\"a\", \"z\\u00e9\", \"prompt\", \"output\", \"latency\"], \
             \"data\": [[\"b\", \"5\", \"t b\", \"o\\n\", \"12.5\"]]}"
        );
        assert_eq!(text(&session, "model/input_example.json"), "{\"inputs\": [\"b\", \"5\"]}");
    }

    #[test]
    fn parameters_are_quoted() {
        let session = Session {
            prompt_template: "say: {{ a }}\n".to_owned(),
            prompt_parameters: vec![pair("a", "x"), pair("a", "y: z")],
            model_route: "r".to_owned(),
            ..Session::default()
        };
        assert_eq!(
            text(&session, "model/parameters.yaml"),
            "model_parameters: {}\nmodel_route: \"r\"\nprompt_parameters:\n  \"a\": \"y: z\"\n\
             prompt_template: \"say: {{ a }}\\n\"\n"
        );
    }
}
