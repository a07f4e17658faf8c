//! Icons: where they may be, and which of them a server shows.

use std::net::IpAddr;

use app::ApiError;
use python::repr_text;
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::addresses::{ICONS, PATIENCE, is_public};

/// Icons that one server, version or tool may have.
const MOST: usize = 8;

/// Checks the icons of a request and makes them as they are stored. `field` names them in a refusal.
///
/// # Errors
/// When one of them is not a picture at a public `https` address.
pub(super) async fn stored(icons: &Value, field: &str) -> Result<Value, ApiError> {
    let Value::Array(icons) = icons else { return Ok(Value::Null) };
    if icons.len() > MOST {
        return Err(ApiError::invalid(format!(
            "Invalid {field}: {} icons are more than the {MOST} that may be given.",
            icons.len()
        )));
    }
    // All together, because their hosts may be anything, and slow to be found.
    let mut stored = tokio::time::timeout(PATIENCE, checked(icons)).await.map_err(|_| {
        ApiError::invalid(format!(
            "Cannot resolve the hostnames of {field} within {} seconds.",
            PATIENCE.as_secs()
        ))
    })??;
    for (index, icon) in stored.iter_mut().enumerate() {
        if icon.get("source").and_then(Value::as_str) == Some("version") {
            return Err(ApiError::invalid(format!(
                "Invalid {field}[{index}].source: 'version' is response-only and cannot be written. \
                 Writing it would persist a version-resolved icon as a server override. Omit source, \
                 or send source='server' when echoing a server icon."
            )));
        }
        icon.remove("source");
    }
    Ok(stored.into_iter().map(Value::Object).collect())
}

async fn checked(icons: &[Value]) -> Result<Vec<Map<String, Value>>, ApiError> {
    let mut stored = Vec::with_capacity(icons.len());
    for icon in icons {
        let Some(icon) = icon.as_object() else { continue };
        let mut icon = icon.clone();
        check_url(icon.get("src").and_then(Value::as_str).unwrap_or_default()).await?;
        if let Some(kind) = icon.get_mut("mimeType") {
            *kind = match kind.as_str() {
                Some(kind) => media_type(kind)?.into(),
                None => Value::Null,
            };
        }
        icon.retain(|_, value| !value.is_null());
        stored.push(icon);
    }
    Ok(stored)
}

fn media_type(kind: &str) -> Result<String, ApiError> {
    let lower = kind.trim().to_lowercase();
    if lower.len() > "image/".len() && lower.starts_with("image/") {
        return Ok(lower);
    }
    Err(ApiError::invalid(format!(
        "Invalid icon mimeType {}. Allowed values must use the 'image/*' media type.",
        repr_text(kind)
    )))
}

async fn check_url(text: &str) -> Result<(), ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid(format!(
            "Icon URL cannot be empty or just whitespace: {}",
            repr_text(text)
        )));
    }
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_lowercase();
    if scheme != "https" {
        return Err(ApiError::invalid(format!(
            "Invalid Icon URL scheme: {}. Allowed schemes are: 'https'.",
            repr_text(&scheme)
        )));
    }
    let no_host =
        || ApiError::invalid(format!("Icon URL must include a hostname: {}", repr_text(text)));
    let url = Url::parse(text).map_err(|_| no_host())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ApiError::invalid(format!(
            "Icon URL must not include embedded credentials: {}",
            repr_text(text)
        )));
    }
    let (name, addresses) = match url.host().ok_or_else(no_host)? {
        Host::Ipv4(address) => (address.to_string(), vec![IpAddr::V4(address)]),
        Host::Ipv6(address) => (address.to_string(), vec![IpAddr::V6(address)]),
        Host::Domain(name) => {
            let found = ICONS.find(name).await.map_err(|error| {
                ApiError::invalid(format!(
                    "Cannot resolve Icon URL hostname {}: {error}",
                    repr_text(name)
                ))
            })?;
            (name.to_owned(), found)
        }
    };
    match addresses.into_iter().find(|address| !is_public(*address)) {
        None => Ok(()),
        Some(address) => Err(ApiError::invalid(format!(
            "Icon URL must not resolve to a non-public IP address. {} resolves to {address}.",
            repr_text(&name)
        ))),
    }
}

/// The icons that a server shows: its own, and those of its latest version for the themes that it
/// has none for. An empty list of its own stands for none at all.
pub(super) fn resolved(own: &Value, version: Option<&Value>) -> Option<Vec<Value>> {
    let own = own.as_array();
    if own.is_some_and(Vec::is_empty) {
        return Some(Vec::new());
    }
    let objects = |icons: Option<&Vec<Value>>| -> Vec<Map<String, Value>> {
        icons.into_iter().flatten().filter_map(Value::as_object).cloned().collect()
    };
    let with_source = |mut icon: Map<String, Value>, source: &str| {
        icon.insert("source".to_owned(), source.into());
        Value::Object(icon)
    };
    let own = objects(own);
    let themes: Vec<Option<Value>> = own.iter().map(|icon| icon.get("theme").cloned()).collect();
    let inherited = objects(version.and_then(Value::as_array))
        .into_iter()
        .filter(|icon| !themes.contains(&icon.get("theme").cloned()))
        .map(|icon| with_source(icon, "version"));
    let icons: Vec<Value> =
        own.into_iter().map(|icon| with_source(icon, "server")).chain(inherited).collect();
    (!icons.is_empty()).then_some(icons)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn icons_are_few_and_at_public_addresses() {
        let icons =
            |host: &str, count| json!(vec![json!({"src": format!("https://{host}/i")}); count]);
        assert!(stored(&icons("8.8.8.8", MOST), "icons").await.is_ok());
        let refused = stored(&icons("8.8.8.8", MOST + 1), "icons").await.unwrap_err();
        assert_eq!(
            refused.message,
            "Invalid icons: 9 icons are more than the 8 that may be given."
        );
        for host in ["192.88.99.1", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "127.1"] {
            let refused = stored(&icons(host, 1), "icons").await.unwrap_err();
            assert!(refused.message.contains("non-public IP address"), "{}", refused.message);
        }
    }

    #[test]
    fn a_version_lends_icons_for_other_themes() {
        let own = json!([{"src": "a", "theme": "dark"}]);
        let version = json!([{"src": "b", "theme": "dark"}, {"src": "c"}]);
        assert_eq!(
            json!(resolved(&own, Some(&version))),
            json!([{"src": "a", "theme": "dark", "source": "server"}, {"src": "c", "source": "version"}])
        );
        assert_eq!(resolved(&json!([]), Some(&version)), Some(Vec::new()));
        assert_eq!(resolved(&Value::Null, None), None);
    }
}
