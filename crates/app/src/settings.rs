//! What the command line settled, as far as handlers care.

use std::path::PathBuf;

/// Settings that features read. Made once, at start-up.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where a new experiment's artifacts go: its own folder is `<root>/<experiment id>`.
    pub default_artifact_root: String,
    /// Whether artifacts pass through this server (`--serve-artifacts`).
    pub serve_artifacts: bool,
    /// Where proxied artifacts are kept (`--artifacts-destination`).
    pub artifacts_destination: String,
    /// Whether only the artifact proxy is served (`--artifacts-only`).
    pub artifacts_only: bool,
    /// How large the content of a skill may be when it is unpacked, in bytes (`MLFLOW_SKILL_CONTENT_MAX_DECOMPRESSED_SIZE`).
    pub skill_content_max_size: u64,
    /// Schemes whose locations may name any host (`MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES`).
    pub allowed_artifact_schemes: Vec<String>,
    /// Whether scorers that carry code may be registered (`MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS`).
    pub custom_scorers: bool,
    /// The file that says which traces are archived (`--trace-archival-config`).
    pub trace_archival: Option<PathBuf>,
    /// Whether daily sums of traces are kept (`MLFLOW_SQL_TRACE_ROLLUPS_ENABLED`).
    pub trace_rollups: bool,
}
