//! The commands of `headwater db`.

use std::io::{self, BufRead, Write};

use app::{Backend, Caller, Clock, Ids};
use db::Db;
use schema::{Current, Newer};
use traces::rollups::store_forget::{Forgotten, forget};

use crate::cli::{DbArgs, DbCommand, DeleteTraceRollupsArgs};
use crate::config;

/// Runs one.
///
/// # Errors
/// A sentence that says why it was not done.
pub fn run(arguments: DbArgs) -> Result<(), String> {
    match arguments.command {
        DbCommand::DeleteTraceRollups(arguments) => delete_trace_rollups(&arguments),
    }
}

fn delete_trace_rollups(arguments: &DeleteTraceRollupsArgs) -> Result<(), String> {
    if !arguments.yes && !agreed().map_err(|error| error.to_string())? {
        return Err("nothing was deleted".to_owned());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start threads: {error}"))?;
    let Forgotten { traces, spans, assessments, queued } = runtime.block_on(async {
        let url = config::backend_url(Some(&arguments.url)).map_err(|error| error.to_string())?;
        let db = Db::connect(&url, &db::Options::default()).await;
        let db = db.map_err(|error| format!("the database cannot be opened: {error}"))?;
        let db = db.without_limit();
        schema::prepare(&db, Newer::default(), &Current::default())
            .await
            .map_err(|error| error.to_string())?;
        let backend = Backend::new(db.clone(), Clock::system(), Ids::random(), true);
        let forgotten = backend.write(Caller::server(), forget, ()).await;
        let forgotten = forgotten.map_err(|error| error.to_string())?;
        db.settle().await.map_err(|error| error.to_string())?;
        Ok::<_, String>(forgotten)
    })?;
    writeln!(
        io::stdout(),
        "Deleted daily sums: {traces} of traces, {spans} of spans, {assessments} of assessments; \
         {queued} days were to be summed up anew."
    )
    .map_err(|error| error.to_string())
}

fn agreed() -> io::Result<bool> {
    let mut out = io::stdout();
    write!(out, "Delete all daily sums of traces? The traces stay. [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
