//! A file of the web page, ready to be sent.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::media_type;

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// For ever: its name changes with its content.
    Immutable,
    /// It asks each time whether the file is still the same.
    Revalidate,
    /// Four weeks, as MLflow says of its own page's files.
    Weeks,
}

/// A file and its packed copy.
#[derive(Clone, Debug)]
pub struct Asset {
    pub raw: Bytes,
    pub gzip: Option<Bytes>,
    pub etag: Option<HeaderValue>,
    pub media_type: &'static str,
    pub caching: Caching,
}

impl Asset {
    /// Packs a file that is not packed yet.
    pub fn new(name: &str, raw: Vec<u8>, caching: Caching) -> Self {
        let media_type = media_type::of(name);
        let gzip = if media_type::is_packable(media_type) { pack(&raw) } else { None };
        let mut hasher = DefaultHasher::new();
        raw.hash(&mut hasher);
        Self {
            etag: HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())).ok(),
            raw: raw.into(),
            gzip,
            media_type,
            caching,
        }
    }
}

fn pack(raw: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(raw).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < raw.len() / 10 * 9).then(|| packed.into())
}
