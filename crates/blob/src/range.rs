//! A part of a file.

use std::ops::Range;

/// Which bytes of a file are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From this offset to the end.
    From(u64),
    /// From the first offset to the last one, both included.
    Between(u64, u64),
    /// This many bytes from the end.
    Last(u64),
}

impl ByteRange {
    /// Reads the value of an HTTP `Range` header.
    ///
    /// `None` means that the header is to be ignored, as HTTP wants it for a malformed value or another unit. Several
    /// ranges at once are ignored too: the whole file is a correct answer to them, and a cheap one.
    pub fn parse_header(value: &str) -> Option<Self> {
        let (unit, ranges) = value.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
            return None;
        }
        let (first, last) = ranges.trim().split_once('-')?;
        match (first.is_empty(), last.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Last(offset(last)?)),
            (false, true) => Some(Self::From(offset(first)?)),
            (false, false) => {
                let (first, last) = (offset(first)?, offset(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The offsets (end excluded) in a file of `size` bytes, or `None` when not one of the bytes exists.
    pub fn within(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(first) => first..size,
            Self::Between(first, last) => first..size.min(last.saturating_add(1)),
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        (range.start < range.end).then_some(range)
    }
}

fn offset(digits: &str) -> Option<u64> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // An offset beyond any file's end is as good as the largest one.
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        for (value, want) in [
            ("bytes=0-0", Some(ByteRange::Between(0, 0))),
            ("bytes=5-", Some(ByteRange::From(5))),
            ("bytes=-5", Some(ByteRange::Last(5))),
            ("Bytes = 1-2", Some(ByteRange::Between(1, 2))),
            ("bytes=1-99999999999999999999999", Some(ByteRange::Between(1, u64::MAX))),
            ("bytes=2-1", None),
            ("bytes=-", None),
            ("bytes=", None),
            ("bytes=+1-2", None),
            ("bytes=0x1-2", None),
            ("bytes=1-2,4-5", None),
            ("lines=1-2", None),
            ("1-2", None),
            ("", None),
        ] {
            assert_eq!(ByteRange::parse_header(value), want, "{value}");
        }
    }

    #[test]
    fn offsets() {
        for (range, size, want) in [
            (ByteRange::From(0), 10, Some(0..10)),
            (ByteRange::From(9), 10, Some(9..10)),
            (ByteRange::From(10), 10, None),
            (ByteRange::From(0), 0, None),
            (ByteRange::Between(2, 4), 10, Some(2..5)),
            (ByteRange::Between(2, u64::MAX), 10, Some(2..10)),
            (ByteRange::Between(10, 11), 10, None),
            (ByteRange::Last(3), 10, Some(7..10)),
            (ByteRange::Last(30), 10, Some(0..10)),
            (ByteRange::Last(0), 10, None),
            (ByteRange::Last(3), 0, None),
        ] {
            assert_eq!(range.within(size), want, "{range:?} of {size}");
        }
    }
}
