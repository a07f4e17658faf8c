//! Where a webhook leads: which URLs it may have, before anything is sent there.

use std::net::IpAddr;

use app::ApiError;
use python::repr_text;
use url::{Host, Url};

use crate::addresses::{LookupError, PATIENCE, WEBHOOKS, is_public};
use crate::settings::Webhooks as Settings;

/// The scheme of a URL in small letters; empty if it has none.
fn scheme_of(url: &str) -> String {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    scheme.unwrap_or_default().to_ascii_lowercase()
}

/// Reads a webhook's URL, without a look at where its host is.
fn parse(url: &str, settings: &Settings) -> Result<Url, ApiError> {
    if url.trim().is_empty() {
        return Err(ApiError::invalid(format!(
            "Webhook URL cannot be empty or just whitespace: {}",
            repr_text(url)
        )));
    }
    let scheme = scheme_of(url.trim());
    if !settings.schemes.contains(&scheme) {
        return Err(ApiError::invalid(format!(
            "Invalid webhook URL scheme: {}. Allowed schemes are: {}.",
            repr_text(&scheme),
            settings.schemes.join(", ")
        )));
    }
    let no_host =
        || ApiError::invalid(format!("Webhook URL must include a hostname: {}", repr_text(url)));
    let parsed = Url::parse(url).map_err(|error| match error {
        url::ParseError::EmptyHost => no_host(),
        error => ApiError::invalid(format!("Invalid webhook URL {}: {error}", repr_text(url))),
    })?;
    if parsed.host_str().is_none_or(str::is_empty) { Err(no_host()) } else { Ok(parsed) }
}

/// Refuses a URL that is none, or that leads into a private network.
///
/// What a name leads to may change afterwards, so sending looks again (see [`super::sender`]).
pub async fn check(url: &str, settings: &Settings) -> Result<Url, ApiError> {
    let parsed = parse(url, settings)?;
    if settings.allow_private {
        return Ok(parsed);
    }
    let name = parsed.host_str().unwrap_or_default();
    let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    let addresses = match parsed.host() {
        Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
        Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
        _ => resolve(&name).await?,
    };
    match addresses.into_iter().find(|address| !is_public(*address)) {
        None => Ok(parsed),
        Some(address) => Err(ApiError::invalid(format!(
            "Webhook URL must not resolve to a non-public IP address. {} resolves to {address}.",
            repr_text(&name)
        ))),
    }
}

async fn resolve(name: &str) -> Result<Vec<IpAddr>, ApiError> {
    WEBHOOKS.find(name).await.map_err(|error| match error {
        LookupError::TimedOut => ApiError::invalid(format!(
            "Timed out resolving Webhook URL hostname {} after {} seconds",
            repr_text(name),
            PATIENCE.as_secs()
        )),
        error @ LookupError::Failed(_) => ApiError::invalid(format!(
            "Cannot resolve Webhook URL hostname {}: {error}",
            repr_text(name)
        )),
    })
}

/// Whether a redirection may be followed: to a scheme that is allowed, and not to an address of a
/// private network. Names are looked at when they are resolved.
pub fn may_follow(url: &Url, settings: &Settings) -> bool {
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    settings.schemes.iter().any(|scheme| scheme == url.scheme())
        && (settings.allow_private || literal.is_none_or(is_public))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Settings {
        let schemes = vec!["https".to_owned(), "http".to_owned()];
        Settings { schemes, ..Settings::default() }
    }

    #[tokio::test]
    async fn urls_that_lead_nowhere_are_refused() {
        for (url, complaint) in [
            (" ", "Webhook URL cannot be empty or just whitespace: ' '"),
            ("example.org", "Invalid webhook URL scheme: ''. Allowed schemes are: https."),
            (
                "http://example.org",
                "Invalid webhook URL scheme: 'http'. Allowed schemes are: https.",
            ),
            ("https://", "Webhook URL must include a hostname: 'https://'"),
        ] {
            let refused = check(url, &Settings::default()).await.unwrap_err();
            assert_eq!(refused.message, complaint);
        }
    }

    #[tokio::test]
    async fn private_networks_are_refused_however_they_are_spelled() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://2130706433/",
            "http://[::1]:80/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest",
            "http://localhost/",
            "http://LOCALHOST:9/",
        ] {
            let refused = check(url, &open()).await.unwrap_err();
            assert!(
                refused.message.contains("non-public IP address"),
                "{url}: {}",
                refused.message
            );
            let allowed = Settings { allow_private: true, ..open() };
            assert!(check(url, &allowed).await.is_ok(), "{url}");
        }
        assert!(check("https://8.8.8.8/hook", &open()).await.is_ok());
    }

    #[test]
    fn redirections_do_not_lead_inside() {
        let follows = |url: &str| may_follow(&Url::parse(url).unwrap(), &open());
        assert!(follows("https://example.org/"));
        for url in ["http://127.0.0.1/", "http://[::1]/", "ftp://example.org/"] {
            assert!(!follows(url), "{url}");
        }
    }
}
