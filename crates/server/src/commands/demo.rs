//! `headwater demo`: fills a server, started for the purpose or running already, and shows it.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use clap::Parser;
use demo::{Door, DoorError, Made};
use jobs::{Job, Run, Stop};

use crate::cli::{Cli, Command, DemoArgs};
use crate::{Config, Environment};

const PORT: u16 = 5000;

/// What to do once the server listens.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    refresh: bool,
    browser: bool,
}

/// Runs the command: returns once a running server is filled, or serves until it is told to stop.
///
/// # Errors
/// A plain sentence.
pub fn run(arguments: DemoArgs, environment: &Environment) -> Result<(), String> {
    let opening = Opening { refresh: arguments.refresh, browser: !arguments.no_browser };
    match &arguments.tracking_uri {
        Some(url) if !url.trim().is_empty() => fill_running(url.trim(), opening, &arguments),
        _ => {
            let mut config = own_server(&arguments, environment)?;
            config.opening = Some(opening);
            crate::run(config).map_err(|error| error.to_string())
        }
    }
}

fn fill_running(url: &str, opening: Opening, arguments: &DemoArgs) -> Result<(), String> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(format!("--tracking-uri {url} is not the address of a server (http://…)"));
    }
    let caller = arguments.username.clone().zip(arguments.password.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let door = Door::outside(url, caller).map_err(|error| error.to_string())?;
    runtime.block_on(opening.open(&door, url)).map_err(|error| error.to_string())
}

/// The configuration of a server that has its data in the demo's own folder.
fn own_server(arguments: &DemoArgs, environment: &Environment) -> Result<Config, String> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    let folder = folder
        .canonicalize()
        .map_err(|error| format!("the folder {} cannot be used: {error}", folder.display()))?;
    let port = arguments.port.unwrap_or_else(free_port);
    let words = [
        "headwater".to_owned(),
        "server".to_owned(),
        format!("--backend-store-uri=sqlite:///{}", folder.join("headwater.db").display()),
        format!("--artifacts-destination={}", folder.join("artifacts").display()),
        format!("--port={port}"),
        format!("--log-level={}", if arguments.debug { "info" } else { "warn" }),
    ];
    let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    let Command::Server(server) = cli.command else { return Err("no server to start".to_owned()) };
    Config::new(*server, environment).map_err(|error| error.to_string())
}

/// The usual port, or one that the system chooses if that is taken.
fn free_port() -> u16 {
    let port = |port| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        listener.local_addr().ok().map(|address| address.port())
    };
    port(PORT).or_else(|| port(0)).unwrap_or(PORT)
}

impl Opening {
    /// Fills the server behind `door` and shows it at `url`.
    ///
    /// # Errors
    /// When the server refuses a call or cannot be reached.
    pub async fn open(self, door: &Door, url: &str) -> Result<(), DoorError> {
        if self.refresh {
            demo::delete(door).await?;
        }
        let Made { experiment_id, features } = demo::generate(door, &[]).await?;
        let page = format!("{}/experiments/{experiment_id}/traces", url.trim_end_matches('/'));
        if features.is_empty() {
            say(&format!("The demo is there already: {page}"));
        } else {
            say(&format!("Made {}: {page}", features.join(", ")));
        }
        if self.browser && open::that_detached(&page).is_err() {
            say("No browser could be opened; the address above works in any.");
        }
        Ok(())
    }
}

impl Opening {
    /// The job of this server to fill itself, through `door`, and to show itself at `url`.
    pub(crate) fn job(self, door: Door, url: String) -> Arc<dyn Job> {
        Arc::new(SelfOpening { opening: self, door, url })
    }
}

struct SelfOpening {
    opening: Opening,
    door: Door,
    url: String,
}

impl Job for SelfOpening {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(async move {
            // The next start completes a demo that was cut short.
            let open = self.opening.open(&self.door, &self.url);
            if let Some(Err(error)) = stop.run_until_cancelled(open).await {
                tracing::error!(%error, "the demo is incomplete");
            }
        })
    }
}

/// Tells the person at the terminal. One who closed it misses nothing.
fn say(sentence: &str) {
    let _ = writeln!(std::io::stdout(), "{sentence}");
}
