//! Flags that mean something to a Python server only.

use clap::Args;

/// Taken so that a command line written for MLflow works, and otherwise without effect.
#[derive(Args, Debug)]
#[command(
    next_help_heading = "Accepted for MLflow's sake (they tune Python servers and do nothing here)"
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
    gunicorn_opts: Option<String>,

    /// Options for waitress.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    waitress_opts: Option<String>,

    /// Options for uvicorn.
    #[arg(
        long,
        env = "MLFLOW_UVICORN_OPTS",
        hide_env_values = true,
        value_name = "TEXT",
        allow_hyphen_values = true
    )]
    uvicorn_opts: Option<String>,

    /// Reload of Python code when it changes.
    #[arg(long)]
    dev: bool,
}

impl PythonArgs {
    /// The names of those that were given.
    pub fn given(&self) -> Vec<&'static str> {
        let set = |value: &Option<String>| value.as_ref().is_some_and(|text| !text.is_empty());
        [
            ("--workers", set(&self.workers)),
            ("--gunicorn-opts", set(&self.gunicorn_opts)),
            ("--waitress-opts", set(&self.waitress_opts)),
            ("--uvicorn-opts", set(&self.uvicorn_opts)),
            ("--dev", self.dev),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect()
    }
}
