//! Where artifacts are kept, and how they get there.

use std::time::Duration;

use app::Settings;
use artifacts::Direct;

use super::{ConfigError, DEFAULT_LOCAL_ROOT, given};
use crate::cli::{StorageArgs, Switch};
use crate::environment::Environment;

/// What only the artifact store needs to know.
pub struct Artifacts {
    /// Other places whose artifacts may be served: folders of this machine, and URIs of buckets and containers.
    pub folders: Vec<String>,
    /// What may go past this server, straight between clients and the artifact store.
    pub direct: Direct,
    /// Whether clients hear that they may move large files past this server to and from the store, if they may.
    pub advertised: Advertised,
    /// How stores are opened.
    pub store: blob::Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertised {
    pub uploads: bool,
    pub downloads: bool,
}

impl Artifacts {
    pub fn new(arguments: &StorageArgs, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            folders: folders(arguments.artifact_folders.as_deref()),
            direct: direct(arguments, environment)?,
            advertised: Advertised {
                uploads: advertised("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", environment)?,
                downloads: advertised("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", environment)?,
            },
            store: store(environment),
        })
    }
}

/// MLflow says nothing of such transfers unless these are set; here they only take them back.
fn advertised(name: &str, environment: &Environment) -> Result<bool, ConfigError> {
    Ok(environment.switch(name).map_err(ConfigError::new)?.unwrap_or(true))
}

/// How artifact stores are opened.
pub(crate) fn store(environment: &Environment) -> blob::Settings {
    blob::Settings { environment: environment.all().collect(), ..blob::Settings::default() }
}

/// A list whose entries are separated by commas.
pub(crate) fn folders(list: Option<&str>) -> Vec<String> {
    let folders = list.unwrap_or_default().split(',').map(str::trim);
    folders.filter(|folder| !folder.is_empty()).map(str::to_owned).collect()
}

fn direct(arguments: &StorageArgs, environment: &Environment) -> Result<Direct, ConfigError> {
    const DOWNLOAD_LIVES: &str = "MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS";
    let mut direct = Direct {
        offered: arguments.direct_transfers == Switch::On,
        redirects_from: arguments.redirect_downloads.map(|size| size.0),
        ..Direct::default()
    };
    if let Some(text) = environment.get(DOWNLOAD_LIVES) {
        let seconds = text.parse::<u64>().ok().filter(|seconds| (1..=604_800).contains(seconds));
        let seconds = seconds.ok_or_else(|| {
            ConfigError::new(format!("{DOWNLOAD_LIVES}={text} is not between 1 and 604800 seconds"))
        })?;
        direct.download_lives = Duration::from_secs(seconds);
    }
    Ok(direct)
}

/// What features need to know of the arguments.
pub fn settings(
    arguments: &StorageArgs,
    environment: &Environment,
) -> Result<Settings, ConfigError> {
    let serve_artifacts = arguments.serves_artifacts();
    let root = match given(arguments.default_artifact_root.as_deref()) {
        Some(root) => root,
        None if serve_artifacts => "mlflow-artifacts:/",
        None => DEFAULT_LOCAL_ROOT,
    };
    let destination = given(Some(&arguments.artifacts_destination)).unwrap_or("./mlartifacts");
    Ok(Settings {
        // What is stored must not depend on where the server was started.
        default_artifact_root: tracking::location::resolve(root.to_owned()),
        serve_artifacts,
        artifacts_destination: destination.to_owned(),
        artifacts_only: arguments.artifacts_only,
        allowed_artifact_schemes: allowed_schemes(environment),
        custom_scorers: custom_scorers(environment),
        skill_content_max_size: skill_content_max_size(environment)?,
        ..Settings::default()
    })
}

fn skill_content_max_size(environment: &Environment) -> Result<u64, ConfigError> {
    const NAME: &str = "MLFLOW_SKILL_CONTENT_MAX_DECOMPRESSED_SIZE";
    let Some(text) = environment.get(NAME) else { return Ok(25 << 20) };
    let size = text.parse().ok().filter(|size| *size > 0);
    size.ok_or_else(|| ConfigError::new(format!("{NAME}={text} is not a number of bytes above 0")))
}

/// Whether the operator trusts every caller with code in scorers.
fn custom_scorers(environment: &Environment) -> bool {
    let value = environment.get("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS").unwrap_or_default();
    matches!(value.to_ascii_lowercase().as_str(), "true" | "1")
}

/// The schemes of artifact locations that the operator trusts with any host.
fn allowed_schemes(environment: &Environment) -> Vec<String> {
    let list = environment.get("MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES");
    list.unwrap_or_default().split(',').map(|scheme| scheme.trim().to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::tests::{config, config_in};
    use super::*;

    fn root(arguments: &[&str]) -> String {
        config(arguments).unwrap().settings.default_artifact_root
    }

    #[test]
    fn new_experiments_go_through_the_server_by_default() {
        assert_eq!(root(&[]), "mlflow-artifacts:/");
        assert_eq!(root(&["--default-artifact-root", "s3://bucket/p"]), "s3://bucket/p");
        let here = std::env::current_dir().unwrap();
        let local = root(&["--no-serve-artifacts"]);
        assert_eq!(Path::new(&local), here.join("mlruns"));
        assert_eq!(root(&["--default-artifact-root", "/data/x"]), "/data/x");
        assert_eq!(root(&["--default-artifact-root", "file:///data/x"]), "file:///data/x");
    }

    #[test]
    fn variables_are_read() {
        let environment = Environment::from([
            ("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", "True"),
            ("MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES", "HDFS, dbfs"),
            ("MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS", "60"),
        ]);
        let config = config_in(&[], &environment).unwrap();
        assert!(config.settings.custom_scorers);
        assert_eq!(config.settings.allowed_artifact_schemes, ["hdfs", "dbfs"]);
        assert_eq!(config.artifacts.direct.download_lives, Duration::from_mins(1));
    }
}
