//! How long traces stay in the database: what the server's file and two tags of an experiment say.

mod config;

use std::borrow::Cow;

use app::{ApiError, App};
use serde_json::{Map, Value};

use super::wire::Experiment;

pub use config::{Config, duration_ms, load};

/// The tag by which an experiment's traces stay for another time than others.
pub const RETENTION: &str = "mlflow.trace.archivalRetention";
/// The tag that asks for an experiment's traces to be archived at once.
pub const NOW: &str = "mlflow.trace.archiveNow";

impl Config {
    /// How long an experiment's traces stay, such as `30d`. Its tag may say less than the server does,
    /// and more if the experiment is on the list.
    pub fn retention_of(&self, experiment: i64, tag: Option<&str>) -> Cow<'_, str> {
        let own = tag.and_then(|tag| object(tag).ok());
        let own = own.filter(|fields| fields.get("type") == Some(&"duration".into()));
        let own = own.as_ref().and_then(|fields| fields.get("value")?.as_str()).map(str::trim);
        match own.and_then(|own| Some((own, duration_ms(own)?))) {
            Some((own, ms))
                if ms <= self.retention_ms || self.long_retention.contains(&experiment) =>
            {
                Cow::Owned(own.to_owned())
            }
            _ => Cow::Borrowed(&self.retention),
        }
    }
}

/// Adds to experiments how long their traces stay, if the server archives any. The file may be changed
/// while the server runs, so it is read for each answer.
pub(super) fn add_retention(app: &App, experiments: &mut [Experiment]) {
    let Some(file) = &app.settings.trace_archival else { return };
    let Some(config) = load(file).ok().filter(|config| config.enabled) else { return };
    for experiment in experiments {
        let Ok(id) = experiment.experiment_id.parse() else { continue };
        let tag = experiment.tags.iter().find(|tag| tag.key == RETENTION);
        let retention = config.retention_of(id, tag.map(|tag| tag.value.as_str()));
        experiment.effective_trace_archival_retention = Some(retention.into_owned());
    }
}

/// Refuses a value that means nothing for one of the two tags. Other tags are free.
pub(super) fn check_tag(key: &str, value: &str) -> Result<(), ApiError> {
    match key {
        RETENTION => {
            let config = object(value)?;
            if config.get("type").and_then(Value::as_str) != Some("duration") {
                return Err(ApiError::invalid("Trace archival config must use type 'duration'."));
            }
            duration(config.get("value"))
        }
        NOW => match object(value)?.get("older_than") {
            None | Some(Value::Null) => Ok(()),
            given => duration(given),
        },
        _ => Ok(()),
    }
}

fn object(value: &str) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_str(value)
        .map_err(|_| ApiError::invalid("Trace archival config must be encoded as a JSON object."))
}

/// Refuses what is no duration such as `30d`, `12h` or `5m`.
fn duration(value: Option<&Value>) -> Result<(), ApiError> {
    let text = value.and_then(Value::as_str).unwrap_or_default().trim();
    if text.chars().count() > config::MAX_DURATION_LENGTH {
        return Err(ApiError::invalid("Trace archival duration must be at most 32 characters."));
    }
    if duration_ms(text).is_some() {
        return Ok(());
    }
    Err(ApiError::invalid(
        "Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', \
         'h', or 'd'.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_checked() {
        let accepted = |key, value| check_tag(key, value).is_ok();
        assert!(accepted(RETENTION, r#"{"type":"duration","value":"30d"}"#));
        assert!(accepted(NOW, "{}") && accepted(NOW, r#"{"older_than":"5m"}"#));
        assert!(accepted("anything", "nonsense"));
        for value in ["nonsense", "[]", "{}", r#"{"type":"duration","value":"0d"}"#] {
            assert!(!accepted(RETENTION, value), "{value}");
        }
        for value in ["1", r#"{"older_than":5}"#, r#"{"older_than":"1y"}"#, r#"{"older_than":"d"}"#]
        {
            assert!(!accepted(NOW, value), "{value}");
        }
    }
}
