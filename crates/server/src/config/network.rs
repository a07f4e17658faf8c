//! Where the server listens, and how it speaks to whoever connects.

use axum::http::{HeaderName, HeaderValue};
use transport::middleware::proxies::Proxies;
use transport::tls::TlsOptions;

use super::{ConfigError, given, tls};
use crate::cli::{NetworkArgs, PythonOptions, TlsArgs};

pub struct Network {
    pub host: String,
    pub port: u16,
    /// Empty, or `/x` without a slash at its end.
    pub static_prefix: String,
    /// Bytes of a request's body, uploads excepted.
    pub max_body_size: u64,
    /// The peers whose forwarding headers are trusted.
    pub proxies: Proxies,
    /// `None`: plain HTTP.
    pub tls: Option<TlsOptions>,
    /// Requests worked on at once, if that is to be fewer than usual.
    pub max_requests: Option<u32>,
    /// Headers of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Network {
    /// `trusted_proxies`: the flag; `in_container_app`: whether only a platform's ingress can connect.
    pub fn new(
        arguments: NetworkArgs,
        tls: TlsArgs,
        trusted_proxies: Option<&str>,
        options: &PythonOptions,
        in_container_app: bool,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let host = if arguments.host.is_empty() { "127.0.0.1".to_owned() } else { arguments.host };
        let own = given(trusted_proxies).map(|list| ("--trusted-proxies", list));
        let python = given(options.trusted_proxies.as_deref());
        let proxies = match own.or(python.map(|list| ("--forwarded-allow-ips", list))) {
            Some((flag, list)) => list
                .parse::<Proxies>()
                .map_err(|error| ConfigError::new(format!("{flag}: {error}")))?,
            None if in_container_app => Proxies::Anyone,
            None => Proxies::default(),
        };
        Ok(Self {
            host,
            port: arguments.port,
            static_prefix: arguments.static_prefix.unwrap_or_default(),
            max_body_size: match arguments.max_body_size.0 {
                0 => u64::MAX,
                bytes => bytes,
            },
            proxies,
            tls: tls::options(tls, options, warnings).map_err(ConfigError::new)?,
            max_requests: options.max_requests,
            headers: tls::headers(options).map_err(ConfigError::new)?,
        })
    }
}
