//! What can go wrong in a database, by what a caller can do about it.

use deadpool::managed::PoolError;
use thiserror::Error;

/// The kinds of failure that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A unique or primary key is taken. Often the caller's answer to "does it exist already?".
    Unique,
    /// A row that the statement refers to does not exist, or is still referred to.
    ForeignKey,
    /// A deadlock or a serialization failure: the same work may succeed when run again.
    Retry,
    /// No connection could be had, or it broke: the database is down, restarting or full of clients.
    Unavailable,
    /// The connection broke when the commit was under way: it may have happened.
    Uncertain,
    /// It took longer than it may, and was stopped.
    TimedOut,
    /// The disk (or a quota) is full.
    Full,
    /// A value that the database cannot hold: a NUL in a text, a number out of range.
    Value,
    /// Anything else: a defect, or a schema that is not the expected one.
    Other,
}

/// A failed unit of work. The message may name tables and values: it is for logs, not for clients.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct DbError {
    pub kind: Kind,
    message: String,
    /// Whether the failure was told about the connection itself, which must not be used again.
    pub(crate) broken: bool,
}

impl DbError {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), broken: false }
    }

    /// The database did not answer in time or could not be reached.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    /// It took longer than it may. A write that did waited for others, and may be tried again.
    pub(crate) fn timed_out(write: bool) -> Self {
        let kind = if write { Kind::Unavailable } else { Kind::TimedOut };
        Self::new(kind, "the work took longer than it may")
    }

    /// A failed commit. Where the database said no, it did nothing; where it fell silent, nobody
    /// knows.
    pub(crate) fn of_commit(error: tokio_postgres::Error) -> Self {
        let error = Self::from(error);
        let kind = if error.broken { Kind::Uncertain } else { error.kind };
        Self { kind, ..error }
    }

    pub fn is_unique(&self) -> bool {
        self.kind == Kind::Unique
    }

    /// What is wrong with a value that the database refused ([`Kind::Value`]), in a caller's words.
    pub fn refused_value(&self) -> &'static str {
        let told = |words: &[&str]| words.iter().any(|word| self.message.contains(word));
        if told(&["0x00", "\\u0000"]) {
            "a text has a NUL character (U+0000), which the database does not store"
        } else if told(&["NaN", "Infinity"]) {
            "JSON has NaN or an infinity, which the database does not store; write null or a string"
        } else if told(&["type json", "Unicode", "surrogate"]) {
            "JSON has something that the database does not store"
        } else if told(&["regular expression"]) {
            "a regular expression is not valid"
        } else if told(&["too long", "too big", "exceeds the maximum"]) {
            "a text is too long"
        } else if told(&["out of range", "overflow", "error serializing parameter"]) {
            "a number is out of the range of its column"
        } else {
            "a text that is too long or has a character that the database does not store, or a number \
             out of range"
        }
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        let kind = match error.sqlite_error() {
            Some(code) => match (code.extended_code, code.extended_code & 0xff) {
                (ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY, _) => {
                    Kind::Unique
                }
                (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, _) => Kind::ForeignKey,
                (_, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_CANTOPEN) => {
                    Kind::Unavailable
                }
                (_, ffi::SQLITE_FULL) => Kind::Full,
                (_, ffi::SQLITE_INTERRUPT) => Kind::TimedOut,
                (_, ffi::SQLITE_TOOBIG) => Kind::Value,
                _ => Kind::Other,
            },
            None => Kind::Other,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::{DbError as DatabaseError, Severity, SqlState};
        let kind = match error.code() {
            Some(code) => match *code {
                SqlState::UNIQUE_VIOLATION => Kind::Unique,
                SqlState::FOREIGN_KEY_VIOLATION => Kind::ForeignKey,
                SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => {
                    Kind::Retry
                }
                SqlState::DISK_FULL => Kind::Full,
                SqlState::QUERY_CANCELED => Kind::TimedOut,
                // Somebody between us and the database changed our session for another.
                SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT => {
                    Kind::Unavailable
                }
                ref code => match code.code().get(..2) {
                    Some("08" | "53" | "57") => Kind::Unavailable,
                    Some("22") => Kind::Value,
                    _ => Kind::Other,
                },
            },
            None if error.is_closed() || error.to_string().starts_with("error communicating") => {
                Kind::Unavailable
            }
            None if error.to_string().starts_with("error connecting") => Kind::Unavailable,
            // A number that does not fit the column that it is compared with.
            None if error.to_string().starts_with("error serializing parameter") => Kind::Value,
            None => Kind::Other,
        };
        // After a fatal error the database hangs up, whatever statement it was told in answer to.
        let fatal = error
            .as_db_error()
            .and_then(DatabaseError::parsed_severity)
            .is_some_and(|severity| matches!(severity, Severity::Fatal | Severity::Panic));
        let lost = matches!(
            error.code(),
            None | Some(&SqlState::INVALID_SQL_STATEMENT_NAME | &SqlState::DUPLICATE_PSTATEMENT)
        );
        let broken = fatal || (kind == Kind::Unavailable && lost);
        let message = match error.as_db_error() {
            Some(database) => match database.detail() {
                Some(detail) => format!("{}: {detail}", database.message()),
                None => database.message().to_owned(),
            },
            None => match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        Self { kind, message, broken }
    }
}

impl From<PoolError<tokio_postgres::Error>> for DbError {
    fn from(error: PoolError<tokio_postgres::Error>) -> Self {
        match error {
            PoolError::Backend(error) => {
                // A refused or failed connection is an unreachable database, whatever its reason.
                let inner = DbError::from(error);
                Self { kind: Kind::Unavailable, ..inner }
            }
            PoolError::Timeout(_) => Self::unavailable("no free database connection in time"),
            other => Self::unavailable(other.to_string()),
        }
    }
}
