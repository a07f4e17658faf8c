//! The command line: every flag of `mlflow server` under its own name, and a few of Headwater's.

mod db;
mod demo;
mod gc;
mod python;
mod python_options;
mod server;
mod values;

use clap::{Parser, Subcommand};

pub use db::{DbArgs, DbCommand, DbDowngradeArgs, DbUpgradeArgs, DbUrl, DeleteTraceRollupsArgs};
pub use demo::DemoArgs;
pub use gc::GcArgs;
pub use python::PythonArgs;
pub use python_options::PythonOptions;
pub use server::{
    DatabaseArgs, LaterArgs, NetworkArgs, OperationArgs, SecurityArgs, ServerArgs, StorageArgs,
    TlsArgs,
};
pub use values::{Age, Bytes, DatabaseLogin, LogFormat, NewerSchema, Switch, Synchronous};

/// What `headwater --version` says.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (speaks the API of MLflow 3.18.0)");

/// Tracks experiments, runs and models, as MLflow does, from one binary.
#[derive(Debug, Parser)]
#[command(name = "headwater", version = VERSION, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API and the web page.
    #[command(visible_alias = "ui")]
    Server(Box<ServerArgs>),

    /// Delete for good what was deleted, with its artifacts.
    Gc(Box<GcArgs>),

    /// Look after a database.
    Db(DbArgs),

    /// Fill a server with a demo, and open it in the browser.
    Demo(Box<DemoArgs>),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<ServerArgs, String> {
        let all = ["headwater", "server"].iter().chain(arguments);
        match Cli::try_parse_from(all).map_err(|error| error.to_string())?.command {
            Command::Server(arguments) => Ok(*arguments),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_mlflows() {
        let arguments = parse(&[]).unwrap();
        assert_eq!(arguments.network.host, "127.0.0.1");
        assert_eq!(arguments.network.port, 5000);
        assert_eq!(arguments.storage.artifacts_destination, "./mlartifacts");
        assert_eq!(arguments.storage.backend_store_uri, None);
        assert!(arguments.storage.serves_artifacts());
        assert!(!arguments.storage.artifacts_only);
        assert_eq!(arguments.security.x_frame_options, "SAMEORIGIN");
        assert!(!arguments.security.disable_security_middleware);
    }

    #[test]
    fn every_flag_of_mlflow_server_is_taken() {
        let arguments = parse(&[
            "--backend-store-uri",
            "postgresql+psycopg2://u:p@h/n",
            "--read-replica-backend-store-uri=postgresql://r/n",
            "--registry-store-uri",
            "sqlite:///r.db",
            "--default-artifact-root",
            "s3://b/p",
            "--no-serve-artifacts",
            "--artifacts-only",
            "--artifacts-destination",
            "/data",
            "-h",
            "0.0.0.0",
            "-p",
            "5001",
            "-w",
            "8",
            "--static-prefix",
            "/x",
            "--allowed-hosts",
            "a,b:1",
            "--cors-allowed-origins",
            "https://a,https://b",
            "--disable-security-middleware",
            "--x-frame-options",
            "NONE",
            "--gunicorn-opts",
            "--timeout 60",
            "--waitress-opts",
            "--threads=4",
            "--uvicorn-opts",
            "--log-level debug",
            "--dev",
            "--expose-prometheus",
            "/tmp/p",
            "--app-name",
            "basic-auth",
            "--trace-archival-config",
            "/etc/archive.yaml",
            "--secrets-cache-ttl",
            "10",
            "--secrets-cache-max-size",
            "10000",
            "--workspace-store-uri",
            "sqlite:///w.db",
            "--enable-workspaces",
        ])
        .unwrap();
        assert_eq!(arguments.network.host, "0.0.0.0");
        assert_eq!(arguments.network.port, 5001);
        assert_eq!(arguments.network.static_prefix.as_deref(), Some("/x"));
        assert!(!arguments.storage.serves_artifacts());
        assert_eq!(arguments.python.given(), ["--workers", "--dev"]);
        assert_eq!(arguments.python.waitress_opts.as_deref(), Some("--threads=4"));
    }

    #[test]
    fn the_last_of_two_opposite_flags_counts() {
        let serves = |arguments: &[&str]| parse(arguments).unwrap().storage.serves_artifacts();
        assert!(serves(&["--no-serve-artifacts", "--serve-artifacts"]));
        assert!(!serves(&["--serve-artifacts", "--no-serve-artifacts"]));
        let workspaces = |arguments: &[&str]| parse(arguments).unwrap().later.wants_workspaces();
        assert!(workspaces(&["--disable-workspaces", "--enable-workspaces"]));
        assert!(!workspaces(&["--enable-workspaces", "--disable-workspaces"]));
    }

    #[test]
    fn bad_values_are_refused() {
        for (arguments, expected) in [
            (["--port", "70000"], "not a port"),
            (["--static-prefix", "x"], "must begin with a '/'"),
            (["--static-prefix", "/x/"], "should not end with a '/'"),
            (["--static-prefix", "/{x}"], "must not contain"),
            (["--secrets-cache-ttl", "9"], "10..=300"),
            (["--secrets-cache-max-size", "10001"], "1..=10000"),
            (["--max-body-size", "much"], "not a size"),
            (["--app-name", "other"], "basic-auth"),
        ] {
            let error = parse(&arguments).unwrap_err();
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
