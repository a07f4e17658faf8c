//! The commands of `headwater db`.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};

use app::{Backend, Caller, Clock, Ids};
use db::Db;
use schema::{Current, Downgrade, HEAD, Newer, Upgrade};
use traces::rollups::store_forget::{Forgotten, forget};

use crate::cli::{DbArgs, DbCommand, DbDowngradeArgs, DbUrl};
use crate::config;

/// Runs one.
///
/// # Errors
/// A sentence that says why it was not done.
pub fn run(arguments: DbArgs) -> Result<(), String> {
    let said = match arguments.command {
        DbCommand::Status(DbUrl { url }) => on_database(&url, status)?,
        DbCommand::Upgrade(arguments) => {
            let dry = arguments.dry_run;
            on_database(&arguments.database.url, async move |db| upgrade(db, dry).await)?
        }
        DbCommand::Downgrade(arguments) => downgrade(&arguments)?,
        DbCommand::DeleteTraceRollups(arguments) => {
            agree("Delete all daily sums of traces? The traces stay.", arguments.yes)?;
            on_database(&arguments.url, delete_trace_rollups)?
        }
    };
    io::stdout().write_all(said.as_bytes()).map_err(|error| error.to_string())
}

/// Opens a database, works on it, and closes it.
fn on_database<T>(url: &str, work: impl AsyncFnOnce(Db) -> Result<T, String>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start threads: {error}"))?;
    runtime.block_on(async {
        let url = config::backend_url(Some(url)).map_err(|error| error.to_string())?;
        let db = Db::connect(&url, &db::Options::default()).await;
        let db = db.map_err(|error| format!("the database cannot be opened: {error}"))?;
        let db = db.without_limit();
        let done = work(db.clone()).await?;
        db.settle().await.map_err(|error| error.to_string())?;
        Ok(done)
    })
}

async fn status(db: Db) -> Result<String, String> {
    let plan = schema::upgrade(&db, true).await.map_err(|error| error.to_string())?;
    Ok(if plan.is_done() {
        format!("The database has the schema of MLflow 3.18 (version {}).\n", plan.from)
    } else {
        format!(
            "The database has schema version {}. It can be served, and `headwater db upgrade` brings it to the schema \
             of MLflow 3.18.\n{}",
            plan.from,
            changes(&plan, "To be added")
        )
    })
}

async fn upgrade(db: Db, dry: bool) -> Result<String, String> {
    let plan = schema::upgrade(&db, dry).await.map_err(|error| error.to_string())?;
    Ok(if plan.is_done() {
        format!(
            "Nothing to do: the database has the schema of MLflow 3.18 (version {}).\n",
            plan.from
        )
    } else if dry {
        format!(
            "Would upgrade from version {} to {HEAD}.\n{}",
            plan.from,
            changes(&plan, "To be added")
        )
    } else {
        format!("Upgraded from version {} to {HEAD}.\n{}", plan.from, changes(&plan, "Added"))
    })
}

fn changes(plan: &Upgrade, done: &str) -> String {
    let mut said = String::new();
    for (what, names) in
        [("tables", &plan.tables), ("columns", &plan.columns), ("indexes", &plan.indexes)]
    {
        if !names.is_empty() {
            let _ = writeln!(said, "{done}, {what}: {}", names.join(", "));
        }
    }
    if plan.issues > 0 {
        let _ =
            writeln!(said, "{done} to {} issues: their last sighting and categories", plan.issues);
    }
    said
}

fn downgrade(arguments: &DbDowngradeArgs) -> Result<String, String> {
    let run = |dry| {
        on_database(&arguments.database.url, async move |db| {
            schema::downgrade(&db, dry).await.map_err(|error| error.to_string())
        })
    };
    let Downgrade { skills, issues } = run(true)?;
    let lost = format!("{skills} skills, and the metadata and last sightings of {issues} issues");
    if arguments.dry_run {
        return Ok(format!("Would be lost: {lost}.\n"));
    }
    agree(&format!("Go back to the schema of MLflow 3.17? Lost will be: {lost}."), arguments.yes)?;
    run(false)?;
    Ok(format!("The database has the schema of MLflow 3.17. Lost: {lost}.\n"))
}

async fn delete_trace_rollups(db: Db) -> Result<String, String> {
    let prepared = schema::prepare(&db, Newer::default(), &Current::default()).await;
    prepared.map_err(|error| error.to_string())?;
    let backend = Backend::new(db, Clock::system(), Ids::random(), true);
    let forgotten = backend.write(Caller::server(), forget, ()).await;
    let Forgotten { traces, spans, assessments, queued } =
        forgotten.map_err(|error| error.to_string())?;
    Ok(format!(
        "Deleted daily sums: {traces} of traces, {spans} of spans, {assessments} of assessments; \
         {queued} days were to be summed up anew.\n"
    ))
}

/// Asks, unless the answer is known.
fn agree(question: &str, yes: bool) -> Result<(), String> {
    if yes || agreed(question).map_err(|error| error.to_string())? {
        return Ok(());
    }
    Err("nothing was deleted".to_owned())
}

fn agreed(question: &str) -> io::Result<bool> {
    let mut out = io::stdout();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
