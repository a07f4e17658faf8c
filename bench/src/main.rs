//! Drives Headwater and the MLflow server side by side and writes down what each request cost.
//!
//! For every scenario, engine and server: an empty database, a freshly started server, the
//! scenario's own data, then each of its cases for a few seconds. What the server acknowledged is
//! then looked for in the database; a case whose writes are not all there fails.

mod bare;
mod case;
mod database;
mod http_client;
mod load;
mod postgres;
mod process;
mod report;
mod scenarios;
mod server;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::database::Engine;
use crate::report::{Line, Report};
use crate::scenarios::Scenario;
use crate::server::{HEADWATER, Program};
use crate::stage::Stage;

/// Why a measurement ended: one sentence, there is nobody to tell errors apart.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    Headwater,
    Reference,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

/// Measures Headwater and the MLflow server side by side.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only this scenario, or only one of its cases: `search-runs`, `search-runs/param`.
    #[arg(default_value = "")]
    scenario: String,
    /// The Headwater program.
    #[arg(long, default_value = "target/release/headwater")]
    headwater: PathBuf,
    /// The `mlflow` program of MLflow 3.17.2; without it, only Headwater is measured.
    #[arg(long, default_value = ".venv/bin/mlflow")]
    reference: PathBuf,
    /// Which servers to measure.
    #[arg(long, value_enum, default_value = "both")]
    server: Which,
    /// On which databases.
    #[arg(long, value_enum, default_value = "both")]
    engine: Engines,
    /// How long each case is driven.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// A file whose sections of the measured scenarios are replaced: `bench/RESULTS.md`.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Says which scenarios there are.
    #[arg(long)]
    list: bool,
}

impl Arguments {
    fn programs(&self) -> Vec<Program> {
        let mut programs = Vec::new();
        if self.server != Which::Reference {
            programs.push(Program::headwater(&self.headwater));
        }
        if self.server != Which::Headwater {
            if self.reference.exists() {
                programs.push(Program::reference(&self.reference));
            } else {
                eprintln!("no {}: the MLflow server is left out", self.reference.display());
            }
        }
        programs
    }

    fn engines(&self) -> &'static [Engine] {
        match self.engine {
            Engines::Sqlite => &[Engine::Sqlite],
            Engines::Postgres => &[Engine::Postgres],
            Engines::Both => &[Engine::Sqlite, Engine::Postgres],
        }
    }
}

// One thread: with a second one the generator would take the processor from what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut report = Report::default();
    for scenario in scenarios::all() {
        if arguments.list {
            report::say(&format!("{:24}{}", scenario.name, scenario.about));
        } else if scenario.matches(&arguments.scenario) {
            let lines = measure(&scenario, &arguments).await?;
            report.add(&scenario, lines);
        }
    }
    if let Some(path) = &arguments.write {
        report.write(path)?;
    }
    Ok(())
}

async fn measure(scenario: &Scenario, arguments: &Arguments) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for engine in arguments.engines() {
        for program in arguments.programs() {
            eprintln!("{}: {} on {}", scenario.name, program.name, engine.name());
            let mut stage = Stage::build(&program, *engine).await?;
            if scenario.is_start() {
                lines.push(Line::of_start(&stage));
            }
            let measured = run_cases(scenario, arguments, &mut stage, &mut lines).await;
            measured.map_err(|error| format!("{error}\n{}", stage.server.log()))?;
        }
    }
    Ok(lines)
}

async fn run_cases(
    scenario: &Scenario,
    arguments: &Arguments,
    stage: &mut Stage,
    lines: &mut Vec<Line>,
) -> Result<()> {
    let cases = (scenario.prepare)(stage).await?;
    stage.settle().await?;
    let stage = &*stage;
    let wanted = arguments.scenario.split_once('/').map(|(_, case)| case);
    for case in cases.iter().filter(|case| wanted.is_none_or(|name| name == case.name)) {
        for connections in case.connections {
            let time = Duration::from_secs_f64(arguments.seconds);
            let load = match load::drive(stage, case, *connections, time).await {
                Ok(load) => load,
                Err(error) if stage.server.name != HEADWATER => {
                    eprintln!("  {} at {connections} fails: {error}", case.name);
                    lines.push(Line::of_failure(stage, case, *connections));
                    continue;
                }
                Err(error) => return Err(format!("{} at {connections}: {error}", case.name).into()),
            };
            let line = Line::new(stage, case, *connections, &load);
            eprintln!("  {line}");
            lines.push(line);
            if let Some(bare) = case.bare.as_ref().filter(|_| stage.server.name == HEADWATER) {
                let load = bare::drive(stage, bare, *connections, time).await?;
                lines.push(Line::of_bare(stage, case, *connections, &load));
            }
        }
    }
    Ok(())
}
