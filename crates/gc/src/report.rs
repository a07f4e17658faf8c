//! What is said while deleting, and at the end.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use blob::Deleted;

use super::Failure;

/// Where the lines go, and what was counted so far.
pub struct Report {
    out: Box<dyn Write + Send>,
    /// Whether a line that is written over says how far it is.
    shows_progress: bool,
    /// Nothing is deleted; what would be is said.
    pub(super) dry: bool,
    pub counts: Counts,
}

/// What was deleted, or in a dry run would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub runs: u64,
    pub logged_models: u64,
    pub traces: u64,
    pub experiments: u64,
    pub jobs: u64,
    /// Rows of all tables; rows that the database deletes along with others are not counted.
    pub rows: u64,
    /// Artifacts.
    pub files: u64,
    /// Artifacts.
    pub bytes: u64,
    /// Things that had to stay.
    pub kept: u64,
}

impl Report {
    pub fn new(out: Box<dyn Write + Send>, dry: bool) -> Self {
        Self { out, dry, shows_progress: io::stderr().is_terminal(), counts: Counts::default() }
    }

    /// Compat: the sentences about single things are MLflow's.
    pub(super) fn deleted(&mut self, what: &str, id: impl fmt::Display) -> Result<(), Failure> {
        let tense = if self.dry { "would be" } else { "has been" };
        self.line(format_args!("{what} with ID {id} {tense} permanently deleted."))
    }

    pub(super) fn kept(
        &mut self,
        what: &str,
        id: impl fmt::Display,
        why: impl fmt::Display,
    ) -> Result<(), Failure> {
        self.counts.kept += 1;
        self.line(format_args!("{what} with ID {id} was kept: {why}"))
    }

    pub(super) fn line(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        writeln!(self.out, "{text}").map_err(Failure::Output)
    }

    pub(super) fn artifacts(&mut self, deleted: Deleted) {
        self.counts.files += deleted.files;
        self.counts.bytes += deleted.bytes;
    }

    pub(super) fn progress(&self, what: &str, done: usize, all: usize) {
        if self.shows_progress {
            // Progress is for eyes: a terminal that went away is no reason to stop.
            let _ = write!(io::stderr(), "\r\x1b[K{what}: {done} of {all}\r");
        }
    }

    pub(super) fn summary(&mut self) -> Result<(), Failure> {
        let counts = self.counts;
        let verb = if self.dry { "Would delete" } else { "Deleted" };
        let things = format!(
            "{} runs, {} logged models, {} experiments, {} traces, {} jobs",
            counts.runs, counts.logged_models, counts.experiments, counts.traces, counts.jobs
        );
        let (rows, files, bytes) = (counts.rows, counts.files, counts.bytes);
        // The rows of a dry run are not counted: that would mean to delete them and to take it back.
        let rows = if self.dry { String::new() } else { format!("{rows} rows, and ") };
        let amounts = format!(": {rows}{files} artifacts of {bytes} bytes");
        let kept = match counts.kept {
            0 => String::new(),
            kept => format!("; {kept} were kept"),
        };
        self.line(format_args!("{verb} {things}{amounts}{kept}."))
    }
}
