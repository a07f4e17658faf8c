//! Icons: where they may be, and which of them a server shows.

use std::net::{IpAddr, Ipv6Addr};

use app::ApiError;
use filter::repr_text;
use serde_json::{Map, Value};
use url::{Host, Url};

/// Checks the icons of a request and makes them as they are stored. `field` names them in a refusal.
///
/// # Errors
/// When one of them is not a picture at a public `https` address.
pub(super) async fn stored(icons: &Value, field: &str) -> Result<Value, ApiError> {
    let Value::Array(icons) = icons else { return Ok(Value::Null) };
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
            let found = tokio::net::lookup_host((name, 443)).await.map_err(|error| {
                ApiError::invalid(format!(
                    "Cannot resolve Icon URL hostname {}: {error}",
                    repr_text(name)
                ))
            })?;
            (name.to_owned(), found.map(|address| address.ip()).collect())
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

/// Whether an address is one of the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let reserved = matches!((a, b, c), (0 | 10 | 127 | 224.., _, _))
                || matches!((a, b), (100, 64..=127) | (169, 254) | (172, 16..=31) | (192, 168))
                || matches!((a, b), (198, 18 | 19))
                || matches!((a, b, c), (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113));
            !reserved
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => is_global(v6),
        },
    }
}

fn is_global(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Global unicast, less what is set apart for documentation and tunnels.
    (0x2000..0x4000).contains(&segments[0])
        && !(segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xdb8))
        && segments[0] != 0x2002
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

    #[test]
    fn private_addresses() {
        for text in
            ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "2606:4700::1111"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
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
