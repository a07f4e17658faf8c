//! Uploads, downloads, listings, and what they must not reach.

mod downloads;
mod escapes;
mod locations;
mod models;
mod proxy;
mod runs;
mod signed;
mod streaming;
