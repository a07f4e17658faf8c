//! Every route over a SQLite database and folders of their own, without a socket.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod downloads;
mod escapes;
mod harness;
mod locations;
mod models;
mod proxy;
mod runs;
mod signed;
mod streaming;
