//! `headwater db`: what is done to a database by hand.

use clap::{Args, Subcommand};

/// Look after a database.
#[derive(Args, Debug)]
pub struct DbArgs {
    #[command(subcommand)]
    pub command: DbCommand,
}

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Delete the daily sums of traces, which are made anew where servers keep them.
    DeleteTraceRollups(DeleteTraceRollupsArgs),
}

#[derive(Args, Debug)]
pub struct DeleteTraceRollupsArgs {
    /// The database.
    #[arg(env = "MLFLOW_BACKEND_STORE_URI", hide_env_values = true, value_name = "URI")]
    pub url: String,

    /// Do not ask first.
    #[arg(long)]
    pub yes: bool,
}
