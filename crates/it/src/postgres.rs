//! A private PostgreSQL for one run of the tests, whatever number of processes that run has.
//!
//! The first test that needs it starts it, in a folder named by the process that runs the tests;
//! the others find it there. A shell keeps it, and stops and deletes it when that process has ended.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use db::{DatabaseUrl, Db, Options};

const USER: &str = "headwater";
/// A database with the whole schema, which each test's own is a copy of.
const TEMPLATE: &str = "headwater_template";
const START_LIMIT: Duration = Duration::from_mins(1);

/// Nothing here outlives the tests, so durability is given up for speed.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=300",
    "listen_addresses=127.0.0.1",
];

/// Runs the server (what follows `$1`, with its arguments) for as long as the process `$0` lives, then deletes the
/// folder `$1`.
const KEEPER: &str = "folder=$1; shift; \"$@\" & while [ -e /proc/$0 ]; do sleep 0.3; done; \
                      kill -QUIT $!; wait; rm -rf \"$folder\"";

/// The URL of a new database with MLflow's schema.
pub async fn create_database() -> DatabaseUrl {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = Cluster::find().await;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    cluster.copy_template(&name).await;
    cluster.url(&name)
}

struct Cluster {
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// The cluster of this run, started if no other test has.
    async fn find() -> Self {
        let folder = std::env::temp_dir().join(format!("headwater-it-{}", parent_id()));
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let ready = folder.join("port");
        if let Ok(port) = fs::read_to_string(&ready) {
            return Self { folder, port: port.parse().unwrap() };
        }
        let cluster = Self::start(folder);
        cluster.make_template().await;
        fs::write(ready, cluster.port.to_string()).unwrap();
        cluster
    }

    fn start(folder: PathBuf) -> Self {
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let log = File::create(folder.join("log")).unwrap();
        let account = Account::to_run_as();
        if let Some(Account { user, group }) = account {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let program = |name: &Path| {
            let mut command = Command::new(name);
            command.current_dir(&folder).stdin(Stdio::null());
            command.stdout(log.try_clone().unwrap()).stderr(log.try_clone().unwrap());
            command.process_group(0);
            if let Some(Account { user, group }) = account {
                command.uid(user).gid(group);
            }
            command
        };
        let made = program(&binaries().join("initdb"))
            .args(["--pgdata", "data", "--username", USER, "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed: {}", said(&folder));
        let mut keeper = program(Path::new("sh"));
        keeper.args(["-c", KEEPER, &parent_id().to_string()]).arg(&folder);
        keeper.arg(binaries().join("postgres")).args(["-D", "data", "-p", &port.to_string()]);
        keeper.arg("-k").arg(&folder);
        for setting in SETTINGS {
            keeper.args(["-c", setting]);
        }
        #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
        keeper.spawn().unwrap();
        let cluster = Self { folder, port };
        cluster.wait_until_ready();
        cluster
    }

    fn wait_until_ready(&self) {
        let end = Instant::now() + START_LIMIT;
        while !self.client("pg_isready").output().unwrap().status.success() {
            assert!(Instant::now() < end, "PostgreSQL did not start: {}", said(&self.folder));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    async fn make_template(&self) {
        self.create(&[TEMPLATE]).unwrap();
        let db = Db::connect(&self.url(TEMPLATE), &Options::default()).await.unwrap();
        schema::prepare(&db, schema::Newer::Check, &schema::Current::default()).await.unwrap();
    }

    /// A database cannot be copied while somebody is connected to it, and those who made the
    /// template, or copy it beside us, take a moment to leave.
    async fn copy_template(&self, name: &str) {
        let end = Instant::now() + START_LIMIT;
        while let Err(said) = self.create(&["--template", TEMPLATE, name]) {
            assert!(said.contains("being accessed") && Instant::now() < end, "{said}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn create(&self, arguments: &[&str]) -> Result<(), String> {
        let output = self.client("createdb").args(arguments).output().unwrap();
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn client(&self, name: &str) -> Command {
        let mut command = Command::new(binaries().join(name));
        command.args(["--host=127.0.0.1", "--username", USER, "--port", &self.port.to_string()]);
        command
    }

    fn url(&self, database: &str) -> DatabaseUrl {
        format!("postgresql://{USER}@127.0.0.1:{}/{database}", self.port).parse().unwrap()
    }
}

fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// PostgreSQL refuses to run as root, which runs it as the user that its packages create.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn to_run_as() -> Option<Self> {
        let root = fs::metadata("/proc/self").is_ok_and(|own| {
            use std::os::unix::fs::MetadataExt;
            own.uid() == 0
        });
        if !root {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap();
        let line = accounts.lines().find(|line| line.starts_with("postgres:"));
        let mut fields = line.expect("root needs a user named postgres").split(':').skip(2);
        let mut number = || fields.next().unwrap().parse().unwrap();
        Some(Self { user: number(), group: number() })
    }
}

/// The folder of PostgreSQL's programs: the newest Debian package's, else one of the `PATH`.
fn binaries() -> PathBuf {
    let version = |folder: &PathBuf| {
        let name = folder.parent().and_then(Path::file_name)?.to_str()?;
        name.parse::<u32>().ok()
    };
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = debian.map(|entry| entry.path().join("bin")).max_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    packaged
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists())
        .expect("no PostgreSQL server found; on Debian: apt-get install postgresql")
}
