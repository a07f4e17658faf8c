//! SQLite and PostgreSQL behind one text of SQL.
//!
//! This is the only crate that knows a SQL driver or an engine's name. SQL is written once, in
//! PostgreSQL's spelling with `$n` parameters; [`dialect`] turns the few words that SQLite spells
//! otherwise. What no spelling can bridge is a named operation on [`Tx`]: bulk insert, row lock,
//! schema script.
//!
//! A unit of work is a closure over a [`Tx`], given to [`Db::read`] or [`Db::write`]:
//!
//! ```ignore
//! let run = db.write(input, |tx, input| Box::pin(store::create_run(tx, input))).await?;
//! ```
//!
//! On PostgreSQL the closure's future runs where it was called, on a pooled connection. On SQLite
//! it travels to the thread that owns the connection and runs there without ever waiting: one hop
//! for a whole transaction. Concurrent writes on SQLite share one commit; each runs in a savepoint
//! of its own, so that a failing one fails alone, and each is answered after the commit.
//!
//! Because a write may be run again after a deadlock or a serialization failure, the closure gets
//! its input by reference and must have no other effect than on the database.

mod bulk;
mod cancel;
mod catalogue;
mod database;
mod dialect;
mod entra;
mod error;
mod indexes;
mod pool;
mod postgres;
mod row;
mod session;
mod sqlite;
mod sqlite_checkpoint;
mod sqlite_functions;
mod sqlite_like;
mod sqlite_refusal;
mod statement;
mod tls;
mod tx;
mod url;
mod value;

pub use bulk::{Bulk, ColumnType};
pub use catalogue::{Catalogue, ColumnInfo, ColumnKind, TableInfo};
pub use database::{Db, Engine, Options, PoolStatus, Script, Synchronous};
pub use dialect::to_sqlite as sqlite_text;
pub use entra::{Identity, Login};
pub use error::{DbError, Kind};
pub use row::{Column, Row};
pub use statement::Statement;
pub use tx::Tx;
pub use url::{DatabaseUrl, UrlError};
pub use value::Value;

/// A boxed future that borrows for `'a`: what a unit of work returns.
pub type Work<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
