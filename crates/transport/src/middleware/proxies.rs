//! Which proxies are trusted. Anyone can write the headers about a request's way (`X-Forwarded-For` and the like). They count
//! only when the peer that sends them is trusted.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// All headers that only a proxy may set.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
];

/// The peers whose forwarding headers count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxies {
    #[default]
    Nobody,
    /// Those in these networks.
    Listed(Vec<IpNet>),
    /// Whoever connects, because nobody but one proxy can: in a container app, or by `*`.
    Anyone,
}

impl FromStr for Proxies {
    type Err = String;

    /// Reads a list whose entries are separated by commas.
    fn from_str(list: &str) -> Result<Self, String> {
        let entries: Vec<&str> =
            list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        if entries.contains(&"*") {
            return Ok(Self::Anyone);
        }
        let network = |entry: &&str| {
            let address = entry.parse::<IpAddr>().map(IpNet::from);
            address
                .or_else(|_| entry.parse::<IpNet>())
                .map_err(|_| format!("'{entry}' is neither an address nor a network"))
        };
        let networks: Vec<IpNet> = entries.iter().map(network).collect::<Result<_, _>>()?;
        Ok(if networks.is_empty() { Self::Nobody } else { Self::Listed(networks) })
    }
}

impl Proxies {
    fn trusts(&self, peer: IpAddr) -> bool {
        match self {
            Self::Nobody => false,
            Self::Listed(networks) => networks.iter().any(|network| network.contains(&peer)),
            Self::Anyone => true,
        }
    }

    /// Removes the headers that only a proxy may set, unless a trusted one set them. Returns the
    /// address of the client, as far as it is known.
    pub fn admit(&self, request: &mut Request) -> Option<IpAddr> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.map(|peer| peer.to_canonical());
        if !peer.is_some_and(|peer| self.trusts(peer)) {
            for name in FORWARDED {
                request.headers_mut().remove(name);
            }
            return peer;
        }
        self.client(request.headers()).or(peer)
    }

    /// The last address that no trusted proxy has: each proxy adds its own peer at the end, and what
    /// comes before is hearsay.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lists = headers.get_all(FOR).iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
        let mut nearest = None;
        for hop in hops.into_iter().rev() {
            let address = hop_address(hop)?;
            nearest = Some(address);
            // Where anyone is trusted there is one proxy, and it wrote the last entry.
            if *self == Self::Anyone || !self.trusts(address) {
                break;
            }
        }
        nearest
    }
}

/// The host that the client asked the proxy for, if it says so. Several: the nearest proxy's word.
pub fn forwarded_host(headers: &HeaderMap) -> Option<&str> {
    let list = headers.get_all(HOST).iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next().map(str::trim)
}

/// An address, which some proxies write with a port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let address = bare.unwrap_or(hop).parse::<IpAddr>().ok();
    let address = address.or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    /// The client's address, and whether the proxy's headers are still there.
    fn admit(trusted: &str, peer: &str, hops: &[&str]) -> (Option<String>, bool) {
        let proxies: Proxies = trusted.parse().unwrap();
        let mut request = Request::new(Body::empty());
        let peer = SocketAddr::new(peer.parse().unwrap(), 9);
        request.extensions_mut().insert(ConnectInfo(peer));
        for hop in hops {
            request.headers_mut().append(FOR, hop.parse().unwrap());
        }
        request.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
        let client = proxies.admit(&mut request).map(|client| client.to_string());
        (client, request.headers().contains_key("x-forwarded-proto"))
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let client = |text: &str| Some(text.to_owned());
        assert_eq!(admit("", "10.0.0.1", &["1.2.3.4"]), (client("10.0.0.1"), false));
        assert_eq!(admit("10.0.0.0/8", "11.0.0.1", &["1.2.3.4"]), (client("11.0.0.1"), false));
        assert_eq!(admit("10.0.0.0/8", "10.0.0.1", &["1.2.3.4"]), (client("1.2.3.4"), true));
        assert_eq!(
            admit("fd00::/8", "fd00::1", &["[2001:db8::5]:443"]),
            (client("2001:db8::5"), true)
        );
        assert_eq!(admit("10.0.0.1", "::ffff:10.0.0.1", &["1.2.3.4:5"]), (client("1.2.3.4"), true));
    }

    #[test]
    fn what_a_client_made_up_is_not_its_address() {
        let client = |text: &str| Some(text.to_owned());
        // The client sent `6.6.6.6` itself; the proxies added what they saw.
        let hops = ["6.6.6.6, 1.2.3.4", "10.0.0.2"];
        assert_eq!(admit("10.0.0.0/8", "10.0.0.1", &hops).0, client("1.2.3.4"));
        assert_eq!(admit("*", "10.0.0.1", &["6.6.6.6, 1.2.3.4"]).0, client("1.2.3.4"));
        assert_eq!(admit("*", "10.0.0.1", &["6.6.6.6, nonsense"]).0, client("10.0.0.1"));
        assert_eq!(admit("*", "10.0.0.1", &[]).0, client("10.0.0.1"));
    }

    #[test]
    fn only_addresses_and_networks_are_proxies() {
        for text in ["proxy.example", "10.0.0.0/33", "10.0.0.1-9"] {
            assert!(text.parse::<Proxies>().unwrap_err().contains(text));
        }
        assert_eq!("".parse::<Proxies>().unwrap(), Proxies::Nobody);
        assert_eq!("10.0.0.1, *".parse::<Proxies>().unwrap(), Proxies::Anyone);
    }

    #[test]
    fn the_nearest_proxys_host_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded_host(&headers), None);
        headers.insert(HOST, "evil.example, ours.example".parse().unwrap());
        assert_eq!(forwarded_host(&headers), Some("ours.example"));
    }
}
