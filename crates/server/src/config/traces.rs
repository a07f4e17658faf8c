//! What is kept of traces besides themselves: sums, an index of their text, an archive.

use std::path::PathBuf;

use db::DatabaseUrl;

use super::{ConfigError, given};
use crate::cli::{DatabaseArgs, Switch};
use crate::environment::Environment;

pub struct Traces {
    /// Whether the text in spans is to have an index.
    pub text_index: bool,
    /// How daily sums are kept, if they are.
    pub rollups: Option<traces::rollups::Settings>,
    /// The file that says which traces are archived.
    pub archival: Option<PathBuf>,
}

impl Traces {
    pub fn new(
        arguments: &DatabaseArgs,
        database: &DatabaseUrl,
        artifacts_only: bool,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let text_index = arguments.trace_text_index == Switch::On;
        if text_index && matches!(database, DatabaseUrl::Sqlite { .. }) {
            return Err(ConfigError::new(
                "--trace-text-index on needs PostgreSQL; SQLite has no such index",
            ));
        }
        Ok(Self {
            text_index,
            rollups: rollups(environment)?.filter(|_| !artifacts_only),
            archival: given(arguments.trace_archival_config.as_deref()).map(PathBuf::from),
        })
    }
}

fn rollups(environment: &Environment) -> Result<Option<traces::rollups::Settings>, ConfigError> {
    const ENABLED: &str = "MLFLOW_SQL_TRACE_ROLLUPS_ENABLED";
    const SCHEDULE: &str = "MLFLOW_TRACE_ROLLUPS_SCHEDULE";
    const AT_MOST: &str = "MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN";
    let enabled = environment.switch(ENABLED).map_err(ConfigError::new)?;
    if enabled != Some(true) {
        return Ok(None);
    }
    let schedule = environment.get(SCHEDULE).unwrap_or("0 2 * * *").parse();
    let schedule = schedule
        .map_err(|error| ConfigError::new(format!("{SCHEDULE} cannot be used: {error}")))?;
    let at_most = environment.get(AT_MOST).unwrap_or("1000");
    let at_most =
        at_most.trim().parse().ok().filter(|count| *count > 0).ok_or_else(|| {
            ConfigError::new(format!("{AT_MOST}={at_most} is not a positive number"))
        })?;
    Ok(Some(traces::rollups::Settings { schedule, at_most }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, config_in};
    use super::*;

    #[test]
    fn daily_sums_are_wished_for() {
        let of = |enabled: &str, schedule: Option<&str>, at_most: Option<&str>| {
            let environment = Environment::from([
                ("MLFLOW_SQL_TRACE_ROLLUPS_ENABLED", enabled),
                ("MLFLOW_TRACE_ROLLUPS_SCHEDULE", schedule.unwrap_or_default()),
                ("MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN", at_most.unwrap_or_default()),
            ]);
            config_in(&[], &environment).map(|config| {
                assert_eq!(config.settings.trace_rollups, config.traces.rollups.is_some());
                config.traces.rollups.map(|rollups| rollups.at_most)
            })
        };
        assert_eq!(config(&[]).unwrap().traces.rollups, None);
        assert_eq!(of("true", None, None), Ok(Some(1000)));
        assert_eq!(of("True", Some("*/5 * * * 1-5"), Some("7")), Ok(Some(7)));
        assert_eq!(of("false", Some("x"), None), Ok(None));
        assert!(of("perhaps", None, None).unwrap_err().contains("neither true nor false"));
        let error = of("1", Some("0 2 * *"), None).unwrap_err();
        assert!(error.starts_with("MLFLOW_TRACE_ROLLUPS_SCHEDULE cannot be used: "), "{error}");
        for count in ["0", "-1", "many"] {
            assert!(of("1", None, Some(count)).unwrap_err().contains("is not a positive number"));
        }
    }
}
