//! What the commands do that do not serve.
//!
//! - `gc`: opens a database and its stores, and deletes for good;
//! - `demo`: fills a server and shows it;
//! - `maintenance`: `headwater db`, what is done to a database by hand.

pub mod demo;
pub mod gc;
pub mod maintenance;
