//! `headwater gc`: what to delete for good.

use clap::Args;

use super::values::Age;

/// Delete for good what was deleted, with its artifacts.
#[derive(Args, Debug)]
#[command(
    next_line_help = true,
    long_about = "Delete for good what was deleted: runs, logged models, experiments with all that is in them, and \
                  their artifacts. Without ids: everything that was deleted. Give the server's own \
                  --backend-store-uri and --artifacts-destination; a server may run meanwhile."
)]
pub struct GcArgs {
    /// Only what was deleted at least this long ago, as days, hours, minutes and seconds: 30d,
    /// 1d2h3m4s, 1.5h.
    #[arg(long, value_name = "TIME")]
    pub older_than: Option<Age>,

    /// The database [default: sqlite:///mlflow.db]
    #[arg(long, env = "MLFLOW_BACKEND_STORE_URI", hide_env_values = true, value_name = "URI")]
    pub backend_store_uri: Option<String>,

    /// Where the artifacts that pass through the server are kept: a folder or a URI.
    #[arg(
        long,
        env = "MLFLOW_ARTIFACTS_DESTINATION",
        hide_env_values = true,
        value_name = "URI",
        default_value = "./mlartifacts"
    )]
    pub artifacts_destination: String,

    /// Other places that hold artifacts, separated by commas: folders of this machine, and URIs of buckets and
    /// containers. Nothing is deleted elsewhere.
    #[arg(
        long,
        env = "HEADWATER_ARTIFACT_FOLDERS",
        hide_env_values = true,
        value_name = "FOLDERS"
    )]
    pub artifact_folders: Option<String>,

    /// Runs, separated by commas, instead of all deleted ones.
    #[arg(long, value_name = "IDS")]
    pub run_ids: Option<String>,

    /// Experiments, separated by commas, instead of all deleted ones.
    #[arg(long, value_name = "IDS")]
    pub experiment_ids: Option<String>,

    /// Logged models, separated by commas, instead of all deleted ones.
    #[arg(long, value_name = "IDS")]
    pub logged_model_ids: Option<String>,

    /// Delete the records of finished jobs too.
    #[arg(long)]
    pub jobs: bool,

    /// Delete the records of these finished jobs, separated by commas.
    #[arg(long, value_name = "IDS")]
    pub job_ids: Option<String>,

    /// Only in this workspace [default: $MLFLOW_WORKSPACE, else default]
    #[arg(long, value_name = "NAME", conflicts_with = "all_workspaces")]
    pub workspace: Option<String>,

    /// In all workspaces.
    #[arg(long)]
    pub all_workspaces: bool,

    /// Say what would be deleted, and delete nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Taken for MLflow's sake, which reaches artifacts through a server.
    #[arg(long, env = "MLFLOW_TRACKING_URI", hide_env_values = true, value_name = "URI")]
    pub tracking_uri: Option<String>,
}
