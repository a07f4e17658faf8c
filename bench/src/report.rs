//! The tables.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::case::Case;
use crate::load::Load;
use crate::scenarios::Scenario;
use crate::stage::Stage;

const HEAD: &str = "\
| Case | Connections | Database | Server | Requests/s | Rows/s | p50 ms | p95 ms | p99 ms | \
Server CPU ms/request | Database CPU ms/request | Memory MiB |
|---|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|";

const COLUMNS: usize = 12;

const HEAD_OF_START: &str = "\
| Database | Server | Start ms | Memory MiB |
|---|---|--:|--:|";

/// A measurement as it is printed.
#[derive(Clone, Debug)]
pub struct Line(Vec<String>);

impl Line {
    pub fn new(stage: &Stage, case: &Case, connections: usize, load: &Load) -> Self {
        if load.generator > load.elapsed.mul_f64(0.9) {
            eprintln!("  the load generator was the bottleneck here");
        }
        Self::of_load(stage, case, connections, load, stage.server.name)
    }

    /// Of the same rows, written without a server.
    pub fn of_bare(stage: &Stage, case: &Case, connections: usize, load: &Load) -> Self {
        let mut line = Self::of_load(stage, case, connections, load, "none: bare `INSERT`");
        line.0[9] = none();
        line.0[11] = none();
        line
    }

    /// Of another server that does not get through a case: refusals have no figures.
    pub fn of_failure(stage: &Stage, case: &Case, connections: usize) -> Self {
        let mut line = vec![none(); COLUMNS];
        line[0].clone_from(&case.name);
        line[1] = connections.to_string();
        stage.engine.name().clone_into(&mut line[2]);
        stage.server.name.clone_into(&mut line[3]);
        "fails".clone_into(&mut line[4]);
        Self(line)
    }

    fn of_load(stage: &Stage, case: &Case, connections: usize, load: &Load, by: &str) -> Self {
        let requests = load.requests().max(1);
        let per_second = requests as f64 / load.elapsed.as_secs_f64();
        let per_request = |time: Duration| short(milliseconds(time) / requests as f64);
        let rows = case.stored.as_ref().map(|stored| stored.rows as f64 * per_second);
        Self(vec![
            case.name.clone(),
            connections.to_string(),
            stage.engine.name().to_owned(),
            by.to_owned(),
            short(per_second),
            rows.map_or_else(none, short),
            short(milliseconds(load.quantile(0.50))),
            short(milliseconds(load.quantile(0.95))),
            short(milliseconds(load.quantile(0.99))),
            per_request(load.server.cpu),
            load.database.map_or_else(none, |database| per_request(database.cpu)),
            mebibytes(load.server.memory),
        ])
    }

    /// Of the start of a server rather than of requests.
    pub fn of_start(stage: &Stage) -> Self {
        Self(vec![
            stage.engine.name().to_owned(),
            stage.server.name.to_owned(),
            short(milliseconds(stage.server.start)),
            mebibytes(stage.idle.memory),
        ])
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "| {} |", self.0.join(" | "))
    }
}

fn none() -> String {
    "–".to_owned()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mebibytes(bytes: u64) -> String {
    short(bytes as f64 / f64::from(1 << 20))
}

/// Three significant digits, and no more than whole numbers.
fn short(number: f64) -> String {
    let digits = match number.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{number:.digits$}")
}

/// The tables of all scenarios that were measured.
#[derive(Debug, Default)]
pub struct Report {
    sections: Vec<(&'static str, String)>,
}

impl Report {
    /// Adds the table of a scenario and prints it.
    pub fn add(&mut self, scenario: &Scenario, lines: Vec<Line>) {
        let table: Vec<String> = lines.iter().map(Line::to_string).collect();
        let about = scenario.about;
        let head = if scenario.is_start() { HEAD_OF_START } else { HEAD };
        let section = format!("## {}\n\n{about}\n\n{head}\n{}\n", scenario.name, table.join("\n"));
        say(&section);
        self.sections.push((scenario.name, section));
    }

    /// Replaces the sections of the measured scenarios in a file, and adds those it lacks.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = std::fs::read_to_string(path).unwrap_or_default();
        for (name, section) in &self.sections {
            let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
            let section = format!("{begin}{section}{end}");
            match (text.find(&begin), text.find(&end)) {
                (Some(first), Some(last)) if first < last => {
                    text.replace_range(first..last + end.len(), &section);
                }
                _ => text = format!("{}\n\n{section}", text.trim_end()),
            }
        }
        Ok(std::fs::write(path, text)?)
    }
}

/// Prints a line.
pub fn say(text: &str) {
    // Whoever closed the output does not want it.
    let _ = writeln!(std::io::stdout(), "{text}");
}
