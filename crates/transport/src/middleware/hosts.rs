//! Which host names this server answers to. A web page that rebinds its own name to this server's
//! address still sends its own name, and is refused.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version, header};

use super::pattern;

/// MLflow's response to a request for a host that is not allowed.
pub const REFUSAL: &str = "Invalid Host header - possible DNS rebinding attack detected";

/// The hosts whose requests are answered.
#[derive(Clone, Debug)]
pub struct Hosts {
    allowed: Allowed,
    /// The names that the platform gave this server. They are nobody else's, whatever is listed.
    own: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Allowed {
    /// This machine's own names, and private addresses.
    Local,
    /// These, each a name or a pattern, with or without a port.
    Listed(Vec<Rule>),
    /// Any.
    All,
}

/// One allowed host, in lower case.
#[derive(Clone, Debug)]
pub struct Rule {
    text: String,
    name: String,
    port: Option<String>,
}

impl Hosts {
    /// Reads the value of `--allowed-hosts`.
    pub fn new(list: Option<&str>) -> Self {
        Self { allowed: Allowed::new(list), own: Vec::new() }
    }

    /// Answers to these names too.
    #[must_use]
    pub fn with_own(mut self, names: &[String]) -> Self {
        self.own = names.iter().map(|name| Rule::new(name)).collect();
        self
    }

    pub fn allows_all(&self) -> bool {
        matches!(self.allowed, Allowed::All)
    }

    /// Whether a request to this host is answered. `None`: the request names no host, or several.
    pub fn allows(&self, host: Option<&str>) -> bool {
        if self.allows_all() {
            return true;
        }
        let Some(host) = host.map(str::to_ascii_lowercase) else { return false };
        let Some((name, port)) = split(&host) else { return false };
        let allowed = match &self.allowed {
            Allowed::All => true,
            Allowed::Local => is_local(name),
            Allowed::Listed(rules) => rules.iter().any(|rule| rule.allows(&host, name, port)),
        };
        allowed || self.own.iter().any(|rule| rule.allows(&host, name, port))
    }
}

impl Allowed {
    fn new(list: Option<&str>) -> Self {
        let Some(list) = list else { return Self::Local };
        let rules: Vec<Rule> =
            list.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(Rule::new).collect();
        if rules.iter().any(|rule| rule.text == "*") { Self::All } else { Self::Listed(rules) }
    }
}

impl Rule {
    fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let (name, port) = match split(&text) {
            Some((name, port)) => (name.to_owned(), port.map(str::to_owned)),
            None => (text.clone(), None),
        };
        let port = port.filter(|port| port != "*");
        Self { text, name, port }
    }

    /// A rule without a port allows every port. A host without a port fits a name with any port,
    /// because an ingress may take the port away.
    fn allows(&self, host: &str, name: &str, port: Option<&str>) -> bool {
        // An address in brackets is not a character class.
        if self.name.starts_with('[') || !self.text.contains('*') {
            return self.name == name
                && (self.port.is_none() || port.is_none() || self.port.as_deref() == port);
        }
        pattern::matches(&self.text, host)
            || (self.port.is_none() && pattern::matches(&self.name, name))
    }
}

/// The host that a request is for: the `Host` header of HTTP/1, the authority of HTTP/2.
pub fn of_request<'r>(uri: &'r Uri, version: Version, headers: &'r HeaderMap) -> Option<&'r str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, None) if version >= Version::HTTP_2 => uri.authority().map(Authority::as_str),
        _ => None,
    }
}

/// A host as name and port; an IPv6 address keeps its brackets. `None`: this is not a host.
pub fn split(host: &str) -> Option<(&str, Option<&str>)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._*?[]!:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let end_of_address = if host.starts_with('[') { host.find(']')? + 1 } else { 0 };
    let (name, port) = match host[end_of_address..].rfind(':') {
        // More than one colon without brackets: an address, which has no port then.
        Some(_) if end_of_address == 0 && host.matches(':').count() > 1 => (host, None),
        Some(colon) => {
            let at = end_of_address + colon;
            (&host[..at], Some(&host[at + 1..]))
        }
        None => (host, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let port = port.filter(|port| !port.is_empty());
    (!name.is_empty()).then_some((name, port))
}

/// This machine's own names and addresses, and those of private networks.
fn is_local(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    match bare.parse() {
        Ok(IpAddr::V4(address)) => {
            address.is_loopback() || address.is_private() || address.is_unspecified()
        }
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => name == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allows(list: Option<&str>, host: &str) -> bool {
        Hosts::new(list).allows(Some(host))
    }

    #[test]
    fn by_default_local_names_and_private_addresses_are_answered() {
        for host in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:5000",
            "[::1]:80",
            "[::1]",
            "0.0.0.0:5000",
            "192.168.3.4",
            "10.1.2.3:99",
            "172.16.0.1",
            "172.31.255.255",
            "[fd00::1]:5000",
            "fc00::2",
        ] {
            assert!(allows(None, host), "{host}");
        }
        for host in [
            "evil.com",
            "localhost.evil.com",
            "10.evil.com",
            "192.168.evil.com",
            "172.32.0.1",
            "8.8.8.8",
            "[2001:db8::1]",
            "",
            ":5000",
            "localhost@evil.com",
            "localhost/evil",
            "[::1",
        ] {
            assert!(!allows(None, host), "{host}");
        }
        assert!(!Hosts::new(None).allows(None));
        assert!(Hosts::new(Some("*")).allows(None));
    }

    #[test]
    fn a_listed_host_is_answered_with_and_without_its_port() {
        let list = Some("mlflow.example.com, Other.example.com:8443 ,[fd00::5]");
        for host in [
            "mlflow.example.com",
            "mlflow.example.com:443",
            "MLFLOW.example.com.:443",
            "other.example.com",
            "other.example.com:8443",
            "[fd00::5]:9",
        ] {
            assert!(allows(list, host), "{host}");
        }
        for host in ["other.example.com:80", "example.com", "xmlflow.example.com", "localhost"] {
            assert!(!allows(list, host), "{host}");
        }
    }

    #[test]
    fn patterns_are_the_shells() {
        let list = Some("app-*.corp,192.168.*,*:7000,[fd00::1]:*");
        assert!(allows(list, "[fd00::1]:5000") && allows(list, "[FD00::1]"));
        for host in ["app-1.corp", "app-1.corp:80", "192.168.0.9:5000", "any:7000"] {
            assert!(allows(list, host), "{host}");
        }
        for host in ["app-1.corp.evil", "193.168.0.1", "any:7001", "any"] {
            assert!(!allows(list, host), "{host}");
        }
        assert!(allows(Some("a,*"), "any at all"));
    }

    #[test]
    fn the_platforms_names_are_answered_whatever_is_listed() {
        let own = [
            "app.calm.azurecontainerapps.io".to_owned(),
            "app--*.calm.azurecontainerapps.io".to_owned(),
        ];
        for list in [None, Some("mlflow.example.com")] {
            let hosts = Hosts::new(list).with_own(&own);
            for host in [
                "app.calm.azurecontainerapps.io",
                "App.calm.azurecontainerapps.io:443",
                "app--r1.calm.azurecontainerapps.io",
            ] {
                assert!(hosts.allows(Some(host)), "{host}");
            }
            for host in [
                "other.calm.azurecontainerapps.io",
                "app.calm.azurecontainerapps.io.evil",
                "evil.com",
            ] {
                assert!(!hosts.allows(Some(host)), "{host}");
            }
        }
    }

    #[test]
    fn the_host_is_the_header_or_http_2s_authority() {
        let uri: Uri = "http://h2.example/x".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(of_request(&uri, Version::HTTP_2, &headers), Some("h2.example"));
        assert_eq!(of_request(&uri, Version::HTTP_11, &headers), None);
        headers.append(header::HOST, HeaderValue::from_static("a"));
        assert_eq!(of_request(&uri, Version::HTTP_11, &headers), Some("a"));
        assert_eq!(of_request(&uri, Version::HTTP_2, &headers), Some("a"));
        headers.append(header::HOST, HeaderValue::from_static("b"));
        assert_eq!(of_request(&uri, Version::HTTP_11, &headers), None);
    }
}
