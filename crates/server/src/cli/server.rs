//! `headwater server`: where data is, where to listen, who may call, what to log.

use std::path::PathBuf;

use clap::builder::EnumValueParser;
use clap::{ArgAction, Args};

use super::PythonArgs;
use super::values::{
    self, Bytes, DatabaseLogin, Limit, LogFormat, NewerSchema, Switch, Synchronous,
};

const EXAMPLES: &str = "\
Without options: a SQLite file (mlflow.db) and a folder (mlartifacts) here, http://127.0.0.1:5000.
For a team:
  headwater server --backend-store-uri postgresql://user:password@host/name \\
      --artifacts-destination /srv/artifacts --host 0.0.0.0 --allowed-hosts mlflow.example.com

Every flag of `mlflow server` 3.17.2 is understood, and so is every environment variable.";

/// Serve the API and the web page.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    next_line_help = true,
    before_help = EXAMPLES,
    help_template = "{about}.\n\n{usage-heading} {usage}\n\n{before-help}{all-args}"
)]
pub struct ServerArgs {
    #[command(flatten)]
    pub storage: StorageArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub tls: TlsArgs,
    #[command(flatten)]
    pub security: SecurityArgs,
    #[command(flatten)]
    pub operation: OperationArgs,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub later: LaterArgs,
    #[command(flatten)]
    pub python: PythonArgs,

    // The short form is taken by `--host`, as in MLflow.
    /// Print this help.
    #[arg(long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Storage")]
pub struct StorageArgs {
    /// The database: sqlite:///relative.db, sqlite:////absolute.db or
    /// postgresql://user:password@host:port/name [default: sqlite:///mlflow.db]
    #[arg(
        long,
        env = "MLFLOW_BACKEND_STORE_URI",
        hide_env_values = true,
        value_name = "URI",
        verbatim_doc_comment
    )]
    pub backend_store_uri: Option<String>,

    /// A database of its own for registered models and prompts. By default they are in the
    /// database above.
    #[arg(long, env = "MLFLOW_REGISTRY_STORE_URI", hide_env_values = true, value_name = "URI")]
    pub registry_store_uri: Option<String>,

    /// Where the artifacts of new experiments go. By default mlflow-artifacts:/ (through this
    /// server) when it serves artifacts, else ./mlruns.
    #[arg(long, env = "MLFLOW_DEFAULT_ARTIFACT_ROOT", hide_env_values = true, value_name = "URI")]
    pub default_artifact_root: Option<String>,

    /// Let clients store and fetch artifacts through this server. This is the default.
    #[arg(
        long,
        env = "MLFLOW_SERVE_ARTIFACTS",
        hide_env_values = true,
        num_args = 0,
        default_missing_value = "true",
        value_parser = values::flag_or_true,
        overrides_with = "no_serve_artifacts"
    )]
    serve_artifacts: Option<bool>,

    /// Do not serve artifacts: clients reach the store themselves.
    #[arg(long, overrides_with = "serve_artifacts")]
    no_serve_artifacts: bool,

    /// Serve artifacts and nothing else.
    #[arg(
        long,
        env = "MLFLOW_ARTIFACTS_ONLY",
        hide_env_values = true,
        value_parser = values::flag
    )]
    pub artifacts_only: bool,

    /// Where the artifacts that pass through this server are kept: a folder or a URI.
    #[arg(
        long,
        env = "MLFLOW_ARTIFACTS_DESTINATION",
        hide_env_values = true,
        value_name = "URI",
        default_value = "./mlartifacts"
    )]
    pub artifacts_destination: String,

    /// Other places whose artifacts may be served, separated by commas: folders of this machine, and
    /// URIs of buckets and containers, where earlier servers or clients wrote them.
    #[arg(
        long,
        env = "HEADWATER_ARTIFACT_FOLDERS",
        hide_env_values = true,
        value_name = "FOLDERS"
    )]
    pub artifact_folders: Option<String>,

    /// Whether clients may move large files straight to and from the artifact store by signed
    /// URLs, which they can only where they reach it: on or off. Has no effect on a folder.
    #[arg(
        long,
        env = "HEADWATER_DIRECT_TRANSFERS",
        hide_env_values = true,
        value_name = "SWITCH",
        default_value = "on",
        value_parser = EnumValueParser::<Switch>::new()
    )]
    pub direct_transfers: Switch,

    /// Send clients to the artifact store for downloads of at least this size too, such as 1MiB.
    /// By default plain downloads pass through this server.
    #[arg(long, env = "HEADWATER_REDIRECT_DOWNLOADS", hide_env_values = true, value_name = "SIZE")]
    pub redirect_downloads: Option<Bytes>,
}

impl StorageArgs {
    pub fn serves_artifacts(&self) -> bool {
        !self.no_serve_artifacts && self.serve_artifacts.unwrap_or(true)
    }
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// The address to listen on; 0.0.0.0 accepts connections from any network.
    #[arg(
        short = 'h',
        long,
        env = "MLFLOW_HOST",
        hide_env_values = true,
        default_value = "127.0.0.1"
    )]
    pub host: String,

    /// The port to listen on; 0 picks a free one.
    #[arg(
        short,
        long,
        env = "MLFLOW_PORT",
        hide_env_values = true,
        default_value = "5000",
        value_parser = values::port
    )]
    pub port: u16,

    /// A prefix of all paths, such as /mlflow.
    #[arg(
        long,
        env = "MLFLOW_STATIC_PREFIX",
        hide_env_values = true,
        value_name = "PATH",
        value_parser = values::static_prefix
    )]
    pub static_prefix: Option<String>,

    /// The largest request body, artifacts excepted, decompressed; 0 means no limit.
    #[arg(
        long,
        env = "HEADWATER_MAX_BODY_SIZE",
        hide_env_values = true,
        value_name = "SIZE",
        default_value = "100MiB"
    )]
    pub max_body_size: Bytes,
}

/// MLflow's way is `--uvicorn-opts "--ssl-certfile … --ssl-keyfile …"`, which is understood, too.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "TLS (renewed files are picked up while the server runs)")]
pub struct TlsArgs {
    /// Serve HTTPS, and nothing else, with the certificate in this file (PEM, with its
    /// intermediate certificates).
    #[arg(long, env = "HEADWATER_TLS_CERT", hide_env_values = true, value_name = "FILE")]
    pub tls_cert: Option<String>,

    /// The certificate's key (PEM). By default it is in the certificate's file.
    #[arg(long, env = "HEADWATER_TLS_KEY", hide_env_values = true, value_name = "FILE")]
    pub tls_key: Option<String>,

    /// The password of the key, if it is encrypted. The variable is the safer place for it.
    #[arg(
        long,
        env = "HEADWATER_TLS_KEY_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub tls_key_password: Option<String>,

    /// Serve only clients with a certificate of the authorities in this file (PEM).
    #[arg(long, env = "HEADWATER_TLS_CLIENT_CA", hide_env_values = true, value_name = "FILE")]
    pub tls_client_ca: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Security")]
pub struct SecurityArgs {
    /// Host names that this server answers to, separated by commas, with or without a port; *
    /// matches any characters. By default localhost and private addresses.
    #[arg(long, env = "MLFLOW_SERVER_ALLOWED_HOSTS", hide_env_values = true, value_name = "HOSTS")]
    pub allowed_hosts: Option<String>,

    /// Origins of other web pages that may call this server, separated by commas; * matches any
    /// characters. By default pages at localhost.
    #[arg(
        long,
        env = "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        hide_env_values = true,
        value_name = "ORIGINS"
    )]
    pub cors_allowed_origins: Option<String>,

    /// Who may show the web page in a frame: SAMEORIGIN, DENY or NONE (no such header).
    #[arg(
        long,
        env = "MLFLOW_SERVER_X_FRAME_OPTIONS",
        hide_env_values = true,
        value_name = "VALUE",
        default_value = "SAMEORIGIN"
    )]
    pub x_frame_options: String,

    /// Proxies whose X-Forwarded-* headers are trusted, separated by commas: addresses or networks;
    /// * means any peer. By default nobody's; in Azure Container Apps, the platform's ingress.
    #[arg(long, env = "HEADWATER_TRUSTED_PROXIES", hide_env_values = true, value_name = "PROXIES")]
    pub trusted_proxies: Option<String>,

    /// DANGEROUS: check neither hosts nor origins, and send no security headers.
    #[arg(
        long,
        env = "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
        hide_env_values = true,
        value_parser = values::flag
    )]
    pub disable_security_middleware: bool,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Operation")]
pub struct OperationArgs {
    /// Serve Prometheus metrics at /metrics. The folder, which MLflow needs, is not used.
    #[arg(long, env = "MLFLOW_EXPOSE_PROMETHEUS", hide_env_values = true, value_name = "FOLDER")]
    pub expose_prometheus: Option<String>,

    /// Serve another built web page from this folder, such as MLflow's own.
    #[arg(long, env = "HEADWATER_UI_DIR", hide_env_values = true, value_name = "FOLDER")]
    pub ui_dir: Option<PathBuf>,

    /// The format of log lines.
    #[arg(
        long,
        env = "HEADWATER_LOG_FORMAT",
        hide_env_values = true,
        value_name = "FORMAT",
        default_value = "text",
        value_parser = EnumValueParser::<LogFormat>::new()
    )]
    pub log_format: LogFormat,

    /// What to log: error, warn, info, debug, trace, or directives such as info,db=debug.
    #[arg(
        long,
        env = "HEADWATER_LOG_LEVEL",
        hide_env_values = true,
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub log_level: String,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// The largest number of connections to PostgreSQL [default: 20]
    #[arg(
        long,
        env = "HEADWATER_DATABASE_CONNECTIONS",
        hide_env_values = true,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub database_connections: Option<u32>,

    /// How long the database may take over a search or another query before it is stopped, such as
    /// 30s, 2m or 500ms; 0 means no limit. Work in the background has none.
    #[arg(
        long,
        env = "HEADWATER_QUERY_TIMEOUT",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "30s"
    )]
    pub query_timeout: Limit,

    /// What to do with a database that a newer MLflow has brought to a schema which this server does not know: check
    /// that it has all that this server uses, and serve it then, or refuse it.
    #[arg(
        long,
        env = "HEADWATER_NEWER_SCHEMA",
        hide_env_values = true,
        value_name = "POLICY",
        default_value = "check",
        value_parser = EnumValueParser::<NewerSchema>::new()
    )]
    pub newer_schema: NewerSchema,

    /// How to log in to PostgreSQL: as the address says (password), with an access token of the
    /// cloud identity that this program has (entra), or whichever the address asks for (auto): entra
    /// if it names no password and a server of Azure's.
    #[arg(
        long,
        env = "HEADWATER_DATABASE_LOGIN",
        hide_env_values = true,
        value_name = "HOW",
        default_value = "auto",
        value_parser = EnumValueParser::<DatabaseLogin>::new()
    )]
    pub database_login: DatabaseLogin,

    /// What a commit on SQLite survives: the server's death (normal) or a power cut (full).
    #[arg(
        long,
        env = "HEADWATER_SQLITE_SYNCHRONOUS",
        hide_env_values = true,
        value_name = "MODE",
        default_value = "normal",
        value_parser = EnumValueParser::<Synchronous>::new()
    )]
    pub sqlite_synchronous: Synchronous,

    /// Keep an index of all text in spans, so that a rare word is found among millions of traces:
    /// on or off. PostgreSQL with the extension pg_trgm; new traces cost it more then. What was
    /// built stays until it is dropped (DROP INDEX hw_spans_text).
    #[arg(
        long,
        env = "HEADWATER_TRACE_TEXT_INDEX",
        hide_env_values = true,
        value_name = "SWITCH",
        default_value = "off",
        value_parser = EnumValueParser::<Switch>::new()
    )]
    pub trace_text_index: Switch,

    /// A YAML file that says which old traces are archived, and where.
    #[arg(long, env = "MLFLOW_TRACE_ARCHIVAL_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub trace_archival_config: Option<String>,
}

/// Flags of features that are not built yet.
#[derive(Args, Debug)]
#[command(next_help_heading = "Not available yet (the server refuses to start, or warns)")]
pub struct LaterArgs {
    /// Log-in with name and password.
    #[arg(long, value_name = "NAME", value_parser = ["basic-auth"])]
    pub app_name: Option<String>,

    /// Separate workspaces for experiments, models and prompts.
    #[arg(
        long,
        env = "MLFLOW_ENABLE_WORKSPACES",
        hide_env_values = true,
        num_args = 0,
        default_missing_value = "true",
        value_parser = values::flag,
        overrides_with = "disable_workspaces"
    )]
    enable_workspaces: Option<bool>,

    /// No separate workspaces. This is the default.
    #[arg(long, overrides_with = "enable_workspaces")]
    disable_workspaces: bool,

    /// A database of its own for workspaces.
    #[arg(long, env = "MLFLOW_WORKSPACE_STORE_URI", hide_env_values = true, value_name = "URI")]
    pub workspace_store_uri: Option<String>,

    /// A database for reading only.
    #[arg(
        long,
        env = "MLFLOW_READ_REPLICA_BACKEND_STORE_URI",
        hide_env_values = true,
        value_name = "URI"
    )]
    pub read_replica_backend_store_uri: Option<String>,

    /// Seconds that decrypted secrets are kept in memory.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u32).range(10..=300)
    )]
    pub secrets_cache_ttl: u32,

    /// The largest number of decrypted secrets kept in memory.
    #[arg(
        long,
        value_name = "N",
        default_value = "1000",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub secrets_cache_max_size: u32,
}

impl LaterArgs {
    pub fn wants_workspaces(&self) -> bool {
        !self.disable_workspaces && self.enable_workspaces.unwrap_or(false)
    }
}
