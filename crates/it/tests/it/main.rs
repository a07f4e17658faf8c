//! Every feature through its routes, on SQLite and PostgreSQL. The folders mirror the crates'.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod artifacts;
mod contract;
mod evaluation;
mod handling;
mod openapi;
mod registry;
mod schema;
mod traces;
mod tracking;
