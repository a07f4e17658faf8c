//! Database addresses as SQLAlchemy writes them, which is how MLflow users write them.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use thiserror::Error;

/// Where a database is.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:///relative.db`, `sqlite:////absolute.db`; without a path, a database in memory.
    Sqlite { path: Option<PathBuf> },
    /// `postgresql://user:password@host:port/name?options`, with or without a driver's name.
    Postgres(Box<PostgresUrl>),
}

/// A PostgreSQL address: what the driver understands, and how far the server is to be trusted.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) ssl: SslMode,
    pub(crate) root_certificate: Option<PathBuf>,
}

/// `sslmode` as libpq defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SslMode {
    Disable,
    /// Encrypt if the server can. libpq's default.
    Prefer,
    /// Encrypt, and trust any certificate.
    Require,
    /// Encrypt, and trust a certificate from a known authority.
    VerifyCa,
    /// Encrypt, and trust a certificate from a known authority for this very host.
    VerifyFull,
}

/// An address that names no database. Its message never holds the password.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    #[error(
        "'{0}' is not a database that can be served: use sqlite:///path/to/file.db or \
         postgresql://user:password@host:port/name"
    )]
    Scheme(String),
    #[error("the database address is not complete: {0}")]
    Incomplete(String),
    #[error("the database address has an option that is not understood: {0}")]
    Option(String),
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(UrlError::Scheme(text.split([':', '@']).next().unwrap_or("").to_owned()));
        };
        // The driver's name (`+psycopg2`, `+asyncpg`, `+pysqlite`) means something to Python only.
        match scheme.split('+').next().unwrap_or_default() {
            "sqlite" => Ok(sqlite(rest)),
            "postgresql" | "postgres" => Ok(Self::Postgres(Box::new(postgres(rest)?))),
            _ => Err(UrlError::Scheme(format!("{scheme}://…"))),
        }
    }
}

fn sqlite(rest: &str) -> DatabaseUrl {
    let rest = rest.split('?').next().unwrap_or_default();
    let path = rest.strip_prefix('/').unwrap_or(rest);
    let path = (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path));
    DatabaseUrl::Sqlite { path }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn postgres(rest: &str) -> Result<PostgresUrl, UrlError> {
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A password may hold a `/` or an `@` that nobody escaped: the host begins after the last `@`.
    let (credentials, address) = match before_query.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, before_query),
    };
    let (hosts, name) = address.split_once('/').unwrap_or((address, ""));
    let mut url = PostgresUrl {
        config: tokio_postgres::Config::new(),
        ssl: SslMode::Prefer,
        root_certificate: None,
    };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        if !user.is_empty() {
            url.config.user(decode(user));
        }
        if !password.is_empty() {
            url.config.password(decode(password));
        }
    }
    if !name.is_empty() {
        url.config.dbname(decode(name));
    }
    let mut query_host = false;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        query_host |= key == "host";
        url.set_option(key, &decode(value))?;
    }
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        url.add_host(host)?;
    }
    if hosts.is_empty() && !query_host {
        url.config.host("localhost");
    }
    if url.config.get_user().is_none() {
        return Err(UrlError::Incomplete("it names no user".to_owned()));
    }
    Ok(url)
}

impl PostgresUrl {
    fn add_host(&mut self, text: &str) -> Result<(), UrlError> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => port
                .parse()
                .map_err(|_| UrlError::Incomplete(format!("'{port}' is not a port number")))?,
            None => 5432,
        };
        self.config.host(decode(host)).port(port);
        Ok(())
    }

    fn set_option(&mut self, key: &str, value: &str) -> Result<(), UrlError> {
        let wrong = || UrlError::Option(format!("{key}={value}"));
        let seconds = || value.parse().map(std::time::Duration::from_secs).map_err(|_| wrong());
        match key {
            "sslmode" => {
                self.ssl = match value {
                    "disable" => SslMode::Disable,
                    "allow" | "prefer" => SslMode::Prefer,
                    "require" => SslMode::Require,
                    "verify-ca" => SslMode::VerifyCa,
                    "verify-full" => SslMode::VerifyFull,
                    _ => return Err(wrong()),
                };
            }
            "sslrootcert" => {
                self.root_certificate = (value != "system").then(|| PathBuf::from(value));
            }
            "host" => {
                self.config.host(value);
            }
            "port" => {
                self.config.port(value.parse().map_err(|_| wrong())?);
            }
            "user" => {
                self.config.user(value);
            }
            "password" => {
                self.config.password(value);
            }
            "dbname" => {
                self.config.dbname(value);
            }
            "application_name" => {
                self.config.application_name(value);
            }
            "options" => {
                self.config.options(value);
            }
            "connect_timeout" => {
                self.config.connect_timeout(seconds()?);
            }
            "target_session_attrs" => {
                use tokio_postgres::config::TargetSessionAttrs;
                let wanted = match value {
                    "any" => TargetSessionAttrs::Any,
                    "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
                    "read-only" | "standby" => TargetSessionAttrs::ReadOnly,
                    _ => return Err(wrong()),
                };
                self.config.target_session_attrs(wanted);
            }
            // libpq tuning that has no counterpart here and changes no result.
            "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count"
            | "gssencmode"
            | "channel_binding"
            | "sslcompression"
            | "client_encoding"
            | "sslsni"
            | "tcp_user_timeout" => {}
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

impl std::fmt::Display for DatabaseUrl {
    /// The address without its password, for logs and messages.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path: Some(path) } => write!(out, "sqlite:///{}", path.display()),
            Self::Sqlite { path: None } => write!(out, "sqlite://"),
            Self::Postgres(url) => {
                let hosts: Vec<String> = (url.config.get_hosts().iter())
                    .zip(url.config.get_ports().iter().chain(std::iter::repeat(&5432)))
                    .map(|(host, port)| match host {
                        tokio_postgres::config::Host::Tcp(name) => format!("{name}:{port}"),
                        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
                    })
                    .collect();
                let name = url.config.get_dbname().unwrap_or_default();
                write!(out, "postgresql://{}/{name}", hosts.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> PostgresUrl {
        match text.parse() {
            Ok(DatabaseUrl::Postgres(url)) => *url,
            _ => panic!("{text} is no PostgreSQL address"),
        }
    }

    #[test]
    fn sqlite_paths_are_relative_with_three_slashes_and_absolute_with_four() {
        for (text, expected) in [
            ("sqlite:///mlflow.db", Some("mlflow.db")),
            ("sqlite:////var/lib/a b.db", Some("/var/lib/a b.db")),
            ("sqlite+pysqlite:///x/y.db?timeout=3", Some("x/y.db")),
            ("sqlite://", None),
            ("sqlite:///:memory:", None),
        ] {
            let Ok(DatabaseUrl::Sqlite { path }) = text.parse() else { panic!("{text}") };
            assert_eq!(path, expected.map(PathBuf::from), "{text}");
        }
    }

    #[test]
    fn postgres_addresses_may_name_a_driver_escapes_and_options() {
        let url = parse(
            "postgresql+psycopg2://me%40corp:p%2Fw%40:x@db.example:6432/ml%20flow?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3",
        );
        assert_eq!(url.config.get_user(), Some("me@corp"));
        assert_eq!(url.config.get_password(), Some(&b"p/w@:x"[..]));
        assert_eq!(url.config.get_dbname(), Some("ml flow"));
        assert_eq!(url.config.get_ports(), [6432]);
        assert_eq!(url.ssl, SslMode::VerifyFull);
        assert_eq!(url.root_certificate, Some(PathBuf::from("/ca.pem")));
    }

    #[test]
    fn an_unescaped_password_with_slashes_and_ats_is_understood() {
        let url = parse("postgresql://me:p@ss/w@host/name");
        assert_eq!(url.config.get_password(), Some(&b"p@ss/w"[..]));
        assert_eq!(url.config.get_dbname(), Some("name"));
    }

    #[test]
    fn hosts_may_be_many_or_a_socket_folder() {
        let url = parse("postgresql://u@a:1,b:2/n?target_session_attrs=read-write");
        assert_eq!(url.config.get_ports(), [1, 2]);
        let url = parse("postgresql://u@/n?host=/run/postgresql");
        assert!(matches!(url.config.get_hosts(), [tokio_postgres::config::Host::Unix(_)]));
    }

    #[test]
    fn a_refusal_never_shows_the_password() {
        for text in ["mysql://u:secret@h/n", "u:secret@host", "postgresql://:secret@h/n"] {
            let Err(error) = text.parse::<DatabaseUrl>() else { panic!("{text}") };
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let shown = DatabaseUrl::Postgres(Box::new(parse("postgresql://u:secret@h/n"))).to_string();
        assert_eq!(shown, "postgresql://h:5432/n");
    }
}
