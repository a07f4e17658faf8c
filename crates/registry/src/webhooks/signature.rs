//! The signature of what is sent, in the form of Standard Webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret of Standard Webhooks begins with; the rest is the key in base64.
const PREFIX: &str = "whsec_";

fn sign(key: &[u8], id: &str, seconds: i64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The headers that go with one delivery: MLflow's, and those of Standard Webhooks, which the
/// libraries of that convention look for. `seconds` is the time of sending, since 1970.
///
/// MLflow takes the secret's text for the key. So do the others, unless it begins with `whsec_`.
pub fn headers(
    id: &str,
    seconds: i64,
    body: &str,
    secret: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-MLflow-Delivery-Id", id.to_owned()),
        ("X-MLflow-Timestamp", seconds.to_string()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
    ];
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else { return headers };
    let key = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let key = key.unwrap_or_else(|| secret.as_bytes().to_vec());
    let signed = [("X-MLflow-Signature", secret.as_bytes()), ("webhook-signature", key.as_slice())];
    let signed = signed.into_iter().filter_map(|(header, key)| {
        sign(key, id, seconds, body).map(|signature| (header, signature))
    });
    headers.extend(signed);
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(secret: Option<&str>, name: &str) -> Option<String> {
        let body = r#"{"test": 2432232314}"#;
        let all = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body, secret);
        all.into_iter().find(|(header, _)| *header == name).map(|(_, value)| value)
    }

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // The example that the convention's own libraries test with.
        let secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(header(secret, "webhook-signature").as_deref(), Some(expected));
        assert_ne!(header(secret, "X-MLflow-Signature").as_deref(), Some(expected));
    }

    #[test]
    fn a_plain_secret_signs_both_headers_alike() {
        let secret = Some("hunter2");
        let (ours, theirs) =
            (header(secret, "X-MLflow-Signature"), header(secret, "webhook-signature"));
        assert!(ours.as_ref().is_some_and(|text| text.starts_with("v1,")));
        assert_eq!(ours, theirs);
        for secret in [None, Some("")] {
            assert_eq!(header(secret, "X-MLflow-Signature"), None);
            assert_eq!(header(secret, "X-MLflow-Timestamp").as_deref(), Some("1614265330"));
        }
    }
}
