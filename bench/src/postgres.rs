//! A private PostgreSQL with the settings of a careful operator: every commit is flushed.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;
use crate::database::{Checks, Database};
use crate::server::free_port;

const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "max_connections=200",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    // Its work would fall into one measurement and not into another.
    "autovacuum=off",
];

pub struct Postgres {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Postgres {
    pub async fn start() -> Result<Self> {
        let binaries = binaries()?;
        let folder = tempfile::Builder::new().prefix("headwater-bench-").tempdir()?;
        let user = unprivileged_user()?;
        let command = |program: &str| {
            let mut command = Command::new(binaries.join(program));
            command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let made = command("initdb")
            .args(["-D", "data", "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .status()?;
        if !made.success() {
            return Err("initdb failed".into());
        }
        let port = free_port()?;
        let mut postgres = command("postgres");
        postgres.args(["-D", "data", "-k", ".", "-p", &port.to_string()]);
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        let postgres = Self { process: postgres.spawn()?, port, _folder: folder };
        let end = Instant::now() + Duration::from_secs(30);
        let url = postgres.url("postgresql", "postgres");
        while Database::open_postgres(&url, Checks::None).await.is_err() {
            if Instant::now() > end {
                return Err("PostgreSQL did not start".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(postgres)
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn url(&self, scheme: &str, database: &str) -> String {
        format!("{scheme}://bench@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // PostgreSQL's quick shutdown: it does not wait for clients to go.
        if let Some(id) = Pid::from_raw(self.process.id().cast_signed()) {
            let _ = kill_process(id, Signal::INT);
        }
        let _ = self.process.wait();
    }
}

/// The newest of Debian's packages, else what the PATH has.
fn binaries() -> Result<PathBuf> {
    let packages = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = packages.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.into_iter().find(|folder| folder.join("initdb").exists());
    found.ok_or_else(|| "no PostgreSQL found; on Debian: apt-get install postgresql".into())
}

/// PostgreSQL refuses to run as root: the (user, group) to run it as, for root.
fn unprivileged_user() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let number = |flag: &str| -> Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(Some((number("-u")?, number("-g")?)))
}
