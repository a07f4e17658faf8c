//! What every handler may assume.
//!
//! - [`Unit`]: a transaction with who asked for it, its time and ids: what store functions work on.
//! - [`App`]: the database, the clock, the source of ids and the settings, shared by all handlers.
//! - [`Routes`] and [`needs`]: a feature's route table, each route with what its caller needs.
//! - [`Handling`]: what a route says of itself to the middleware, such as that its body is a stream.
//! - [`Call`]: a request's message, read with protobuf-JSON's leniency and MLflow's complaints.
//! - [`json`]: JSON as Python reads it; [`apart()`]: long work beside the answers to others.
//! - [`messages`]: what routes read and answer, for the OpenAPI document.
//! - [`ApiError`]: the one way in which a call fails.
//! - [`events`]: what other systems are told about, recorded in the transaction that makes it true.
//! - [`rollups`]: which days of traces must be summed up anew.

mod apart;
pub mod call;
mod caller;
pub mod choice;
mod clock;
mod context;
mod error;
pub mod events;
mod handling;
mod ids;
pub mod json;
pub mod messages;
pub mod needs;
pub mod number;
pub mod page;
mod place;
mod query;
pub mod rollups;
mod routes;
mod settings;
mod unit;

pub use apart::apart;
pub use call::{Call, Check, Message, required};
pub use caller::{Caller, DEFAULT_WORKSPACE};
pub use choice::{Choice, Choices};
pub use clock::Clock;
pub use context::{App, Shared};
pub use error::{ApiError, Code};
pub use events::{EventKind, Stamp};
pub use handling::{Handling, Limit};
pub use ids::Ids;
pub use needs::Need;
pub use number::{Double, Int64};
pub use routes::{Prefixes, Route, Routes};
pub use schema::Release;
pub use settings::Settings;
pub use unit::{Backend, Context, Lend, Unit, Work};

/// What a handler returns: a JSON message, or an error.
pub type Reply<T> = Result<axum::Json<T>, ApiError>;

/// The version of MLflow whose API, flags and database this program has.
pub const MLFLOW_VERSION: &str = "3.18.0";
