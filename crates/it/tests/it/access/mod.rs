//! What callers may do: the route tables against the hand-kept specification, and a walk along every
//! route with callers who may nothing, or only read.

mod callers;
pub mod contents;
mod samples;
mod table;
mod walk;
