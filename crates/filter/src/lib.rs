//! Search-filter and order-by text to a syntax tree.
//!
//! Each kind of entity has a module with a `Field`, a `Clause`, `parse` for filters and
//! `parse_order_by`. A field is a closed set wherever the language is closed, so the mapping to
//! columns can be an exhaustive `match`; keys and values that the caller wrote are owned strings,
//! meant to be bound and never to be spliced. Nothing here knows SQL or a database.
//!
//! What MLflow accepts is accepted, and what it refuses is refused with its message. See `syntax`
//! for how a text is read.

mod clause;
mod error;
mod limits;
mod matching;
mod syntax;

pub mod evaluation_datasets;
pub mod experiments;
pub mod issues;
pub mod logged_models;
pub mod mcp_servers;
pub mod model_versions;
pub mod registered_models;
pub mod runs;
pub mod traces;

pub use clause::whole_number;
pub use error::{ErrorCode, FilterError};
pub use matching::{Comparison, Literal};
