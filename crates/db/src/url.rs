//! Database addresses as SQLAlchemy writes them, which is how MLflow users write them.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

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
            _ => {
                let name = scheme.split([':', '@']).next().unwrap_or_default();
                Err(UrlError::Scheme(format!("{name}://…")))
            }
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

/// How soon a connection that fell silent is found out, unless the address says otherwise.
const KEEPALIVE: Duration = Duration::from_secs(30);
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(20);

fn postgres(rest: &str) -> Result<PostgresUrl, UrlError> {
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A password may hold a `/` or an `@` that nobody escaped: the host begins after the last `@`.
    let (credentials, address) = match before_query.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, before_query),
    };
    let (names, name) = address.split_once('/').unwrap_or((address, ""));
    let mut url = PostgresUrl {
        config: tokio_postgres::Config::new(),
        ssl: SslMode::Prefer,
        root_certificate: None,
    };
    url.config.keepalives_idle(KEEPALIVE).tcp_user_timeout(TCP_USER_TIMEOUT);
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
    let mut asked = Asked::default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "host" => asked.hosts.extend(value.split(',').map(str::to_owned)),
            "port" => asked.ports.extend(value.split(',').map(str::to_owned)),
            "hostaddr" => asked.addresses.extend(value.split(',').map(str::to_owned)),
            key => url.set_option(key, &value, query.contains('@'))?,
        }
    }
    let named = names.split(',').filter(|host| !host.is_empty());
    let named: Vec<Host> =
        named.map(|host| Host::parse(host).map(Host::decoded)).collect::<Result<_, _>>()?;
    url.add_hosts(named, &asked)?;
    if url.config.get_user().is_none() {
        return Err(UrlError::Incomplete("it names no user".to_owned()));
    }
    Ok(url)
}

/// What the query says of hosts. It replaces what stands before it.
#[derive(Default)]
struct Asked {
    hosts: Vec<String>,
    ports: Vec<String>,
    addresses: Vec<String>,
}

/// A host, or the folder of a socket, and its port.
struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Reads `name`, `name:port`, `[::1]:port`, `/folder` or `/folder:port`.
    fn parse(text: &str) -> Result<Self, UrlError> {
        let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, port)) => (name, port.strip_prefix(':')),
            None => match text.rsplit_once(':') {
                // A colon may be part of the folder's name.
                Some((_, port)) if text.starts_with('/') && port.parse::<u16>().is_err() => {
                    (text, None)
                }
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let port = port.filter(|port| !port.is_empty()).map(port_number).transpose()?;
        Ok(Self { name: name.to_owned(), port })
    }

    fn decoded(self) -> Self {
        Self { name: decode(&self.name), ..self }
    }
}

/// What was given is not repeated: where an `@` is missing, it is the password.
fn port_number(text: &str) -> Result<u16, UrlError> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
        UrlError::Incomplete(
            "what stands where the port belongs is not a number from 1 to 65535 (is the @ before \
             the host there, and is a '/', '?' or '#' in the password written as %2F, %3F, %23?)"
                .to_owned(),
        )
    })
}

impl PostgresUrl {
    fn add_hosts(&mut self, named: Vec<Host>, asked: &Asked) -> Result<(), UrlError> {
        let mut hosts = named;
        if !asked.hosts.is_empty() {
            hosts = asked.hosts.iter().map(|host| Host::parse(host)).collect::<Result<_, _>>()?;
        }
        if !asked.ports.is_empty() {
            if !asked.hosts.is_empty() && hosts.iter().any(|host| host.port.is_some()) {
                let words = "ports stand both behind the hosts and in port=";
                return Err(UrlError::Incomplete(words.to_owned()));
            }
            let given = |port: &String| (!port.is_empty()).then(|| port_number(port)).transpose();
            let ports: Vec<Option<u16>> =
                asked.ports.iter().map(given).collect::<Result<_, UrlError>>()?;
            if hosts.is_empty() {
                hosts.push(Host { name: String::new(), port: None });
            }
            if ports.len() != 1 && ports.len() != hosts.len() {
                let words = "it names not as many ports as hosts";
                return Err(UrlError::Incomplete(words.to_owned()));
            }
            for (host, port) in hosts.iter_mut().zip(ports.iter().cycle()) {
                host.port = *port;
            }
        }
        if !asked.addresses.is_empty() {
            let addresses = asked.addresses.iter().map(|address| address.parse::<IpAddr>().ok());
            let addresses: Option<Vec<IpAddr>> = addresses.collect();
            let addresses = addresses.filter(|list| hosts.is_empty() || list.len() == hosts.len());
            let addresses = addresses.ok_or_else(|| {
                UrlError::Option("hostaddr, which takes one IP address for each host".to_owned())
            })?;
            if hosts.is_empty() {
                let name = |address: &IpAddr| Host { name: address.to_string(), port: None };
                hosts.extend(addresses.iter().map(name));
            }
            for address in addresses {
                self.config.hostaddr(address);
            }
        }
        if hosts.is_empty() {
            hosts.push(Host { name: String::new(), port: None });
        }
        for Host { name, port } in hosts {
            let name = if name.is_empty() { "localhost".to_owned() } else { name };
            self.config.host(name).port(port.unwrap_or(5432));
        }
        Ok(())
    }

    /// `unsure`: the query may be part of a password, so that no name in it is repeated.
    fn set_option(&mut self, key: &str, value: &str, unsure: bool) -> Result<(), UrlError> {
        use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs};
        // The value may be a secret, as the value of a misspelt `password` is.
        let wrong = |values: &str| UrlError::Option(format!("{key}, which takes {values}"));
        let seconds = || {
            let seconds = value.parse().map(Duration::from_secs);
            seconds.map_err(|_| wrong("a number of seconds"))
        };
        match key {
            "sslmode" => {
                self.ssl = match value {
                    "disable" => SslMode::Disable,
                    "allow" | "prefer" => SslMode::Prefer,
                    "require" => SslMode::Require,
                    "verify-ca" => SslMode::VerifyCa,
                    "verify-full" => SslMode::VerifyFull,
                    _ => {
                        return Err(wrong(
                            "disable, allow, prefer, require, verify-ca or verify-full",
                        ));
                    }
                };
            }
            "sslrootcert" => {
                self.root_certificate = (value != "system").then(|| PathBuf::from(value));
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
            "fallback_application_name" => {
                if self.config.get_application_name().is_none() {
                    self.config.application_name(value);
                }
            }
            "options" => {
                self.config.options(value);
            }
            "connect_timeout" => {
                self.config.connect_timeout(seconds()?);
            }
            "keepalives" => {
                self.config.keepalives(value != "0");
            }
            "keepalives_idle" => {
                self.config.keepalives_idle(seconds()?);
            }
            "keepalives_interval" => {
                self.config.keepalives_interval(seconds()?);
            }
            "keepalives_count" => {
                self.config.keepalives_retries(value.parse().map_err(|_| wrong("a number"))?);
            }
            "tcp_user_timeout" => {
                let milliseconds = value.parse().map(Duration::from_millis);
                let limit = milliseconds.map_err(|_| wrong("a number of milliseconds"))?;
                self.config.tcp_user_timeout(limit);
            }
            "channel_binding" => {
                let wanted = match value {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => return Err(wrong("disable, prefer or require")),
                };
                self.config.channel_binding(wanted);
            }
            "load_balance_hosts" => {
                let wanted = match value {
                    "disable" => LoadBalanceHosts::Disable,
                    "random" => LoadBalanceHosts::Random,
                    _ => return Err(wrong("disable or random")),
                };
                self.config.load_balance_hosts(wanted);
            }
            "target_session_attrs" => {
                let wanted = match value {
                    "any" => TargetSessionAttrs::Any,
                    "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
                    "read-only" | "standby" => TargetSessionAttrs::ReadOnly,
                    _ => return Err(wrong("any, read-write, primary, read-only or standby")),
                };
                self.config.target_session_attrs(wanted);
            }
            // The protection that they could ask for is another one, or always there.
            "gssencmode" if value == "require" => {
                return Err(wrong("disable or prefer: use TLS (sslmode=) to encrypt"));
            }
            "ssl_min_protocol_version" if !matches!(value, "TLSv1" | "TLSv1.1" | "TLSv1.2") => {
                return Err(wrong("at most TLSv1.2, which is always demanded"));
            }
            // libpq tuning that has no counterpart here and changes no result.
            "gssencmode"
            | "ssl_min_protocol_version"
            | "sslcompression"
            | "client_encoding"
            | "sslsni" => {}
            _ if unsure || !key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                let words = "(is a '?' in the password written as %3F?)".to_owned();
                return Err(UrlError::Option(words));
            }
            _ => return Err(UrlError::Option(key.to_owned())),
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

    fn hosts_of(text: &str) -> Vec<String> {
        let url = parse(text);
        let hosts = url.config.get_hosts().iter().zip(url.config.get_ports());
        hosts
            .map(|(host, port)| match host {
                tokio_postgres::config::Host::Tcp(name) => format!("{name} {port}"),
                tokio_postgres::config::Host::Unix(path) => format!("{} {port}", path.display()),
            })
            .collect()
    }

    #[test]
    fn hosts_and_ports_may_stand_in_the_query_as_sqlalchemy_writes_them() {
        for (text, expected) in [
            ("u@/n?host=/run/pg:6432", &["/run/pg 6432"][..]),
            ("u@/n?host=/run/pg", &["/run/pg 5432"]),
            ("u@/n?host=/run/a:b", &["/run/a:b 5432"]),
            ("u@/n?host=/run/pg&port=6432", &["/run/pg 6432"]),
            ("u@/n?host=%2Frun%2Fpg%3A6432", &["/run/pg 6432"]),
            ("u@%2Frun%2Fpg:6432/n", &["/run/pg 6432"]),
            ("u@/n?host=a:1&host=b:2", &["a 1", "b 2"]),
            ("u@/n?host=a&host=b:2", &["a 5432", "b 2"]),
            ("u@/n?host=a,b&port=1,2", &["a 1", "b 2"]),
            ("u@/n?host=a,b&port=7", &["a 7", "b 7"]),
            ("u@/n?host=a&port=1&host=b&port=2", &["a 1", "b 2"]),
            ("u@/n?host=a,b", &["a 5432", "b 5432"]),
            ("u@ignored:9/n?host=a:1", &["a 1"]),
            ("u@[::1]:6432/n", &["::1 6432"]),
            ("u@a,b:2/n", &["a 5432", "b 2"]),
            ("u@/n", &["localhost 5432"]),
            ("u@/n?port=7", &["localhost 7"]),
            ("u@h/n?port=7", &["h 7"]),
            ("u@/n?hostaddr=10.0.0.1", &["10.0.0.1 5432"]),
        ] {
            for scheme in ["postgresql", "postgres", "postgresql+psycopg2"] {
                assert_eq!(hosts_of(&format!("{scheme}://{text}")), expected, "{text}");
            }
        }
        for text in ["u@/n?host=a:1&port=2", "u@/n?host=a,b&port=1,2,3", "u@/n?port=x", "u@h:0/n"] {
            assert!(format!("postgresql://{text}").parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn options_that_protect_are_kept_or_refused() {
        use tokio_postgres::config::ChannelBinding;
        let url = parse("postgresql://u@h/n?channel_binding=require&options=-c+search_path%3Dx");
        assert_eq!(url.config.get_channel_binding(), ChannelBinding::Require);
        assert_eq!(url.config.get_options(), Some("-c search_path=x"));
        for option in [
            "gssencmode=require",
            "sslcrl=/x",
            "require_auth=scram-sha-256",
            "ssl_min_protocol_version=TLSv1.3",
            "sslcert=/x",
        ] {
            let text = format!("postgresql://u@h/n?{option}");
            let Err(error) = text.parse::<DatabaseUrl>() else { panic!("{text}") };
            assert!(error.to_string().contains(option.split('=').next().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_refusal_never_shows_the_password() {
        for text in [
            "mysql://u:secret@h/n",
            "u:secret@host",
            "u:secret://x",
            "postgresql://:secret@h/n",
            "postgresql://u:secret",
            "postgresql://u:secret/n",
            "postgresql://u:x?secret@h/n",
            "postgresql://u:x?a=secret&secret=x@h/n",
            "postgresql://u:x?secret&b@h/n",
            "postgresql://u:x#secret",
            "postgresql://u@h:secret/n",
            "postgresql://u@h/n?passwort=secret",
            "postgresql://u@h/n?sslmode=secret",
            "postgresql://u@h/n?port=secret",
            "postgresql://u@h/n?host=h:secret",
            "postgresql://u@h/n?hostaddr=secret",
            "postgresql://u@h/n?sslpassword=secret",
            "postgresql://u@h/n?connect_timeout=secret",
        ] {
            let Err(error) = text.parse::<DatabaseUrl>() else { panic!("{text}") };
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let shown = DatabaseUrl::Postgres(Box::new(parse("postgresql://u:secret@h/n"))).to_string();
        assert_eq!(shown, "postgresql://h:5432/n");
    }
}
