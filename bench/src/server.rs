//! The servers that are measured, started as their users start them.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::Result;
use crate::case::Request;
use crate::http_client::Connection;
use crate::process::Usage;

const START: Duration = Duration::from_mins(2);

pub const HEADWATER: &str = "Headwater";

/// A server program.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: &'static str,
    path: PathBuf,
}

impl Program {
    pub fn headwater(path: &Path) -> Self {
        Self { name: HEADWATER, path: path.to_owned() }
    }

    pub fn reference(path: &Path) -> Self {
        Self { name: "MLflow 3.17.2", path: path.to_owned() }
    }
}

/// A server that runs in a folder of its own. Ended, with all its processes, when dropped.
pub struct Server {
    pub name: &'static str,
    /// `host:port`.
    pub address: String,
    /// From its start to the first 200 of `/health`.
    pub start: Duration,
    log: PathBuf,
    process: Child,
}

impl Server {
    pub async fn start(program: &Program, folder: &Path, database: &str) -> Result<Self> {
        let port = free_port()?.to_string();
        let log = folder.join("server.log");
        let output = File::create(&log)?;
        let path = std::fs::canonicalize(&program.path)
            .map_err(|error| format!("{}: {error}", program.path.display()))?;
        let begun = Instant::now();
        let process = Command::new(path)
            .args(["server", "--host", "127.0.0.1", "--port", &port])
            .args(["--backend-store-uri", database, "--artifacts-destination", "artifacts"])
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .env("DO_NOT_TRACK", "true")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()?;
        let address = format!("127.0.0.1:{port}");
        let mut server = Self { name: program.name, address, start: Duration::ZERO, log, process };
        while !server.is_healthy().await {
            if server.process.try_wait()?.is_some() || begun.elapsed() > START {
                return Err(format!("{} did not start\n{}", program.name, server.log()).into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.start = begun.elapsed();
        Ok(server)
    }

    async fn is_healthy(&self) -> bool {
        let Ok(mut connection) = Connection::open(&self.address).await else { return false };
        let answer = connection.call(&Request::get("/health")).await;
        answer.is_ok_and(|(status, _)| status == StatusCode::OK)
    }

    pub fn usage(&self) -> Usage {
        Usage::of_tree(self.process.id())
    }

    /// The end of what it logged.
    pub fn log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let tail = &text[text.len().saturating_sub(2000)..];
        String::from_utf8_lossy(tail).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.process.id().cast_signed());
        for signal in [Signal::TERM, Signal::KILL] {
            if let Some(group) = group {
                let _ = kill_process_group(group, signal);
            }
            let end = Instant::now() + Duration::from_secs(10);
            while Instant::now() < end && matches!(self.process.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
