//! `LIKE` for SQLite: what its own does with `case_sensitive_like`, in linear time for plain text, and
//! with an end.
//!
//! SQLite's own function compares a pattern with one value in steps that grow with the product of
//! their lengths, and looks neither at a deadline nor at a caller who left before it is done. One span
//! may hold a hundred megabytes.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem::Finder;
use rusqlite::ffi;
use rusqlite::functions::Context;
use rusqlite::types::{FromSqlError, ValueRef};

/// Comparisons between two looks at whether the work is to end.
const STEPS: usize = 1 << 16;

/// The pattern's time is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Over;

/// A pattern, cut at its `%`.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<Part>);

/// What stands between two `%`.
#[derive(Debug)]
struct Part {
    /// Text, with one character of any kind between each and the next.
    pieces: Vec<String>,
    /// Finds a part without such gaps.
    finder: Option<Finder<'static>>,
}

impl Part {
    fn new(pieces: Vec<String>) -> Self {
        let plain = if let [piece] = pieces.as_slice() { Some(piece) } else { None };
        let finder = plain.map(|piece| Finder::new(piece.as_bytes()).into_owned());
        Self { pieces, finder }
    }

    /// Where this part ends if it begins at the start of `text`.
    fn end(&self, text: &str) -> Option<usize> {
        let mut rest = text;
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                let mut characters = rest.chars();
                characters.next()?;
                rest = characters.as_str();
            }
            rest = rest.strip_prefix(piece.as_str())?;
        }
        Some(text.len() - rest.len())
    }

    /// The first place where this part stands. `over` is asked again and again.
    fn find(&self, text: &str, over: &impl Fn() -> bool) -> Result<Option<Range<usize>>, Over> {
        if let Some(finder) = &self.finder {
            let start = finder.find(text.as_bytes());
            return Ok(start.map(|start| start..start + finder.needle().len()));
        }
        let length: usize = self.pieces.iter().map(String::len).sum::<usize>() + self.pieces.len();
        let mut steps = 0;
        for (start, _) in text.char_indices() {
            steps += length;
            if steps > STEPS {
                steps = 0;
                if over() {
                    return Err(Over);
                }
            }
            if let Some(end) = self.end(&text[start..]) {
                return Ok(Some(start..start + end));
            }
        }
        Ok(None)
    }

    /// Whether `text` ends with this part.
    fn is_at_end(&self, text: &str) -> bool {
        let bytes: usize = self.pieces.iter().map(String::len).sum();
        let gaps = self.pieces.len() - 1;
        let fits = bytes.checked_add(gaps).is_some_and(|least| least <= text.len());
        // A character is one to four bytes long.
        fits && (bytes + gaps..=bytes + 4 * gaps).any(|length| {
            let start = text.len().checked_sub(length).filter(|at| text.is_char_boundary(*at));
            start.is_some_and(|start| self.end(&text[start..]) == Some(length))
        })
    }
}

impl Pattern {
    pub(crate) fn new(pattern: &str, escape: Option<char>) -> Self {
        let mut parts = Vec::new();
        let mut pieces = vec![String::new()];
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            match character {
                _ if Some(character) == escape => {
                    let piece = pieces.last_mut();
                    if let (Some(piece), Some(next)) = (piece, characters.next()) {
                        piece.push(next);
                    }
                }
                '%' => parts.push(Part::new(std::mem::replace(&mut pieces, vec![String::new()]))),
                '_' => pieces.push(String::new()),
                _ => {
                    if let Some(piece) = pieces.last_mut() {
                        piece.push(character);
                    }
                }
            }
        }
        parts.push(Part::new(pieces));
        Self(parts)
    }

    /// Whether `text` is as the pattern says.
    ///
    /// # Errors
    /// When `over` says so.
    pub(crate) fn matches(&self, text: &str, over: impl Fn() -> bool) -> Result<bool, Over> {
        let (Some((first, rest)), Some(last)) = (self.0.split_first(), self.0.last()) else {
            return Ok(false);
        };
        let Some(mut at) = first.end(text) else { return Ok(false) };
        let Some((_, between)) = rest.split_last() else { return Ok(at == text.len()) };
        for part in between {
            match part.find(&text[at..], &over)? {
                Some(found) => at += found.end,
                None => return Ok(false),
            }
        }
        Ok(last.is_at_end(&text[at..]))
    }
}

/// The function behind `value LIKE pattern` and `value LIKE pattern ESCAPE escape`.
pub(crate) fn like(call: &Context<'_>, over: fn() -> bool) -> rusqlite::Result<Option<bool>> {
    let escape = if call.len() > 2 { call.get::<Option<String>>(2)? } else { None };
    let escape = escape.and_then(|escape| escape.chars().next());
    let pattern = call.get_or_create_aux(0, |value| {
        Ok::<_, FromSqlError>(text(value).map(|pattern| Pattern::new(&pattern, escape)))
    })?;
    let value = text(call.get_raw(1));
    let (Some(pattern), Some(value)) = (pattern.as_ref(), value) else { return Ok(None) };
    let matches = pattern.matches(&value, over);
    matches.map(Some).map_err(|Over| {
        rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None)
    })
}

/// A value as a text.
fn text(value: ValueRef<'_>) -> Option<Cow<'_, str>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string().into()),
        ValueRef::Real(number) => Some(format!("{number:?}").into()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_sqlites_own(
            pattern in "[ab%_!é]{0,8}",
            value in "[ab%_é!]{0,10}",
            escaped in any::<bool>(),
        ) {
            let own = Connection::open_in_memory().unwrap();
            own.execute_batch("PRAGMA case_sensitive_like = ON").unwrap();
            let (sql, escape) = if escaped {
                ("SELECT ?1 LIKE ?2 ESCAPE '!'", Some('!'))
            } else {
                ("SELECT ?1 LIKE ?2", None)
            };
            let expected: bool = own.query_row(sql, [&value, &pattern], |row| row.get(0)).unwrap();
            // SQLite takes an escape at the very end for a character that nothing is equal to.
            let dangling = escaped && pattern.chars().rev().take_while(|c| *c == '!').count() % 2 == 1;
            if !dangling {
                prop_assert_eq!(Pattern::new(&pattern, escape).matches(&value, || false), Ok(expected));
            }
        }
    }

    #[test]
    fn a_long_comparison_ends_when_it_is_told_to() {
        let value = "a".repeat(1_000_000);
        let gap = Pattern::new(&format!("%{}_{}b%", "a".repeat(400), "a".repeat(400)), None);
        assert_eq!(gap.matches(&value, || true), Err(Over));
        // Without a gap it takes one pass, whatever the text.
        let plain = Pattern::new(&format!("%{}b%", "a".repeat(900)), None);
        assert_eq!(plain.matches(&value, || true), Ok(false));
    }
}
