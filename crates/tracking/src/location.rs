//! Where artifacts go: the rules for locations that callers choose, and paths below them.

use app::ApiError;
use percent_encoding::percent_decode_str;

/// Characters of a location, as MLflow's default has it.
const MAX_LENGTH: usize = 2048;

/// Refuses a location that cannot be trusted as a root of artifacts.
pub fn check(uri: &str, field: &str) -> Result<(), ApiError> {
    let (before_fragment, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    let (path, query) = before_fragment.split_once('?').unwrap_or((before_fragment, ""));
    let last_segment = path.rsplit('/').next().unwrap_or_default();
    if !fragment.is_empty() || (last_segment.contains(';') && uri.contains("://")) {
        return Err(ApiError::invalid(format!("'{field}' URL can't include fragments or params.")));
    }
    if decoded(query).contains("..") {
        return Err(ApiError::invalid("Invalid query string"));
    }
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
        for uri in
            ["s3://b/p#f", "s3://b/p;x", "s3://b/p?a=../..", "s3://b/p?a=%252e%252e", "runs:/x"]
        {
            assert!(check(uri, "artifact_location").is_err(), "{uri}");
        }
        assert!(check("s3://bucket/path?version=1", "artifact_location").is_ok());
    }
}
