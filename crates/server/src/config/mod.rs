//! What the command line and the environment settled, checked, section by section. Nothing past this module reads a flag or
//! a variable.

mod artifacts;
mod database;
mod network;
mod security;
mod tls;
mod traces;

use std::path::PathBuf;

use app::Settings;
use transport::Security;

pub use artifacts::Artifacts;
pub use database::Database;
pub use network::Network;
pub use traces::Traces;

pub(crate) use artifacts::{folders, store};
pub(crate) use database::backend_url;

use crate::cli::{LogFormat, OperationArgs, PythonOptions, ServerArgs};
use crate::commands::demo::Opening;
use crate::environment::Environment;
use crate::platform::ContainerApp;

/// Where a database store keeps artifacts that nobody placed, when this server serves none.
const DEFAULT_LOCAL_ROOT: &str = "./mlruns";

/// Why the command line cannot be served: one plain sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// A command line that can be served.
pub struct Config {
    /// What features read.
    pub settings: Settings,
    pub database: Database,
    pub artifacts: Artifacts,
    pub network: Network,
    /// `None`: hosts and origins are not checked.
    pub security: Option<Security>,
    pub traces: Traces,
    pub registry: registry::Settings,
    pub graphql: graphql::Limits,
    pub operation: Operation,
    /// Whether clients are to be shown the gateway.
    pub gateway: bool,
    /// Sentences for the log, about flags that have no effect.
    pub warnings: Vec<String>,
    /// What to show once the server listens (`headwater demo`).
    pub opening: Option<Opening>,
}

/// How the server is watched, and which page it shows.
pub struct Operation {
    pub metrics: bool,
    pub ui_folder: Option<PathBuf>,
    pub log_format: LogFormat,
    pub log_level: String,
}

impl Config {
    /// # Errors
    /// When a flag or a variable has a value that cannot be served, or asks for protection that is not there.
    pub fn new(arguments: ServerArgs, environment: &Environment) -> Result<Self, ConfigError> {
        security::refuse_missing_protection(&arguments, environment)?;
        let mut warnings = warnings(&arguments);
        let mut options =
            PythonOptions::read(&arguments.python, environment).map_err(ConfigError::new)?;
        warnings.append(&mut options.warnings);
        let container_app = ContainerApp::detect(environment);
        let ServerArgs { storage, network, tls, security, operation, database, .. } = arguments;
        let network = Network::new(
            network,
            tls,
            security.trusted_proxies.as_deref(),
            &options,
            container_app.is_some(),
            &mut warnings,
        )?;
        let security = security::new(&security, container_app.as_ref(), &mut warnings)?;
        let databases = Database::new(&storage, &database, environment, &mut warnings)?;
        let traces = Traces::new(&database, &databases.url, storage.artifacts_only, environment)?;
        let gateway = environment.switch("MLFLOW_ENABLE_AI_GATEWAY").map_err(ConfigError::new)?;
        let variable = |name: &str| environment.get(name).map(str::to_owned);
        let registry = registry::Settings::read(variable)
            .map_err(|error| ConfigError::new(error.to_string()))?;
        Ok(Self {
            settings: Settings {
                trace_archival: traces.archival.clone(),
                trace_rollups: traces.rollups.is_some(),
                ..artifacts::settings(&storage, environment)?
            },
            database: databases,
            artifacts: Artifacts::new(&storage, environment)?,
            network,
            security,
            traces,
            registry,
            graphql: graphql::Limits::read(variable),
            operation: Operation::new(operation),
            gateway: gateway.unwrap_or(true),
            warnings,
            opening: None,
        })
    }
}

impl Operation {
    fn new(arguments: OperationArgs) -> Self {
        Self {
            metrics: given(arguments.expose_prometheus.as_deref()).is_some(),
            ui_folder: arguments.ui_dir.filter(|folder| !folder.as_os_str().is_empty()),
            log_format: arguments.log_format,
            log_level: arguments.log_level,
        }
    }
}

/// An empty value, as an unset variable of a container often is, counts as none.
fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn warnings(arguments: &ServerArgs) -> Vec<String> {
    let mut warnings = Vec::new();
    let python = arguments.python.given();
    if !python.is_empty() {
        let (verb, reason) =
            if python.len() == 1 { ("has", "it applies") } else { ("have", "they apply") };
        warnings.push(format!(
            "{} {verb} no effect: {reason} to Python servers only",
            python.join(", ")
        ));
    }
    let later = &arguments.later;
    let ignored = [
        (
            "--read-replica-backend-store-uri",
            given(later.read_replica_backend_store_uri.as_deref()),
            "all reads go to the backend store",
        ),
        (
            "--workspace-store-uri",
            given(later.workspace_store_uri.as_deref()),
            "workspaces are not enabled",
        ),
    ];
    for (flag, value, meaning) in ignored {
        if value.is_some() {
            warnings.push(format!("{flag} has no effect: {meaning}"));
        }
    }
    if later.secrets_cache_ttl != 60 || later.secrets_cache_max_size != 1000 {
        warnings.push(
            "the flags of the secrets cache have no effect: secrets are not supported yet"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    pub(super) fn config(arguments: &[&str]) -> Result<Config, String> {
        config_in(arguments, &Environment::default())
    }

    pub(super) fn config_in(
        arguments: &[&str],
        environment: &Environment,
    ) -> Result<Config, String> {
        let all = ["headwater", "server"].iter().chain(arguments);
        let Command::Server(arguments) = Cli::try_parse_from(all).unwrap().command else {
            panic!("another command")
        };
        Config::new(*arguments, environment).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_without_effect_are_named_once() {
        let config = config(&["-w", "4", "--dev"]).unwrap();
        let expected = ["--workers, --dev have no effect: they apply to Python servers only"];
        assert_eq!(config.warnings, expected);
    }

    #[test]
    fn a_variable_that_cannot_be_served_is_named() {
        for variable in ["MLFLOW_ENABLE_AI_GATEWAY", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS"] {
            let error = config_in(&[], &Environment::from([(variable, "perhaps")])).err().unwrap();
            assert_eq!(error, format!("{variable}=perhaps is neither true nor false"));
        }
    }
}
