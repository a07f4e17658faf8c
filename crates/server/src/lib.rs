//! Command line, configuration, embedded web page: what makes the features one program.
//!
//! - `cli` reads the command line, `config` checks it section by section, `start` acts on it.
//! - `routes`: the features' route tables, joined. A new feature is one line there.
//! - `background`: the features' jobs, joined.
//! - `commands`: what the other commands do.
//! - `status`, `metrics`, `ui`: what this crate serves itself.

mod background;
pub mod cli;
pub mod commands;
mod config;
mod environment;
mod logging;
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
pub use status::Offers;
