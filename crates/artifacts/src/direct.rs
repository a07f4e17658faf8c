//! What goes past this server, straight between clients and the store, by signed URLs.

use std::time::Duration;

/// How long the URL for a part of an upload lives at least.
const PARTS_LIVE: Duration = Duration::from_hours(1);
/// How much longer it lives for each part that goes before.
const PART_LIVES: Duration = Duration::from_secs(10);
/// How long it lives at most.
const PARTS_LIVE_AT_MOST: Duration = Duration::from_hours(24);

/// What may go past this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Whether clients are told to send and fetch large proxied files by themselves.
    pub offered: bool,
    /// From which size on, in bytes, a plain download is answered with where to fetch the file.
    pub redirects_from: Option<u64>,
    /// How long the URL of a download lives.
    pub download_lives: Duration,
}

impl Default for Direct {
    /// Nothing but what is asked for by run.
    fn default() -> Self {
        Self { offered: false, redirects_from: None, download_lives: Duration::from_mins(5) }
    }
}

/// How long the URLs of an upload's parts live: all are made at its start.
pub(crate) fn parts_live(count: usize) -> Duration {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    (PARTS_LIVE + PART_LIVES.saturating_mul(count)).min(PARTS_LIVE_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_parts_have_more_time() {
        assert_eq!(parts_live(1), Duration::from_secs(3610));
        assert_eq!(parts_live(1000), Duration::from_secs(13_600));
        assert_eq!(parts_live(usize::MAX), Duration::from_hours(24));
    }
}
