//! Command line, configuration, middleware, embedded web page: what makes the features one program.

pub mod cli;
mod config;
mod front;
mod graphql;
mod logging;
mod metrics;
mod net;
mod process;
mod routes;
mod start;
mod status;
mod ui;

pub use config::{Config, ConfigError, Environment};
pub use routes::{Parts, routes};
pub use start::{StartError, run};

/// The version of MLflow whose API, flags and database this server has.
pub const MLFLOW_VERSION: &str = "3.17.2";
