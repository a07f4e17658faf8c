//! Flags that are meant for a Python server. What their options come to: [`super::python_options`].

use clap::Args;

/// Taken so that a command line written for MLflow works.
#[derive(Args, Debug, Default)]
#[command(
    next_help_heading = "For compatibility with MLflow (TLS, proxies and limits are obeyed; the rest tunes Python servers)"
)]
pub struct PythonArgs {
    /// Worker processes of a Python server. Headwater uses all processors from one process.
    #[arg(short, long, env = "MLFLOW_WORKERS", hide_env_values = true, value_name = "N")]
    workers: Option<String>,

    /// Options for gunicorn.
    #[arg(
        long,
        env = "MLFLOW_GUNICORN_OPTS",
        hide_env_values = true,
        value_name = "TEXT",
        allow_hyphen_values = true
    )]
    pub gunicorn_opts: Option<String>,

    /// Options for waitress.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub waitress_opts: Option<String>,

    /// Options for uvicorn.
    #[arg(
        long,
        env = "MLFLOW_UVICORN_OPTS",
        hide_env_values = true,
        value_name = "TEXT",
        allow_hyphen_values = true
    )]
    pub uvicorn_opts: Option<String>,

    /// Reload of Python code when it changes.
    #[arg(long)]
    dev: bool,
}

impl PythonArgs {
    /// The names of those that were given and have no effect.
    pub fn given(&self) -> Vec<&'static str> {
        let set = |value: &Option<String>| value.as_ref().is_some_and(|text| !text.is_empty());
        [("--workers", set(&self.workers)), ("--dev", self.dev)]
            .into_iter()
            .filter_map(|(name, given)| given.then_some(name))
            .collect()
    }
}
