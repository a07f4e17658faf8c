//! Command line, configuration, embedded web page: what makes the features one program.
//!
//! - `cli` reads the command line, `config` checks it section by section, `start` acts on it.
//! - `routes`: the features' route tables, joined. A new feature is one line there.
//! - `background`: the features' jobs, joined.
//! - `gc`: the command that deletes for good.
//! - `maintenance`: what is done to a database by hand.
//! - `demo`: what a first visitor looks at, made through the routes themselves.
//! - `status`, `metrics`, `ui`: what this crate serves itself.

mod background;
pub mod cli;
mod config;
pub mod demo;
mod environment;
pub mod gc;
mod logging;
pub mod maintenance;
mod metrics;
mod openapi;
mod platform;
mod process;
mod routes;
mod start;
mod status;
mod ui;
mod workspace;

pub use config::{Config, ConfigError};
pub use environment::Environment;
pub use routes::{Parts, routes};
pub use start::{StartError, run};

/// The version of MLflow whose API, flags and database this server has.
pub const MLFLOW_VERSION: &str = "3.17.2";
