//! Which databases are served, and how they are connected to.

use std::path::Path;
use std::time::Duration;

use db::DatabaseUrl;

use super::{ConfigError, DEFAULT_LOCAL_ROOT, given};
use crate::cli::{DatabaseArgs, DatabaseLogin, NewerSchema, StorageArgs, Synchronous};
use crate::environment::Environment;

const DEFAULT_DATABASE: &str = "sqlite:///mlflow.db";

/// The databases.
pub struct Database {
    pub url: DatabaseUrl,
    /// The model registry's own database, if it has one.
    pub registry: Option<DatabaseUrl>,
    pub options: db::Options,
    pub newer_schema: schema::Newer,
}

impl Database {
    pub fn new(
        storage: &StorageArgs,
        arguments: &DatabaseArgs,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            url: database_url(storage, warnings)?,
            registry: registry_url(storage)?,
            options: options(arguments, environment)?,
            newer_schema: match arguments.newer_schema {
                NewerSchema::Check => schema::Newer::Check,
                NewerSchema::Refuse => schema::Newer::Refuse,
            },
        })
    }
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

fn options(
    arguments: &DatabaseArgs,
    environment: &Environment,
) -> Result<db::Options, ConfigError> {
    const POOL_SIZE: &str = "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE";
    const MAX_OVERFLOW: &str = "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW";
    let identity = db::Identity {
        environment: ["AZURE_", "IDENTITY_"]
            .iter()
            .flat_map(|prefix| environment.with_prefix(prefix))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
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
    } else if environment.get(POOL_SIZE).or(environment.get(MAX_OVERFLOW)).is_some() {
        // SQLAlchemy's own defaults: 5 kept, 10 more under load.
        let size = number(POOL_SIZE, environment, 5)?;
        let more = number(MAX_OVERFLOW, environment, 10)?;
        options.max_connections = usize::try_from(size.saturating_add(more)).unwrap_or(1).max(1);
    }
    Ok(options)
}

/// SQLAlchemy's `-1`, no limit, becomes the most that makes sense.
fn number(name: &str, environment: &Environment, default: i64) -> Result<i64, ConfigError> {
    let Some(text) = environment.get(name) else { return Ok(default) };
    match text.parse::<i64>() {
        Ok(-1) => Ok(100),
        Ok(number) if (0..=10_000).contains(&number) => Ok(number),
        _ => Err(ConfigError::new(format!("{name}={text} is not a number of connections"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, config_in};
    use super::*;

    #[test]
    fn a_registry_of_its_own_is_another_database() {
        let registry =
            |arguments: &[&str]| config(arguments).map(|config| config.database.registry);
        let of =
            |uri| registry(&["--backend-store-uri", "sqlite:///a.db", "--registry-store-uri", uri]);
        assert!(of("sqlite:///b.db").unwrap().is_some());
        assert!(of("sqlite:///a.db").unwrap().is_none());
        assert!(of("").unwrap().is_none());
        assert!(of("./mlruns").err().unwrap().contains("--registry-store-uri"));
    }

    #[test]
    fn a_folder_as_backend_is_refused_with_advice() {
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
            let environment = Environment::from([
                ("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", size.unwrap_or_default()),
                ("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", more.unwrap_or_default()),
            ]);
            config_in(arguments, &environment).map(|config| config.database.options.max_connections)
        };
        assert_eq!(of(&[], None, None), Ok(20));
        assert_eq!(of(&[], Some("7"), None), Ok(17));
        assert_eq!(of(&[], Some("7"), Some("0")), Ok(7));
        assert_eq!(of(&["--database-connections", "3"], Some("7"), Some("0")), Ok(3));
        assert!(of(&[], Some("many"), None).is_err());
    }

    #[test]
    fn artifacts_only_takes_no_database() {
        let url = config(&["--artifacts-only"]).unwrap().database.url;
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
