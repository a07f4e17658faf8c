//! Where a scenario takes place: one freshly started server over one new database.

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;

use crate::Result;
use crate::case::Request;
use crate::database::{Checks, Database, Engine};
use crate::http_client::Connection;
use crate::postgres::Postgres;
use crate::process::Usage;
use crate::server::{HEADWATER, Program, Server};

/// A server counts as idle this long after its start.
const SETTLING: Duration = Duration::from_secs(1);

pub struct Stage {
    pub engine: Engine,
    // Dropped in this order: the server before its database.
    pub server: Server,
    /// Of the server, just started.
    pub idle: Usage,
    database: Database,
    database_url: String,
    /// What the server is started with.
    program: Program,
    server_url: String,
    postgres: Option<Postgres>,
    folder: tempfile::TempDir,
    numbers: Cell<u64>,
    filled: Cell<bool>,
}

impl Stage {
    /// Measures a start on an initialised database: the first start only makes its tables.
    pub async fn build(program: &Program, engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (postgres, url, database_url) = match engine {
            Engine::Sqlite => {
                let path = folder.path().join("store.db");
                (None, format!("sqlite:///{}", path.display()), path.display().to_string())
            }
            Engine::Postgres => {
                let postgres = Postgres::start().await?;
                let url = postgres.url("postgresql+psycopg2", "postgres");
                let database_url = postgres.url("postgresql", "postgres");
                (Some(postgres), url, database_url)
            }
        };
        drop(Server::start(program, folder.path(), &url).await?);
        let server = Server::start(program, folder.path(), &url).await?;
        tokio::time::sleep(SETTLING).await;
        let idle = server.usage();
        let database = match engine {
            Engine::Sqlite => Database::open_sqlite(database_url.as_ref())?,
            Engine::Postgres => Database::open_postgres(&database_url, Checks::None).await?,
        };
        let (numbers, filled) = (Cell::new(0), Cell::new(false));
        Ok(Self {
            engine,
            server,
            idle,
            database,
            database_url,
            program: program.clone(),
            server_url: url,
            postgres,
            folder,
            numbers,
            filled,
        })
    }

    /// A number that was not given before.
    pub fn next_number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Calls `mlflow/…` of the REST API.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let path = format!("/api/2.0/mlflow/{path}");
        let mut connection = Connection::open(&self.server.address).await?;
        let (status, answer) = connection.call(&Request::post(&path, body.to_string())).await?;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&answer);
            return Err(format!("{path} answered {status}: {text:.300}").into());
        }
        Ok(serde_json::from_slice(&answer)?)
    }

    /// The id of a new run in the default experiment.
    pub async fn new_run(&self) -> Result<String> {
        let body = serde_json::json!({"experiment_id": "0"});
        let answer = self.post("runs/create", &body).await?;
        let id = answer["run"]["info"]["run_id"].as_str();
        id.map(str::to_owned).ok_or_else(|| "a new run has no id".into())
    }

    /// One more connection to the database, with its checks and its flushes.
    pub async fn connect(&self) -> Result<Database> {
        match self.engine {
            Engine::Sqlite => Database::open_sqlite(self.database_url.as_ref()),
            Engine::Postgres => Database::open_postgres(&self.database_url, Checks::All).await,
        }
    }

    /// Starts the server anew on what was filled in, as if it had found it there.
    async fn restart(&mut self) -> Result<()> {
        self.server = Server::start(&self.program, self.folder.path(), &self.server_url).await?;
        Ok(())
    }

    /// Fills the database directly, with statements that both engines understand.
    pub async fn fill(&self, script: &str) -> Result<()> {
        self.filled.set(true);
        self.database.run(script).await
    }

    pub async fn count(&self, sql: &str) -> Result<u64> {
        self.database.count(sql).await
    }

    /// Brings the statistics of what was filled in up to date. Tables that are still empty must not
    /// be known as empty, or plans would be made for that.
    pub async fn settle(&mut self) -> Result<()> {
        if !self.filled.get() {
            return Ok(());
        }
        self.database.settle().await?;
        // What plans are made from is read at the start. MLflow's way is to read it each time.
        if self.server.name == HEADWATER { self.restart().await } else { Ok(()) }
    }

    pub fn database_usage(&self) -> Option<Usage> {
        self.postgres.as_ref().map(|postgres| Usage::of_tree(postgres.id()))
    }
}
