//! Moves what was committed from the write-ahead log into the database file, beside the writer.
//!
//! Left to itself SQLite does it within a commit, and every write then waits for two flushes of the
//! disk. Here a thread of its own copies the log while writing goes on; the writer afterwards copies
//! the little that came in meanwhile, so that the log can begin anew.
//! Source: <https://www.sqlite.org/wal.html>, section "Checkpointing".

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::DbError;

/// Pages of the log from which on it is copied: 16 MB.
const PAGES: i32 = 4000;

/// Pages beyond which the writer waits until all are copied: 256 MB.
const LIMIT: i32 = 64_000;

thread_local! {
    /// Pages in the log after this thread's last commit. A hook can hold no state of its own.
    static LOGGED: Cell<i32> = const { Cell::new(0) };
}

/// The writer's side.
pub(crate) struct Checkpointer {
    requests: Sender<()>,
    copied: Arc<AtomicBool>,
    /// The thread was asked and has not copied yet.
    asked: bool,
    /// Pages from which on the thread is asked next.
    next: i32,
    last: i32,
}

impl Checkpointer {
    /// What the writer keeps, and what the thread runs until the writer has gone.
    pub(crate) fn new(connection: rusqlite::Connection) -> (Self, impl FnOnce() + Send + 'static) {
        let (requests, queue) = crossbeam_channel::bounded(1);
        let copied = Arc::new(AtomicBool::new(false));
        let writer =
            Self { requests, copied: Arc::clone(&copied), asked: false, next: PAGES, last: 0 };
        (writer, move || copy_when_asked(&connection, &queue, &copied))
    }

    /// Takes over from SQLite on the writer's connection. To be called on the writer's thread.
    pub(crate) fn watch(connection: &rusqlite::Connection) {
        connection.wal_hook(Some(|_, pages| {
            LOGGED.set(pages);
            Ok(())
        }));
    }

    /// To be called after each commit, when its callers were answered.
    pub(crate) fn committed(&mut self, connection: &rusqlite::Connection) {
        let pages = LOGGED.get();
        if pages < self.last {
            // The log began anew.
            self.next = PAGES;
        }
        self.last = pages;
        if self.copied.swap(false, Ordering::AcqRel) || pages >= LIMIT {
            self.asked = false;
            self.next = pages + PAGES;
            checkpoint(connection);
        } else if pages >= self.next && !self.asked {
            // Fails only if the thread has ended; then the limit takes effect.
            self.asked = self.requests.try_send(()).is_ok();
        }
    }
}

fn copy_when_asked(connection: &rusqlite::Connection, queue: &Receiver<()>, copied: &AtomicBool) {
    while queue.recv().is_ok() {
        checkpoint(connection);
        copied.store(true, Ordering::Release);
    }
}

/// Copies as much as can be copied without waiting for anyone.
fn checkpoint(connection: &rusqlite::Connection) {
    let done = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)").and_then(
        // A row: whether it was in another's way, pages in the log, pages copied.
        |mut statement| statement.query_row([], |_| Ok(())),
    );
    if let Err(error) = done.map_err(DbError::from) {
        tracing::warn!(%error, "the write-ahead log could not be copied");
    }
}
