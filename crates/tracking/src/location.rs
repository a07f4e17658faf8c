//! Where artifacts go: the rules for locations that callers choose, and paths below them.

use app::{ApiError, Settings};
use percent_encoding::percent_decode_str;

/// Characters of a location, as MLflow's default has it.
const MAX_LENGTH: usize = 2048;

/// Refuses a location that cannot be trusted as a root of artifacts.
pub fn check(uri: &str, field: &str, settings: &Settings) -> Result<(), ApiError> {
    let (before_fragment, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    let (path, query) = before_fragment.split_once('?').unwrap_or((before_fragment, ""));
    let last_segment = path.rsplit('/').next().unwrap_or_default();
    if !fragment.is_empty() || (last_segment.contains(';') && uri.contains("://")) {
        return Err(ApiError::invalid(format!("'{field}' URL can't include fragments or params.")));
    }
    if decoded(query).contains("..") {
        return Err(ApiError::invalid("Invalid query string"));
    }
    check_host(uri, field, settings)?;
    if uri.starts_with("runs:") {
        return Err(ApiError::invalid(format!(
            "Artifact location cannot be a runs:/ URI. Given: '{uri}'"
        )));
    }
    if uri.chars().count() > MAX_LENGTH {
        return Err(ApiError::invalid(format!(
            "Invalid artifact path length. The length of the artifact path cannot be greater than \
             {MAX_LENGTH} characters. To configure this limit, please set the \
             MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable."
        )));
    }
    Ok(())
}

/// The schemes by which a location makes whoever opens it connect to a host of the caller's choice,
/// with the scheme that stands for the same service and the port that is meant without one.
const HOST_SCHEMES: &[(&str, &str, u16)] = &[
    ("ftp", "ftp", 21),
    ("sftp", "sftp", 22),
    ("hdfs", "hdfs", 0),
    ("viewfs", "hdfs", 0),
    ("http", "http", 80),
    ("https", "http", 443),
    ("mlflow-artifacts", "http", 80),
    ("r2", "r2", 443),
    ("b2", "b2", 443),
    ("abfss", "abfss", 443),
];

/// The service, host and port that a location names, if its scheme is one of [`HOST_SCHEMES`].
fn host_target(uri: &str) -> Option<(&'static str, String, u16)> {
    let (scheme, rest) = uri.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let (name, service, port) = HOST_SCHEMES.iter().find(|(name, ..)| *name == scheme)?;
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if *name == "mlflow-artifacts" && authority.is_empty() {
        // Without a host it is this server.
        return None;
    }
    let address = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match address.rsplit_once(':') {
        // A port that is no number is nobody's: port 0 is never trusted with it.
        Some((host, text)) => (host, text.parse().unwrap_or(0)),
        None => (address, *port),
    };
    Some((service, host.to_ascii_lowercase(), port))
}

/// Refuses a location on a host that is not the server's own artifact storage.
pub fn check_host(uri: &str, field: &str, settings: &Settings) -> Result<(), ApiError> {
    let scheme = uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if scheme == "file" {
        return check_file_host(uri, field);
    }
    let Some(target) = host_target(uri) else { return Ok(()) };
    let own = [&settings.default_artifact_root, &settings.artifacts_destination];
    let is_own = own.iter().any(|root| host_target(root).as_ref() == Some(&target));
    let strange = uri.contains('\\') || uri.contains(char::is_whitespace);
    if (is_own && !strange) || settings.allowed_artifact_schemes.contains(&scheme) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "'{field}' cannot use the '{scheme}' scheme: the '{scheme}' scheme addresses a host other \
         than the tracking server's configured artifact storage, so the server would connect to \
         the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES \
         environment variable on the server to allow it."
    )))
}

/// Refuses a `file:` location on another machine.
fn check_file_host(uri: &str, field: &str) -> Result<(), ApiError> {
    let authority = uri.get("file:".len()..).and_then(|rest| rest.strip_prefix("//"));
    let host = authority.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.is_empty() || host == "localhost" {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "'{field}' names a file on another machine ('{host}'). Use file:///path for a folder of \
         the server's machine."
    )))
}

/// Decodes percent escapes until nothing changes any more.
fn decoded(text: &str) -> String {
    let mut current = text.to_owned();
    for _ in 0..10 {
        let next = percent_decode_str(&current).decode_utf8_lossy().into_owned();
        if next == current {
            break;
        }
        current = next;
    }
    current
}

/// A local location made absolute; any other is left as it is.
pub fn resolve(uri: String) -> String {
    let (scheme, path) = match uri.split_once(':') {
        Some(("file", rest)) => ("file", rest.strip_prefix("//").unwrap_or(rest)),
        Some((scheme, _)) if !scheme.contains('/') => return uri,
        _ => ("", uri.as_str()),
    };
    if path.starts_with('/') {
        return uri;
    }
    let Ok(absolute) = std::path::absolute(path) else { return uri };
    match scheme {
        "" => absolute.to_string_lossy().into_owned(),
        _ => format!("file://{}", absolute.to_string_lossy()),
    }
}

/// `root` with `path` below it. A query string stays at the end.
pub fn join(root: &str, path: &str) -> String {
    let (root, query) = match root.split_once('?') {
        Some((root, query)) if root.contains(':') => (root, Some(query)),
        _ => (root, None),
    };
    let mut joined = String::with_capacity(root.len() + path.len() + 1);
    joined.push_str(root);
    if !root.is_empty() && !root.ends_with('/') {
        joined.push('/');
    }
    joined.push_str(path.trim_start_matches('/'));
    if let Some(query) = query {
        joined.push('?');
        joined.push_str(query);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_before_the_query() {
        assert_eq!(join("mlflow-artifacts:/1", "r/artifacts"), "mlflow-artifacts:/1/r/artifacts");
        assert_eq!(join("mlflow-artifacts:/", "1"), "mlflow-artifacts:/1");
        assert_eq!(join("s3://b/p?x=1", "a"), "s3://b/p/a?x=1");
        assert_eq!(join("/data/what?", "a"), "/data/what?/a");
    }

    #[test]
    fn local_locations_become_absolute() {
        let here = std::env::current_dir().unwrap().to_string_lossy().into_owned();
        assert_eq!(resolve("x/y".to_owned()), format!("{here}/x/y"));
        assert_eq!(resolve("file:x".to_owned()), format!("file://{here}/x"));
        for same in ["/x", "s3://b/x", "file:///x", "mlflow-artifacts:/1", "wasbs://c@a/x"] {
            assert_eq!(resolve(same.to_owned()), same);
        }
    }

    #[test]
    fn hostile_locations_are_refused() {
        let settings = Settings {
            artifacts_destination: "hdfs://namenode:9000/mlflow".to_owned(),
            ..Settings::default()
        };
        let refused = |uri: &str| check(uri, "artifact_location", &settings).is_err();
        for uri in [
            "s3://b/p#f",
            "s3://b/p;x",
            "s3://b/p?a=../..",
            "s3://b/p?a=%252e%252e",
            "runs:/x",
            "http://evil.example/x",
            "FTP://u:p@evil.example/x",
            "mlflow-artifacts://evil.example/x",
            "hdfs://namenode:9001/x",
            "file://evil.example/share",
        ] {
            assert!(refused(uri), "{uri}");
        }
        for uri in [
            "s3://bucket/path?version=1",
            "mlflow-artifacts:/x",
            "viewfs://namenode:9000/x",
            "file:///x",
            "/x",
        ] {
            assert!(!refused(uri), "{uri}");
        }
    }
}
