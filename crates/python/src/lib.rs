//! Values as Python prints them.
//!
//! MLflow's server stores, hashes, compares and shows what Python writes: `repr` in its messages,
//! `json.dumps` in its tables. Clients and filters see the spelling, so it must be alike to the byte.
//!
//! - [`repr_text`], [`repr_float`], [`repr_list`], [`repr_set`], [`repr_tuple`]: Python's `repr`.
//! - [`dumps`], [`dumps_unescaped`]: `json.dumps` of any value that can be serialized.
//! - [`Json`]: a JSON value as Python reads it, with integers of any length and `NaN`.

mod dumps;
mod json;
mod repr;

pub use dumps::{dumps, dumps_unescaped};
pub use json::{Json, Malformed, Map, write_text};
pub use repr::{repr_float, repr_list, repr_set, repr_text, repr_tuple};
