//! Sends the requests of a corpus, and remembers the values that it saves from the answers.

use axum::body::Body;
use axum::http::{HeaderName, Method, Request};
use it::Server;
use serde_json::{Map, Value, json};

use super::normal::Normal;

const PREFIX: &str = "/api/2.0/mlflow/";

/// Between two requests, so that what they make has an order in time.
const STEP_MILLIS: i64 = 7;

pub(crate) struct Player<'a> {
    server: &'a Server,
    api: &'static str,
    saved: Vec<(String, Value)>,
}

impl<'a> Player<'a> {
    pub(crate) fn new(server: &'a Server, api: &str) -> Self {
        let api = if api == "api" { "api" } else { "ajax-api" };
        Self { server, api, saved: vec![("unique".into(), "u0123456789".into())] }
    }

    /// Sends one request and returns its normalised answer: `status` and `body`.
    pub(crate) async fn play(&mut self, request: &Value) -> Value {
        self.server.app.clock.advance(STEP_MILLIS);
        let answer = self.server.send(self.request(request)).await;
        let body = read(&answer.body);
        for (name, place) in request["save"].as_object().into_iter().flatten() {
            let place = place.as_str().unwrap();
            let Some(value) = dig(&body, place) else {
                return json!({"status": 0, "body": format!("no {place} in the answer {body}")});
            };
            self.save(name, value.clone());
        }
        let normal = Normal { saved: &self.saved, now: self.server.app.clock.now_ms() };
        json!({"status": answer.status.as_u16(), "body": normal.answer(body)})
    }

    fn save(&mut self, name: &str, value: Value) {
        match self.saved.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.saved.push((name.to_owned(), value)),
        }
    }

    fn request(&self, request: &Value) -> Request<Body> {
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let mut path = self.fill_text(request["path"].as_str().unwrap(), 0);
        if !path.starts_with('/') {
            path.insert_str(0, PREFIX);
        }
        let stays = request["fixed"].as_bool() == Some(true);
        if let (Some(rest), false) = (path.strip_prefix("/api/"), stays) {
            path = format!("/{}/{rest}", self.api);
        }
        let mut uri = escaped(&path);
        let query = self.query(&request["query"]);
        if !query.is_empty() {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&query);
        }
        let (body, is_json) = self.body(request);
        let mut built = Request::builder().method(method).uri(uri);
        let replaced = request["headers"].as_object();
        let has = |name: &str| {
            replaced.is_some_and(|headers| headers.keys().any(|key| key.eq_ignore_ascii_case(name)))
        };
        if is_json && !has("content-type") {
            built = built.header("content-type", "application/json");
        }
        for (name, value) in replaced.into_iter().flatten() {
            if let Some(value) = value.as_str() {
                let value = self.fill_text(value, 0);
                built = built.header(HeaderName::try_from(name.as_str()).unwrap(), value);
            }
        }
        built.body(Body::from(body)).unwrap()
    }

    /// The body, and whether it is sent as JSON.
    fn body(&self, request: &Value) -> (Vec<u8>, bool) {
        if let Some(body) = request.get("body") {
            (self.fill(body, 0).to_string().into_bytes(), true)
        } else if let Some(text) = request["text"].as_str() {
            (self.fill_text(text, 0).into_bytes(), true)
        } else if let Some(encoded) = request["base64"].as_str() {
            (unpacked(encoded), true)
        } else {
            (Vec::new(), false)
        }
    }

    fn query(&self, query: &Value) -> String {
        let pairs: Vec<(String, Value)> = match query {
            Value::Null => return String::new(),
            Value::String(text) => return escaped(&self.fill_text(text, 0)),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.fill(value, 0))).collect()
            }
            Value::Array(pairs) => pairs
                .iter()
                .map(|pair| (self.fill_text(&text_of(&pair[0]), 0), self.fill(&pair[1], 0)))
                .collect(),
            other => panic!("a query is no {other}"),
        };
        let mut written = url_query();
        for (key, value) in pairs {
            match value {
                Value::Null => {}
                Value::Array(items) => {
                    for item in items {
                        written.append_pair(&key, &text_of(&item));
                    }
                }
                value => {
                    written.append_pair(&key, &text_of(&value));
                }
            }
        }
        written.finish()
    }

    /// Replaces the placeholders in a value; a value that is one placeholder keeps its type.
    fn fill(&self, value: &Value, count: u64) -> Value {
        match value {
            Value::String(text) => match whole_placeholder(text) {
                Some(name) => self.lookup(name, count),
                None => self.fill_text(text, count).into(),
            },
            Value::Array(items) => items.iter().map(|item| self.fill(item, count)).collect(),
            Value::Object(fields) => match fields.get("$repeat").and_then(Value::as_u64) {
                Some(times) => (0..times).map(|index| self.fill(&fields["of"], index)).collect(),
                None => fields
                    .iter()
                    .map(|(key, item)| (self.fill_text(key, count), self.fill(item, count)))
                    .collect::<Map<_, _>>()
                    .into(),
            },
            other => other.clone(),
        }
    }

    fn fill_text(&self, text: &str, count: u64) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = next_placeholder(rest) {
            filled.push_str(before);
            filled.push_str(&text_of(&self.lookup(name, count)));
            rest = after;
        }
        filled + rest
    }

    fn lookup(&self, name: &str, count: u64) -> Value {
        if name == "i" {
            return count.to_string().into();
        }
        if let Some((text, times)) = name.split_once('*')
            && let Ok(times) = times.parse()
        {
            return text.repeat(times).into();
        }
        let saved = self.saved.iter().find(|(known, _)| known == name);
        saved.unwrap_or_else(|| panic!("nothing was saved as {name}")).1.clone()
    }
}

fn url_query() -> form_urlencoded::Serializer<'static, String> {
    form_urlencoded::Serializer::new(String::new())
}

/// Splits a text at its first `<<name>>`.
pub(crate) fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("<<")?;
        let inner = &text[start + 2..];
        let end = inner.find(['<', '>'])?;
        if end > 0 && inner[end..].starts_with(">>") {
            return Some((&text[..start], &inner[..end], &inner[end + 2..]));
        }
        from = start + 1;
    }
}

fn whole_placeholder(text: &str) -> Option<&str> {
    next_placeholder(text)
        .filter(|(before, _, after)| before.is_empty() && after.is_empty())
        .map(|(_, name, _)| name)
}

pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A path or query with what may not stand in an address escaped; all else as it is.
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}

fn unpacked(encoded: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(encoded).unwrap()
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(body);
        if text.trim_start().starts_with('<') {
            "<html>".into()
        } else {
            text.chars().take(2000).collect::<String>().into()
        }
    })
}

/// The value at a dotted path, such as `runs.0.info.run_id`.
fn dig<'v>(body: &'v Value, place: &str) -> Option<&'v Value> {
    place.split('.').try_fold(body, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}
