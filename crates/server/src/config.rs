//! What the command line settled, checked: nothing past this file reads a flag.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use app::Settings;
use artifacts::Direct;
use axum::http::{HeaderName, HeaderValue};
use db::DatabaseUrl;
use transport::Security;
use transport::middleware::headers::FrameOptions;
use transport::middleware::hosts::Hosts;
use transport::middleware::origins::Origins;
use transport::middleware::proxies::Proxies;
use transport::tls::TlsOptions;

use crate::cli::{
    Asked, DatabaseArgs, DatabaseLogin, LogFormat, ServerArgs, StorageArgs, Switch, Synchronous,
};
use crate::demo::command::Opening;
use crate::environment::Environment;
use crate::platform::ContainerApp;
use crate::tls;

const DEFAULT_DATABASE: &str = "sqlite:///mlflow.db";

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
    pub database: DatabaseUrl,
    /// The model registry's own database, if it has one.
    pub registry: Option<DatabaseUrl>,
    pub database_options: db::Options,
    pub settings: Settings,
    /// Other folders of this machine whose artifacts may be served.
    pub artifact_folders: Vec<String>,
    /// What may go past this server, straight between clients and the artifact store.
    pub direct: Direct,
    /// Whether clients are to be shown the gateway.
    pub gateway: bool,
    /// Whether the text in spans is to have an index.
    pub text_index: bool,
    /// How daily sums of traces are kept, if they are.
    pub rollups: Option<traces::rollups::Settings>,
    pub host: String,
    pub port: u16,
    /// Empty, or `/x` without a slash at its end.
    pub static_prefix: String,
    /// Bytes of a request's body, artifacts excepted.
    pub max_body_size: u64,
    pub security: Option<Security>,
    /// Whose word on a request's way is taken.
    pub proxies: Proxies,
    /// How TLS is spoken, if it is.
    pub tls: Option<TlsOptions>,
    /// Requests worked on at once, if that is to be fewer than usual.
    pub at_once: Option<u32>,
    /// Headers of every answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub metrics: bool,
    pub ui_folder: Option<PathBuf>,
    pub log_format: LogFormat,
    pub log_level: String,
    /// Sentences for the log, about flags that have no effect.
    pub warnings: Vec<String>,
    /// What to show once the server listens (`headwater demo`).
    pub opening: Option<Opening>,
}

impl Config {
    /// # Errors
    /// When a flag has a value that cannot be served, or asks for protection that is not there.
    pub fn new(arguments: ServerArgs, environment: &Environment) -> Result<Self, ConfigError> {
        refuse_missing_protection(&arguments, environment)?;
        let mut warnings = warnings(&arguments);
        let mut asked =
            Asked::read(&arguments.python, &environment.uvicorn).map_err(ConfigError::new)?;
        warnings.append(&mut asked.warnings);
        let ServerArgs { storage, network, tls, security, operation, database, .. } = arguments;
        let tls = tls::options(tls, &asked, &mut warnings).map_err(ConfigError::new)?;
        let rollups = rollups(environment)?.filter(|_| !storage.artifacts_only);
        let settings = Settings {
            trace_archival: given(database.trace_archival_config.as_deref()).map(PathBuf::from),
            trace_rollups: rollups.is_some(),
            ..settings(&storage)
        };
        let url = database_url(&storage, &mut warnings)?;
        let registry = registry_url(&storage)?;
        let trusted = given(security.trusted_proxies.as_deref());
        let proxies = match trusted.or_else(|| given(asked.trusted_proxies.as_deref())) {
            Some(list) => list.parse::<Proxies>().map_err(ConfigError::new)?,
            // Nothing but the platform's ingress can reach a container of it.
            None if environment.container_app.is_some() => Proxies::Anyone,
            None => Proxies::default(),
        };
        let security = if security.disable_security_middleware {
            warnings.push(
                "--disable-security-middleware is given: hosts and origins are not checked"
                    .to_owned(),
            );
            None
        } else {
            let own = environment.container_app.as_ref().map(ContainerApp::hosts);
            let own = own.unwrap_or_default();
            let hosts = Hosts::new(given(security.allowed_hosts.as_deref())).with_own(&own);
            let origins = Origins::new(given(security.cors_allowed_origins.as_deref()));
            if hosts.allows_all() {
                warnings.push(
                    "--allowed-hosts is '*': any web site can rebind its name to this server"
                        .to_owned(),
                );
            }
            if origins.allows_all() {
                warnings.push("--cors-allowed-origins is '*': any web site can read and write this server's data".to_owned());
            }
            let frame_options =
                FrameOptions::from_str(&security.x_frame_options).map_err(ConfigError::new)?;
            Some(Security { hosts, origins, frame_options })
        };
        let text_index = database.trace_text_index == Switch::On;
        if text_index && matches!(url, DatabaseUrl::Sqlite { .. }) {
            return Err(ConfigError::new(
                "--trace-text-index on needs PostgreSQL; SQLite has no such index",
            ));
        }
        Ok(Self {
            database: url,
            registry,
            database_options: database_options(&database, environment)?,
            settings,
            artifact_folders: folders(storage.artifact_folders.as_deref()),
            direct: direct(&storage, environment)?,
            gateway: wants_gateway(environment)?,
            text_index,
            rollups,
            host: if network.host.is_empty() { "127.0.0.1".to_owned() } else { network.host },
            port: network.port,
            static_prefix: network.static_prefix.unwrap_or_default(),
            max_body_size: match network.max_body_size.0 {
                0 => u64::MAX,
                bytes => bytes,
            },
            security,
            proxies,
            tls,
            at_once: asked.at_once,
            headers: tls::headers(&asked).map_err(ConfigError::new)?,
            metrics: given(operation.expose_prometheus.as_deref()).is_some(),
            ui_folder: operation.ui_dir.filter(|folder| !folder.as_os_str().is_empty()),
            log_format: operation.log_format,
            log_level: operation.log_level,
            warnings,
            opening: None,
        })
    }
}

/// An empty text, as an unset variable of a container often is, is no value.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

pub(crate) fn folders(list: Option<&str>) -> Vec<String> {
    let folders = list.unwrap_or_default().split(',').map(str::trim);
    folders.filter(|folder| !folder.is_empty()).map(str::to_owned).collect()
}

fn direct(storage: &StorageArgs, environment: &Environment) -> Result<Direct, ConfigError> {
    let mut direct = Direct {
        offered: storage.direct_transfers == Switch::On,
        redirects_from: storage.redirect_downloads.map(|size| size.0),
        ..Direct::default()
    };
    if let Some(text) = &environment.download_lives {
        let seconds = text.parse::<u64>().ok().filter(|seconds| (1..=604_800).contains(seconds));
        let seconds = seconds.ok_or_else(|| {
            ConfigError::new(format!(
                "MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS={text} is not between 1 and 604800 seconds"
            ))
        })?;
        direct.download_lives = Duration::from_secs(seconds);
    }
    Ok(direct)
}

fn wants_gateway(environment: &Environment) -> Result<bool, ConfigError> {
    Ok(switch("MLFLOW_ENABLE_AI_GATEWAY", environment.gateway.as_deref())?.unwrap_or(true))
}

/// What a variable that is on or off says, if it is set.
fn switch(name: &str, text: Option<&str>) -> Result<Option<bool>, ConfigError> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(ConfigError::new(format!("{name}={other} is neither true nor false"))),
    }
}

fn rollups(environment: &Environment) -> Result<Option<traces::rollups::Settings>, ConfigError> {
    const SCHEDULE: &str = "MLFLOW_TRACE_ROLLUPS_SCHEDULE";
    const AT_MOST: &str = "MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN";
    let enabled = switch("MLFLOW_SQL_TRACE_ROLLUPS_ENABLED", environment.rollups.as_deref())?;
    if enabled != Some(true) {
        return Ok(None);
    }
    let schedule = environment.rollups_schedule.as_deref().unwrap_or("0 2 * * *").parse();
    let schedule = schedule
        .map_err(|error| ConfigError::new(format!("{SCHEDULE} cannot be used: {error}")))?;
    let at_most = environment.rollups_at_most.as_deref().unwrap_or("1000");
    let at_most =
        at_most.trim().parse().ok().filter(|count| *count > 0).ok_or_else(|| {
            ConfigError::new(format!("{AT_MOST}={at_most} is not a positive number"))
        })?;
    Ok(Some(traces::rollups::Settings { schedule, at_most }))
}

fn refuse_missing_protection(
    arguments: &ServerArgs,
    environment: &Environment,
) -> Result<(), ConfigError> {
    if let Some(name) = &arguments.later.app_name {
        return Err(ConfigError::new(format!(
            "--app-name {name} needs authentication, which this version does not support yet: put an \
             authenticating proxy in front of the server, and start it without the flag"
        )));
    }
    if arguments.later.wants_workspaces() {
        return Err(ConfigError::new(
            "--enable-workspaces needs workspaces, which this version does not support \
             yet: run one server for each group of users instead",
        ));
    }
    if let Some(workspace) = &environment.workspace {
        return Err(ConfigError::new(format!(
            "MLFLOW_WORKSPACE={workspace} is client-only: unset it before starting the server"
        )));
    }
    Ok(())
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

/// What is said of storage, and of nothing else.
fn settings(storage: &StorageArgs) -> Settings {
    let serve_artifacts = storage.serves_artifacts();
    let root = match given(storage.default_artifact_root.as_deref()) {
        Some(root) => root,
        None if serve_artifacts => "mlflow-artifacts:/",
        None => DEFAULT_LOCAL_ROOT,
    };
    let destination = given(Some(&storage.artifacts_destination)).unwrap_or("./mlartifacts");
    Settings {
        // What is stored must not depend on where the server was started.
        default_artifact_root: tracking::location::resolve(root.to_owned()),
        serve_artifacts,
        artifacts_destination: destination.to_owned(),
        artifacts_only: storage.artifacts_only,
        allowed_artifact_schemes: allowed_artifact_schemes(),
        custom_scorers: custom_scorers(),
        ..Settings::default()
    }
}

/// Whether the operator trusts every caller with code in scorers.
fn custom_scorers() -> bool {
    let given = std::env::var("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS").unwrap_or_default();
    matches!(given.to_ascii_lowercase().as_str(), "true" | "1")
}

/// The schemes of artifact locations that the operator trusts with any host.
fn allowed_artifact_schemes() -> Vec<String> {
    let list = std::env::var("MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES").unwrap_or_default();
    list.split(',').map(|scheme| scheme.trim().to_ascii_lowercase()).collect()
}

fn database_url(
    storage: &StorageArgs,
    warnings: &mut Vec<String>,
) -> Result<DatabaseUrl, ConfigError> {
    let text = given(storage.backend_store_uri.as_deref());
    if storage.artifacts_only {
        if text.is_some_and(|text| text != DEFAULT_DATABASE) {
            return Err(ConfigError::new(
                "--artifacts-only does not use a database: leave out either the flag or \
                 --backend-store-uri",
            ));
        }
        return Ok(DatabaseUrl::Sqlite { path: None });
    }
    let Some(text) = text else {
        if holds_file_store(Path::new(DEFAULT_LOCAL_ROOT)) {
            warnings.push(format!(
                "the folder {DEFAULT_LOCAL_ROOT} is a file store, whose runs are not served: migrate \
                 them to a database with `mlflow migrate-filestore --source . --target {DEFAULT_DATABASE}`"
            ));
        }
        return parse_url(DEFAULT_DATABASE);
    };
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if scheme == Some("file") || text.starts_with("file:") || (scheme.is_none() && is_path(text)) {
        // What has an `@` may be an address with a password in it.
        let shown = if text.contains('@') { "the address" } else { text };
        return Err(ConfigError::new(format!(
            "'{shown}' is a file store, and this server keeps its data in a database: migrate it with \
             `mlflow migrate-filestore --source <folder with mlruns> --target \
             {DEFAULT_DATABASE}` and start with --backend-store-uri {DEFAULT_DATABASE}"
        )));
    }
    parse_url(text)
}

/// The database of the registry, if it is to have one of its own.
fn registry_url(storage: &StorageArgs) -> Result<Option<DatabaseUrl>, ConfigError> {
    let main = given(storage.backend_store_uri.as_deref()).unwrap_or(DEFAULT_DATABASE);
    let text = given(storage.registry_store_uri.as_deref()).filter(|text| *text != main);
    let Some(text) = text.filter(|_| !storage.artifacts_only) else { return Ok(None) };
    let url = text.parse::<DatabaseUrl>();
    url.map(Some)
        .map_err(|error| ConfigError::new(format!("--registry-store-uri cannot be used: {error}")))
}

fn is_path(text: &str) -> bool {
    !text.contains(['@', ':']) || text.starts_with(['.', '/'])
}

/// The database of a command that only needs the flag's value.
pub(crate) fn backend_url(text: Option<&str>) -> Result<DatabaseUrl, ConfigError> {
    parse_url(given(text).unwrap_or(DEFAULT_DATABASE))
}

fn parse_url(text: &str) -> Result<DatabaseUrl, ConfigError> {
    text.parse::<DatabaseUrl>()
        .map_err(|error| ConfigError::new(format!("--backend-store-uri cannot be used: {error}")))
}

/// Whether a folder holds experiments as MLflow's file store keeps them.
fn holds_file_store(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let number = name.to_str().is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()));
        number && entry.path().join("meta.yaml").exists()
    })
}

fn database_options(
    arguments: &DatabaseArgs,
    environment: &Environment,
) -> Result<db::Options, ConfigError> {
    let identity = db::Identity {
        environment: environment.identity.clone(),
        now: || app::Clock::system().now_ms() / 1000,
    };
    let mut options = db::Options {
        login: match arguments.database_login {
            DatabaseLogin::Auto => db::Login::Automatic(identity),
            DatabaseLogin::Password => db::Login::Password,
            DatabaseLogin::Entra => db::Login::Entra(identity),
        },
        synchronous: match arguments.sqlite_synchronous {
            Synchronous::Normal => db::Synchronous::Normal,
            Synchronous::Full => db::Synchronous::Full,
        },
        ..db::Options::default()
    };
    options.query_timeout = match arguments.query_timeout.0 {
        0 => None,
        milliseconds => Some(Duration::from_millis(milliseconds)),
    };
    if let Some(connections) = arguments.database_connections {
        options.max_connections = connections as usize;
    } else if environment.pool_size.is_some() || environment.max_overflow.is_some() {
        // SQLAlchemy's own defaults: 5 kept, 10 more under load.
        let size = number("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", environment.pool_size.as_deref(), 5)?;
        let more =
            number("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", environment.max_overflow.as_deref(), 10)?;
        options.max_connections = usize::try_from(size.saturating_add(more)).unwrap_or(1).max(1);
    }
    Ok(options)
}

/// SQLAlchemy's `-1`, no limit, becomes the most that makes sense.
fn number(name: &str, text: Option<&str>, default: i64) -> Result<i64, ConfigError> {
    let Some(text) = text else { return Ok(default) };
    match text.parse::<i64>() {
        Ok(-1) => Ok(100),
        Ok(number) if (0..=10_000).contains(&number) => Ok(number),
        _ => Err(ConfigError::new(format!("{name}={text} is not a number of connections"))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn config(arguments: &[&str]) -> Result<Config, String> {
        config_in(arguments, &Environment::default())
    }

    fn config_in(arguments: &[&str], environment: &Environment) -> Result<Config, String> {
        let all = ["headwater", "server"].iter().chain(arguments);
        let Command::Server(arguments) = Cli::try_parse_from(all).unwrap().command else {
            panic!("another command")
        };
        Config::new(*arguments, environment).map_err(|error| error.to_string())
    }

    fn root(arguments: &[&str]) -> String {
        config(arguments).unwrap().settings.default_artifact_root
    }

    #[test]
    fn new_experiments_go_through_the_server_unless_told_otherwise() {
        assert_eq!(root(&[]), "mlflow-artifacts:/");
        assert_eq!(root(&["--default-artifact-root", "s3://bucket/p"]), "s3://bucket/p");
        let here = std::env::current_dir().unwrap();
        let local = root(&["--no-serve-artifacts"]);
        assert_eq!(Path::new(&local), here.join("mlruns"));
        assert_eq!(root(&["--default-artifact-root", "/data/x"]), "/data/x");
        assert_eq!(root(&["--default-artifact-root", "file:///data/x"]), "file:///data/x");
    }

    #[test]
    fn protection_that_is_not_there_is_refused() {
        for arguments in [&["--app-name", "basic-auth"][..], &["--enable-workspaces"]] {
            assert!(config(arguments).err().unwrap().contains("does not support yet"));
        }
        assert!(config(&["--enable-workspaces", "--disable-workspaces"]).is_ok());
        let environment = Environment { workspace: Some("x".into()), ..Environment::default() };
        assert!(config_in(&[], &environment).err().unwrap().contains("client-only"));
    }

    #[test]
    fn flags_without_effect_are_named_once() {
        let config = config(&["-w", "4", "--dev"]).unwrap();
        let expected = ["--workers, --dev have no effect: they apply to Python servers only"];
        assert_eq!(config.warnings, expected);
    }

    #[test]
    fn a_registry_of_its_own_is_another_database() {
        let registry = |arguments: &[&str]| config(arguments).map(|config| config.registry);
        let of =
            |uri| registry(&["--backend-store-uri", "sqlite:///a.db", "--registry-store-uri", uri]);
        assert!(of("sqlite:///b.db").unwrap().is_some());
        assert!(of("sqlite:///a.db").unwrap().is_none());
        assert!(of("").unwrap().is_none());
        assert!(of("./mlruns").err().unwrap().contains("--registry-store-uri"));
    }

    #[test]
    fn a_folder_as_backend_is_told_what_to_do() {
        for text in ["./mlruns", "mlruns", "/data/mlruns", "file:///data/mlruns", "file:mlruns"] {
            let error = config(&["--backend-store-uri", text]).err().unwrap();
            assert!(error.contains("migrate-filestore"), "{text}: {error}");
        }
        for text in ["mysql://u:secret@h/n", "databricks://x", "u:secret@h"] {
            let error = config(&["--backend-store-uri", text]).err().unwrap();
            assert!(error.contains("not a database that can be served"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn connections_follow_the_flag_or_sqlalchemys_variables() {
        let of = |arguments: &[&str], size: Option<&str>, more: Option<&str>| {
            let environment = Environment {
                pool_size: size.map(str::to_owned),
                max_overflow: more.map(str::to_owned),
                ..Environment::default()
            };
            config_in(arguments, &environment).map(|config| config.database_options.max_connections)
        };
        assert_eq!(of(&[], None, None), Ok(20));
        assert_eq!(of(&[], Some("7"), None), Ok(17));
        assert_eq!(of(&[], Some("7"), Some("0")), Ok(7));
        assert_eq!(of(&["--database-connections", "3"], Some("7"), Some("0")), Ok(3));
        assert!(of(&[], Some("many"), None).is_err());
    }

    #[test]
    fn daily_sums_are_wished_for() {
        let of = |enabled: &str, schedule: Option<&str>, at_most: Option<&str>| {
            let environment = Environment {
                rollups: Some(enabled.to_owned()),
                rollups_schedule: schedule.map(str::to_owned),
                rollups_at_most: at_most.map(str::to_owned),
                ..Environment::default()
            };
            config_in(&[], &environment).map(|config| {
                assert_eq!(config.settings.trace_rollups, config.rollups.is_some());
                config.rollups.map(|rollups| rollups.at_most)
            })
        };
        assert_eq!(config(&[]).unwrap().rollups, None);
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

    #[test]
    fn a_container_app_believes_its_ingress_and_knows_its_name() {
        let app = ContainerApp::detect(|variable| match variable {
            "CONTAINER_APP_NAME" => Some("tracker".to_owned()),
            "CONTAINER_APP_ENV_DNS_SUFFIX" => Some("calm.azurecontainerapps.io".to_owned()),
            _ => None,
        });
        let environment = Environment { container_app: app, ..Environment::default() };
        let config = config_in(&[], &environment).unwrap();
        assert_eq!(config.proxies, Proxies::Anyone);
        let hosts = config.security.unwrap().hosts;
        assert!(hosts.allows(Some("tracker.calm.azurecontainerapps.io")));
        assert!(!hosts.allows(Some("evil.example")));
        let config = config_in(&["--trusted-proxies", "10.0.0.0/8"], &environment).unwrap();
        assert_eq!(config.proxies, "10.0.0.0/8".parse().unwrap());
        assert!(config_in(&["--trusted-proxies", "x"], &environment).is_err());
    }

    #[test]
    fn artifacts_only_takes_no_database() {
        let url = config(&["--artifacts-only"]).unwrap().database;
        assert!(matches!(url, DatabaseUrl::Sqlite { path: None }));
        assert!(config(&["--artifacts-only", "--backend-store-uri", "sqlite:///x.db"]).is_err());
    }

    #[test]
    fn a_folder_with_experiments_in_files_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!holds_file_store(folder.path()));
        std::fs::create_dir_all(folder.path().join("0/run")).unwrap();
        assert!(!holds_file_store(folder.path()));
        std::fs::write(folder.path().join("0/meta.yaml"), "").unwrap();
        assert!(holds_file_store(folder.path()));
    }
}
