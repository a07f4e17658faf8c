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
    /// Say which schema a database has.
    Status(DbUrl),
    /// Bring a database to the schema of MLflow 3.18. Servers may go on running beside it.
    Upgrade(DbUpgradeArgs),
    /// Bring a database back to the schema of MLflow 3.17.
    Downgrade(DbDowngradeArgs),
    /// Delete the daily sums of traces, which are made anew where servers keep them.
    DeleteTraceRollups(DeleteTraceRollupsArgs),
}

#[derive(Args, Debug)]
pub struct DbUrl {
    /// The database.
    #[arg(env = "MLFLOW_BACKEND_STORE_URI", hide_env_values = true, value_name = "URI")]
    pub url: String,
}

#[derive(Args, Debug)]
pub struct DbUpgradeArgs {
    #[command(flatten)]
    pub database: DbUrl,

    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct DbDowngradeArgs {
    #[command(flatten)]
    pub database: DbUrl,

    /// The release to go back to.
    #[arg(long, value_name = "RELEASE", value_parser = ["3.17", "3.17.2"])]
    pub to: String,

    /// Only say what would be lost.
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask first.
    #[arg(long, short = 'y')]
    pub yes: bool,
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
