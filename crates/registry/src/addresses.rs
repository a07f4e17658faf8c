//! Addresses that callers name: finding them, and which are public. All others belong to a network of somebody's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How long a name is looked for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Names that are looked for at once. The system answers each on a thread that can be had for nothing else, such as
/// reading a file, until it gives up, which takes longer than anybody waits.
const AT_ONCE: usize = 8;

/// Looks for names. What is looked for elsewhere does not wait for it.
pub(crate) struct Lookups(std::sync::LazyLock<Arc<Semaphore>>);

pub(crate) static ICONS: Lookups = Lookups::new();
pub(crate) static WEBHOOKS: Lookups = Lookups::new();

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("no answer came in time")]
    TimedOut,
    #[error("{0}")]
    Failed(#[from] std::io::Error),
}

impl Lookups {
    const fn new() -> Self {
        Self(std::sync::LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// The addresses of a name.
    pub(crate) async fn find(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let name = name.to_owned();
        self.run(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
        .await
    }

    /// Waits for a lookup, but not for ever. One that is waited for no longer keeps its place until it ends.
    async fn run<T: Send + 'static>(
        &self,
        lookup: impl Future<Output = std::io::Result<T>> + Send + 'static,
    ) -> Result<T, LookupError> {
        let places = Arc::clone(&self.0);
        let found = async move {
            let place = places.acquire_owned().await.map_err(std::io::Error::other)?;
            let lookup = tokio::spawn(async move {
                let found = lookup.await;
                drop(place);
                found
            });
            Ok(lookup.await.map_err(std::io::Error::other)??)
        };
        tokio::time::timeout(PATIENCE, found).await.map_err(|_| LookupError::TimedOut)?
    }
}

/// Whether anybody on the internet could reach this address. One that wraps another, as the
/// transitions to IPv6 do, is as public as what it wraps.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match wrapped(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

/// The networks of IPv4 that are no one's public address, with their prefix lengths (RFC 6890).
const SPECIAL_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(network, length)| {
        let differs = address.to_bits() ^ u32::from_be_bytes(*network);
        differs >> (32 - length) == 0
    })
}

/// The address of IPv4 in one that maps, translates or tunnels it.
fn wrapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    match (a, b) {
        // Protocol assignments (Teredo among them), documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // Everything that is dealt out to be reached is in 2000::/3.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_can_reach_is_public() {
        for text in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.51.100.7",
            "203.0.113.7",
            "240.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:192.88.99.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[tokio::test]
    async fn lookups_that_hang_leave_places_to_others() {
        static HANGING: Lookups = Lookups::new();
        static OTHERS: Lookups = Lookups::new();
        let never = || HANGING.run(std::future::pending::<std::io::Result<()>>());
        let stuck: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(never())).collect();
        while HANGING.0.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        for caller in stuck {
            caller.abort();
            assert!(caller.await.is_err());
        }
        // Nobody waits for them any more, and still they occupy their threads.
        assert_eq!(HANGING.0.available_permits(), 0);
        assert!(OTHERS.run(async { Ok(1) }).await.is_ok());
    }
}
