//! What an identity endpoint says, in any of its dialects: a token, or why there is none.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// An access token, and how long it lives from the moment it was given.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) secret: String,
    pub(crate) lifetime: Duration,
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Token").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Why there is no token. The message never holds one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("{place} cannot be reached: {reason}")]
    Unreachable { place: String, reason: String },
    #[error("{place} refused a token with status {status}: {reason}")]
    Refused { place: String, status: u16, reason: String },
    #[error("{place} answered with something else than a token: {reason}")]
    Malformed { place: String, reason: &'static str },
    #[error("{0}")]
    Misconfigured(String),
}

impl TokenError {
    /// Whether the same question may be answered later. The endpoint of a virtual machine says 404
    /// and 410 while it is being renewed.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => matches!(status, 404 | 408 | 410 | 429 | 500..),
            Self::Malformed { .. } | Self::Misconfigured(_) => false,
        }
    }
}

/// Longest part of a refusal's text that is told.
const REASON: usize = 300;

/// Reads an answer. `now`: seconds since 1970.
pub(crate) fn read(place: &str, status: u16, body: &[u8], now: i64) -> Result<Token, TokenError> {
    let place = || place.to_owned();
    let json: Option<Value> = serde_json::from_slice(body).ok();
    if status != 200 {
        let reason = json.as_ref().and_then(reason).unwrap_or_else(|| "no reason given".to_owned());
        return Err(TokenError::Refused { place: place(), status, reason });
    }
    let malformed = |reason| TokenError::Malformed { place: place(), reason };
    let json = json.ok_or_else(|| malformed("it is not JSON"))?;
    let secret = json.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let secret = secret.ok_or_else(|| malformed("it has no access_token"))?.to_owned();
    // The lifetime first: it does not depend on this machine's clock.
    let lifetime = json.get("expires_in").and_then(seconds);
    let lifetime = lifetime.or_else(|| Some(json.get("expires_on").and_then(seconds)? - now));
    let lifetime = lifetime.ok_or_else(|| malformed("it does not say when the token expires"))?;
    let lifetime = u64::try_from(lifetime).ok().filter(|seconds| *seconds > 0);
    let lifetime = lifetime.ok_or_else(|| malformed("its token has expired already"))?;
    // A token that lives for ever is asked for again within a day, all the same.
    Ok(Token { secret, lifetime: Duration::from_secs(lifetime.min(24 * 60 * 60)) })
}

/// A number, which some endpoints write as a text.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn reason(json: &Value) -> Option<String> {
    let text = json
        .get("error_description")
        .or_else(|| json.get("message"))
        .or_else(|| json.pointer("/error/message"))
        .or_else(|| json.get("error"))?
        .as_str()?;
    // The rest of the first line is what a person needs; after it come ids and times.
    let line = text.lines().next().unwrap_or_default();
    Some(line.chars().take(REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Result<Token, String> {
        read("the endpoint", status, body.as_bytes(), 1000).map_err(|error| error.to_string())
    }

    #[test]
    fn every_endpoints_way_to_tell_a_lifetime_is_understood() {
        for (body, expected) in [
            (r#"{"access_token":"t","expires_on":"1090","resource":"r"}"#, 90),
            (r#"{"access_token":"t","expires_on":1090}"#, 90),
            (r#"{"access_token":"t","expires_in":"3599","expires_on":"5"}"#, 3599),
            (r#"{"access_token":"t","expires_in":3599,"token_type":"Bearer"}"#, 3599),
            (r#"{"access_token":"t","expires_in":9999999999}"#, 86_400),
        ] {
            let token = of(200, body).unwrap();
            assert_eq!(token.secret, "t");
            assert_eq!(token.lifetime.as_secs(), expected, "{body}");
        }
    }

    #[test]
    fn anything_else_is_an_error_that_says_what_it_is() {
        for (status, body, expected) in [
            (200, "<html>", "not JSON"),
            (200, "{}", "no access_token"),
            (200, r#"{"access_token":"sesame"}"#, "does not say when"),
            (200, r#"{"access_token":"sesame","expires_on":"900"}"#, "expired already"),
            (200, r#"{"access_token":"sesame","expires_in":"soon"}"#, "does not say when"),
            (
                400,
                r#"{"error":"invalid_request","error_description":"No identity.\r\nTrace: 1"}"#,
                "400: No identity.",
            ),
            (401, r#"{"error":{"message":"wrong header"}}"#, "401: wrong header"),
            (500, "oh", "500: no reason given"),
        ] {
            let error = of(status, body).unwrap_err();
            assert!(error.contains(expected), "{body}: {error}");
            assert!(!error.contains("sesame") && !error.contains("Trace"), "{error}");
        }
        assert!(
            !format!("{:?}", of(200, r#"{"access_token":"sesame","expires_in":9}"#))
                .contains("sesame")
        );
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        let may_pass = |status| read("p", status, b"", 0).unwrap_err().may_pass();
        for status in [404, 410, 429, 500, 503] {
            assert!(may_pass(status), "{status}");
        }
        for status in [200, 400, 401, 403] {
            assert!(!may_pass(status), "{status}");
        }
    }
}
