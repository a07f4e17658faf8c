//! The reading of a caller's path text before anything is checked: percent-decoding until nothing changes.
//!
//! Compat: MLflow decodes a path again and again, and passes it through a URL parser each time. That decides the *name*
//! under which an artifact is stored (`a%2520b` is stored as `a b`, `Data:1.csv` as `data:1.csv`, `a?` as `a`), so the
//! same effects are kept here; otherwise files that MLflow wrote could not be read back.

use percent_encoding::percent_decode_str;

/// More layers of encoding than this are no honest name.
const MAX_PASSES: usize = 10;

/// The text as it stands once decoding no longer changes it, or `None` when it can be no relative path.
pub(crate) fn settle(text: &str) -> Option<String> {
    let mut current = text.to_owned();
    for _ in 0..MAX_PASSES {
        let next = pass(&current)?;
        if next == current {
            return Some(current);
        }
        current = next;
    }
    None
}

fn pass(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    if decoded.contains('\0') {
        return None;
    }
    let mut path: String = decoded
        .trim_start_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .collect();
    if path.starts_with('/') {
        return None;
    }
    let scheme_length = scheme_length(&path);
    if let Some(length) = scheme_length {
        path[..length].make_ascii_lowercase();
        let rest = &path[length + 1..];
        if &path[..length] == "file" || rest.starts_with("//") {
            return None;
        }
    }
    drop_empty_tails(&mut path, scheme_length.is_some())?;
    Some(path)
}

/// The length of a leading URI scheme, without its colon.
pub(crate) fn scheme_length(text: &str) -> Option<usize> {
    let length = text.find(':')?;
    let scheme = &text.as_bytes()[..length];
    let shaped = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    shaped.then_some(length)
}

/// Drops an empty fragment, query and parameter from the end; a fragment with text refuses the path.
fn drop_empty_tails(path: &mut String, has_scheme: bool) -> Option<()> {
    match path.find('#') {
        Some(at) if at + 1 == path.len() => path.truncate(at),
        Some(_) => return None,
        None => {}
    }
    let mut end_of_path = path.len();
    if let Some(at) = path.find('?') {
        if at + 1 == path.len() {
            path.truncate(at);
        }
        end_of_path = at;
    }
    if !has_scheme {
        let last_segment = path[..end_of_path].rfind('/').map_or(0, |slash| slash + 1);
        let parameter = path[last_segment..end_of_path].find(';').map(|at| last_segment + at);
        if parameter.is_some_and(|at| at + 1 == end_of_path) {
            path.remove(end_of_path - 1);
        }
    }
    Some(())
}
