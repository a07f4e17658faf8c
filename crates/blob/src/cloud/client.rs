//! The HTTP client that all clouds share.

use std::path::Path;
use std::time::Duration;

use object_store::{BackoffConfig, Certificate, ClientOptions, RetryConfig};

use crate::error::BlobError;
use crate::store::Settings;

const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a transfer may stand still. A transfer as a whole may take as long as it wants.
const STALL_TIME: Duration = Duration::from_secs(30);

pub(super) fn options(settings: &Settings) -> Result<ClientOptions, BlobError> {
    // Only the first call in a process has an effect, and another part may have made it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut options = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT_TIME)
        .with_read_timeout(STALL_TIME)
        .with_no_system_certificates(true);
    for certificate in certificates(settings)? {
        options = options.with_root_certificate(certificate);
    }
    if let Some(proxy) = settings.first(&["HTTPS_PROXY", "https_proxy"]) {
        options = options.with_proxy_url(proxy);
        if let Some(excludes) = settings.first(&["NO_PROXY", "no_proxy"]) {
            options = options.with_proxy_excludes(excludes);
        }
    }
    Ok(options)
}

/// What all of the program trusts, and the files that the clouds' Python clients would take.
fn certificates(settings: &Settings) -> Result<Vec<Certificate>, BlobError> {
    let mut authorities = trust::authorities();
    for variable in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let Some(file) = settings.first(&[variable]) else { continue };
        match trust::read(Path::new(file)) {
            Ok(bundle) => authorities.extend(bundle),
            Err(error) => {
                return Err(BlobError::Configuration(format!(
                    "The certificates in {file} ({variable}) cannot be read: {error}."
                )));
            }
        }
    }
    Ok(authorities.iter().filter_map(|root| Certificate::from_der(root).ok()).collect())
}

pub(super) fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: 6,
        retry_timeout: Duration::from_secs(30),
    }
}

/// A store that cannot be set up, in one sentence; the cause may name a credential's form, never its text.
pub(super) fn misconfigured(name: &str, error: &object_store::Error) -> BlobError {
    use std::error::Error;
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let cause = cause.trim_end_matches('.');
    BlobError::Configuration(format!("The artifact store {name} cannot be opened: {cause}."))
}
