//! `headwater demo`: something to look at, at once.

use std::path::PathBuf;

use clap::Args;

/// Fill a server with a demo, and open it in the browser.
#[derive(Args, Debug)]
#[command(next_line_help = true)]
pub struct DemoArgs {
    /// A server to fill. Without it, one is started here, with a folder of its own.
    #[arg(long, env = "MLFLOW_TRACKING_URI", value_name = "URL")]
    pub tracking_uri: Option<String>,

    /// The user and the password to call that server with, if it asks for them.
    #[arg(long, env = "MLFLOW_TRACKING_USERNAME", value_name = "NAME")]
    pub username: Option<String>,

    #[arg(long, env = "MLFLOW_TRACKING_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub password: Option<String>,

    /// Where the started server listens [default: 5000, or another that is free]
    #[arg(long, short, value_name = "PORT")]
    pub port: Option<u16>,

    /// Where the started server keeps its data.
    #[arg(long, value_name = "FOLDER", default_value = "./headwater-demo")]
    pub folder: PathBuf,

    /// Delete the demo that is there, and make it anew.
    #[arg(long)]
    pub refresh: bool,

    /// Do not open a browser.
    #[arg(long)]
    pub no_browser: bool,

    /// Log what the started server does.
    #[arg(long)]
    pub debug: bool,
}
