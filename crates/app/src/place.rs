//! Where in a JSON text reading stopped.

/// What is open around a place in a JSON text.
enum Open<'j> {
    /// An object, and the name of the value that is being read.
    Object(Option<&'j str>),
    /// An array, and how many items are before the one that is being read.
    Array(Option<usize>),
}

/// The path of the value in which a reader of `json`, an object's text, stood after `read` bytes:
/// `run_id`, `metrics[0].key`. A reader that finds a whole value wrong stands at the value's end.
pub(crate) fn path_at(json: &str, read: usize) -> String {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut text_from = None;
    let mut text = "";
    let mut escaped = false;
    // The object's own end is left out: what is wrong there is the last of its values.
    for (at, byte) in json.bytes().enumerate().take(read.min(json.len().saturating_sub(1))) {
        if let Some(start) = text_from {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    text = json.get(start..at).unwrap_or_default();
                    text_from = None;
                }
                _ => {}
            }
            continue;
        }
        if let Some(Open::Array(items @ None)) = open.last_mut() {
            *items = Some(0);
        }
        match (byte, open.last_mut()) {
            (b'"', _) => text_from = Some(at + 1),
            (b'{', _) => open.push(Open::Object(None)),
            (b'[', _) => open.push(Open::Array(None)),
            (b'}' | b']', _) => drop(open.pop()),
            (b':', Some(Open::Object(name))) => *name = Some(text),
            (b',', Some(Open::Object(name))) => *name = None,
            (b',', Some(Open::Array(Some(items)))) => *items += 1,
            _ => {}
        }
    }
    let mut path = String::new();
    for level in open {
        match level {
            Open::Object(Some(name)) if path.is_empty() => path.push_str(name),
            Open::Object(Some(name)) => path.extend([".", name]),
            Open::Array(Some(item)) => path.extend(["[", &item.to_string(), "]"]),
            Open::Object(None) | Open::Array(None) => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::path_at;
    use crate::{Double, Int64};

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Metric {
        key: Option<String>,
        value: Option<Double>,
        step: Int64,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Batch {
        run_id: Option<String>,
        metrics: Vec<Metric>,
        ids: Vec<String>,
        on: Option<bool>,
    }

    #[track_caller]
    fn stops_at(json: &str, path: &str) {
        let error = serde_json::from_str::<Batch>(json).unwrap_err();
        assert_eq!(path_at(json, error.column()), path, "{json}: {error}");
    }

    #[test]
    fn the_value_that_is_wrong_is_named() {
        stops_at(r#"{"run_id":3}"#, "run_id");
        stops_at(r#"{"run_id":{"a":1},"on":true}"#, "run_id");
        stops_at(r#"{"run_id":[],"on":true}"#, "run_id");
        stops_at(r#"{"run_id":"a\"],{","on":"yes"}"#, "on");
        stops_at(r#"{"on":7}"#, "on");
        stops_at(r#"{"metrics":{}}"#, "metrics");
        stops_at(r#"{"metrics":"m","on":true}"#, "metrics");
        stops_at(r#"{"x":[[],{"y":[1,2]}],"metrics":[{"key":"a"},{"key":3}]}"#, "metrics[1].key");
        stops_at(r#"{"metrics":[{"step":1.5,"key":"a"}]}"#, "metrics[0].step");
        stops_at(r#"{"metrics":[{"value":"high"}]}"#, "metrics[0].value");
        stops_at(r#"{"metrics":[{"value":[]}]}"#, "metrics[0].value");
        stops_at(r#"{"metrics":[3]}"#, "metrics[0]");
        stops_at(r#"{"ids":["a",{}]}"#, "ids[1]");
        stops_at(r#"{"ids":["a",null,"b"]}"#, "ids[1]");
    }
}
