//! The web page inside this binary.

use axum::http::HeaderValue;
use bytes::Bytes;

use super::asset::{Asset, Caching};
use super::media_type;

/// One file, as the build script packs it.
#[derive(Debug)]
pub struct File {
    name: &'static str,
    etag: &'static str,
    pub raw: &'static [u8],
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The page itself; the build script sees to it that there is one.
pub fn index() -> &'static [u8] {
    lookup("index.html").map_or(b"", |file| file.raw)
}

fn lookup(name: &str) -> Option<&'static File> {
    let place = FILES.binary_search_by(|file| file.name.cmp(name)).ok()?;
    FILES.get(place)
}

/// A file of the page, by its path without a slash at its beginning.
pub fn find(name: &str) -> Option<Asset> {
    let file = lookup(name)?;
    Some(Asset {
        raw: Bytes::from_static(file.raw),
        gzip: file.gzip.map(Bytes::from_static),
        etag: HeaderValue::try_from(format!("\"{}\"", file.etag)).ok(),
        media_type: media_type::of(name),
        caching: if is_hashed(name) { Caching::Immutable } else { Caching::Revalidate },
    })
}

/// Whether a name ends in a hash of its content, as `index-KLM1-4yw.js` does.
fn is_hashed(name: &str) -> bool {
    const LENGTH: usize = 8;
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    let Some(start) = stem.len().checked_sub(LENGTH).filter(|at| stem.is_char_boundary(*at)) else {
        return false;
    };
    let (before, hash) = stem.split_at(start);
    let mixed = hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    name.starts_with("assets/") && before.ends_with('-') && mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page() {
        assert!(String::from_utf8_lossy(index()).contains("<html"));
        assert!(FILES.is_sorted_by_key(|file| file.name));
        assert!(find("nothing").is_none());
    }

    #[test]
    fn only_names_with_a_hash_are_for_ever() {
        for name in ["assets/index-KLM1-4yw.js", "assets/_runId-DJ7LAi8J.js"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in
            ["assets/theme.js", "assets/favicon.svg", "index.html", "assets/some-longname.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
