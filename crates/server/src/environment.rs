//! What the environment says that no flag does.

use std::collections::BTreeMap;

use crate::platform::ContainerApp;

/// Variables that MLflow reads besides those that belong to a flag.
#[derive(Debug, Default)]
pub struct Environment {
    /// `MLFLOW_WORKSPACE`
    pub workspace: Option<String>,
    /// `MLFLOW_SQLALCHEMYSTORE_POOL_SIZE`
    pub pool_size: Option<String>,
    /// `MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW`
    pub max_overflow: Option<String>,
    /// `MLFLOW_ENABLE_AI_GATEWAY`
    pub gateway: Option<String>,
    /// `MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS`
    pub download_lives: Option<String>,
    /// `MLFLOW_SQL_TRACE_ROLLUPS_ENABLED`
    pub rollups: Option<String>,
    /// `MLFLOW_TRACE_ROLLUPS_SCHEDULE`
    pub rollups_schedule: Option<String>,
    /// `MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN`
    pub rollups_at_most: Option<String>,
    /// Options of uvicorn's: `UVICORN_*`
    pub uvicorn: Vec<(String, String)>,
    /// The container app that this is, if it is one.
    pub container_app: Option<ContainerApp>,
    /// What tells where this program's identity is: `AZURE_*` and `IDENTITY_*`.
    pub identity: BTreeMap<String, String>,
}

impl Environment {
    pub fn read() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            workspace: variable("MLFLOW_WORKSPACE"),
            pool_size: variable("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"),
            max_overflow: variable("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"),
            gateway: variable("MLFLOW_ENABLE_AI_GATEWAY"),
            download_lives: variable("MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS"),
            rollups: variable("MLFLOW_SQL_TRACE_ROLLUPS_ENABLED"),
            rollups_schedule: variable("MLFLOW_TRACE_ROLLUPS_SCHEDULE"),
            rollups_at_most: variable("MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN"),
            uvicorn: std::env::vars()
                .filter(|(name, value)| name.starts_with("UVICORN_") && !value.is_empty())
                .collect(),
            container_app: ContainerApp::detect(variable),
            identity: std::env::vars()
                .filter(|(name, _)| name.starts_with("AZURE_") || name.starts_with("IDENTITY_"))
                .collect(),
        }
    }
}
