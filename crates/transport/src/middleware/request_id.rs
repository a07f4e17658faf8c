//! An id for each request, in its response and in the log lines that it causes.

use std::sync::atomic::{AtomicU64, Ordering};

use app::Ids;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a caller's own id at most.
const MAX_LENGTH: usize = 128;

/// Makes request ids: this process's random name, and a number that counts up.
#[derive(Debug)]
pub struct RequestIds {
    process: String,
    next: AtomicU64,
}

impl RequestIds {
    pub fn new(ids: &Ids) -> Self {
        let mut process = ids.hex();
        process.truncate(12);
        Self { process, next: AtomicU64::new(1) }
    }

    /// The caller's id if it has a sane one, else a new one.
    pub fn of(&self, headers: &HeaderMap) -> HeaderValue {
        if let Some(given) = headers.get(HEADER)
            && is_sane(given.as_bytes())
        {
            return given.clone();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        HeaderValue::from_str(&format!("{}-{number}", self.process))
            .unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

/// Short, and nothing that could break a log line or a page that shows it.
fn is_sane(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    !id.is_empty() && id.len() <= MAX_LENGTH && id.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sane_ids_are_kept_and_others_replaced() {
        let ids = RequestIds::new(&Ids::random());
        let of = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(given).unwrap());
            ids.of(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(of("a-1.b:c/d+e=@_"), "a-1.b:c/d+e=@_");
        for odd in ["", "a b", "a\"b", "<x>", &"x".repeat(129)] {
            assert_ne!(of(odd), odd);
        }
        let new = HeaderMap::new();
        assert_ne!(ids.of(&new), ids.of(&new));
    }
}
