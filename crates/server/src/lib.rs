//! Command line, configuration, middleware, embedded web page: what makes the features one program.
//!
//! - `cli` is what can be said, `config` what was said and makes sense (`transport`: of TLS), `start` what is done then.
//! - `net`: sockets, connections that are watched, an orderly end.
//! - `front`: all that happens to a request before its handler, in the order of `Front::handle`.
//! - `routes`: the features' route tables, joined. A new feature is one line there.
//! - `gc`: the command that deletes for good.
//! - `maintenance`: what is done to a database by hand.
//! - `demo`: what a first visitor looks at, made through the routes themselves.
//! - `status`, `metrics`, `graphql`, `ui`: what this crate answers itself.

mod background;
pub mod cli;
mod config;
pub mod demo;
mod environment;
mod front;
pub mod gc;
mod graphql;
mod logging;
pub mod maintenance;
mod metrics;
mod net;
mod openapi;
mod pace;
mod platform;
mod process;
mod routes;
mod shares;
mod start;
mod status;
mod transport;
mod ui;

pub use config::{Config, ConfigError};
pub use environment::Environment;
pub use routes::{Parts, routes};
pub use start::{StartError, run};

/// The version of MLflow whose API, flags and database this server has.
pub const MLFLOW_VERSION: &str = "3.17.2";
