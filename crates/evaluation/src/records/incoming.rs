//! Records as a client sends them: read, checked and told apart by their inputs.

use app::{ApiError, json};
use python::repr_text;

use crate::datasets::store::USER;
use python::{Json, Map};

use crate::digest::sha256;

const SOURCE_TYPES: &[&str] = &["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"];

/// One record of a call.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub inputs: Map,
    pub input_hash: String,
    /// None if the caller said nothing about outputs.
    pub outputs: Option<Json>,
    pub expectations: Map,
    /// Whether the caller named expectations at all.
    pub has_expectations: bool,
    pub tags: Map,
    pub source: Option<Source>,
}

/// Where a record comes from.
#[derive(Clone, Debug)]
pub struct Source {
    pub kind: String,
    pub data: Map,
}

impl Incoming {
    /// The user that the tags name.
    pub fn user(&self) -> Option<String> {
        self.tags.get(USER).map(Json::shown)
    }
}

impl Source {
    /// The id of what the record comes from: a trace, or what `source_data` says.
    pub fn id(&self) -> Option<String> {
        let key = if self.kind == "TRACE" { "trace_id" } else { "source_id" };
        self.data.get(key).filter(|id| **id != Json::Null).map(Json::shown)
    }

    pub fn dump(&self) -> String {
        let mut map = Map::new();
        map.insert("source_type".to_owned(), self.kind.as_str().into());
        map.insert("source_data".to_owned(), Json::Map(self.data.clone()));
        Json::Map(map).dump()
    }
}

/// What tells records of a data set apart: a SHA-256 of the inputs with sorted keys.
pub fn input_hash(inputs: &Json) -> String {
    sha256(&inputs.dump_sorted())
}

/// Reads the records of a call.
///
/// # Errors
/// When the text is no JSON list of maps, or a record's part has the wrong type. MLflow fails there
/// with a stack trace.
pub fn read(text: &str) -> Result<Vec<Incoming>, ApiError> {
    json::check_values(text.as_bytes())?;
    let records = Json::parse(text).map_err(|error| {
        ApiError::invalid(format!("Parameter 'records' must be a JSON list: {error}."))
    })?;
    match records {
        Json::List(records) => {
            records.into_iter().enumerate().map(|(index, record)| one(index, record)).collect()
        }
        // Compat: an empty map holds no records.
        Json::Map(map) if map.is_empty() => Ok(Vec::new()),
        other => Err(ApiError::invalid(format!(
            "Parameter 'records' must be a JSON list: it is of type '{}'.",
            other.type_name()
        ))),
    }
}

fn refused(index: usize, part: &str, wanted: &str, found: &Json) -> ApiError {
    ApiError::invalid(format!(
        "Invalid value for parameter 'records[{index}]{part}' supplied: it must be {wanted}, got \
         '{}'.",
        found.type_name()
    ))
}

fn one(index: usize, record: Json) -> Result<Incoming, ApiError> {
    let Json::Map(mut record) = record else {
        return Err(refused(index, "", "a map", &record));
    };
    let inputs = record.swap_remove("inputs").unwrap_or_else(|| Json::Map(Map::new()));
    let input_hash = input_hash(&inputs);
    let Json::Map(inputs) = inputs else {
        return Err(refused(index, ".inputs", "a map", &inputs));
    };
    let expectations = record.swap_remove("expectations");
    let source = record.swap_remove("source").filter(|source| !source.is_falsy());
    Ok(Incoming {
        inputs,
        input_hash,
        outputs: record.swap_remove("outputs"),
        has_expectations: expectations.as_ref().is_some_and(|value| *value != Json::Null),
        expectations: optional_map(index, ".expectations", expectations)?,
        tags: optional_map(index, ".tags", record.swap_remove("tags"))?,
        source: source.map(|source| read_source(index, source)).transpose()?,
    })
}

fn optional_map(index: usize, part: &str, value: Option<Json>) -> Result<Map, ApiError> {
    match value {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Map(map)) => Ok(map),
        Some(other) => Err(refused(index, part, "a map", &other)),
    }
}

fn read_source(index: usize, source: Json) -> Result<Source, ApiError> {
    let Json::Map(mut source) = source else {
        return Err(refused(index, ".source", "a map", &source));
    };
    let kind = source.swap_remove("source_type").unwrap_or(Json::Null);
    let data = source.swap_remove("source_data");
    if let Some(key) = source.keys().next() {
        return Err(ApiError::invalid(format!(
            "Invalid value for parameter 'records[{index}].source' supplied: unknown field {}.",
            repr_text(key)
        )));
    }
    let Json::Text(kind) = kind else {
        return Err(refused(index, ".source.source_type", "a text", &kind));
    };
    let kind = kind.to_uppercase();
    if !SOURCE_TYPES.contains(&kind.as_str()) {
        return Err(ApiError::invalid(format!(
            "Invalid dataset record source type: {kind}. Valid source types: {}",
            python::repr_list(SOURCE_TYPES)
        )));
    }
    Ok(Source { kind, data: optional_map(index, ".source.source_data", data)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_known_by_their_hash() {
        // What MLflow 3.17.2 stores for these inputs.
        let records =
            read(r#"[{"inputs": {"q": "é", "n": 1.0, "big": 1e20, "l": [1, {"z": 1, "a": 2}]}}]"#);
        let hash = &records.unwrap()[0].input_hash;
        assert_eq!(&hash[..10], "5d37485cb5");
    }

    #[test]
    fn parts_of_the_wrong_type_are_refused() {
        let bad = [
            "x",
            "1",
            "[1]",
            r#"[{"inputs": null}]"#,
            r#"[{"inputs": [1]}]"#,
            r#"[{"expectations": [1]}]"#,
            r#"[{"tags": "x"}]"#,
            r#"[{"source": "x"}]"#,
            r#"[{"source": {"x": 1}}]"#,
            r#"[{"source": {"source_type": "bad"}}]"#,
        ];
        for text in bad {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("{}").unwrap().len(), 0);
        let source =
            read(r#"[{"source": {"source_type": "trace", "source_data": {"trace_id": "t"}}}]"#);
        let source = source.unwrap()[0].source.clone().unwrap();
        assert_eq!((source.kind.as_str(), source.id().as_deref()), ("TRACE", Some("t")));
    }
}
