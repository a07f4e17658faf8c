//! Versions as <https://semver.org> has them, and the texts by which a database orders them.

use app::ApiError;

const MAX_LENGTH: usize = 128;
const MAX_NUMBER: i64 = 2_147_483_647;

/// What a database orders a version by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    pub major: i64,
    pub minor: i64,
    pub patch: i64,
    /// Compares as text as the pre-releases compare: `2` for a release, above all others; a number
    /// as `0`, its count of digits and its digits; a word as `1`, the codes of its characters and
    /// `000`.
    pub prerelease: String,
}

/// Reads a version. `what` names it in a refusal.
pub fn parse(version: &str, what: &str) -> Result<SortKey, ApiError> {
    let refuse = |why: String| {
        ApiError::invalid(format!("Invalid semantic version for {what}: '{version}'{why}"))
    };
    if version.chars().count() > MAX_LENGTH {
        return Err(refuse(format!(" (maximum length is {MAX_LENGTH} characters)")));
    }
    let (core, prerelease) = split(version).ok_or_else(|| refuse(String::new()))?;
    let mut numbers = [0; 3];
    for ((number, digits), part) in numbers.iter_mut().zip(core).zip(["major", "minor", "patch"]) {
        *number = (digits.parse::<i64>().ok())
            .filter(|number| *number <= MAX_NUMBER)
            .ok_or_else(|| refuse(format!(" ({part} must be <= {MAX_NUMBER})")))?;
    }
    let [major, minor, patch] = numbers;
    Ok(SortKey { major, minor, patch, prerelease: prerelease_key(&prerelease) })
}

/// The three numbers and the identifiers of the pre-release, if the version is well-formed.
fn split(version: &str) -> Option<([&str; 3], Vec<&str>)> {
    let (version, build) = match version.split_once('+') {
        Some((version, build)) => (version, Some(build)),
        None => (version, None),
    };
    let (core, prerelease) = match version.split_once('-') {
        Some((core, prerelease)) => (core, prerelease.split('.').collect()),
        None => (version, Vec::new()),
    };
    let core: [&str; 3] = core.split('.').collect::<Vec<_>>().try_into().ok()?;
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let identifier = |text: &str| word(text) && (!is_number(text) || is_plain_number(text));
    let fits = core.iter().all(|part| is_plain_number(part))
        && prerelease.iter().all(|part| identifier(part))
        && build.is_none_or(|build| build.split('.').all(word));
    fits.then_some((core, prerelease))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_plain_number(text: &str) -> bool {
    is_number(text) && (text == "0" || !text.starts_with('0'))
}

fn prerelease_key(identifiers: &[&str]) -> String {
    use std::fmt::Write;
    if identifiers.is_empty() {
        return "2".to_owned();
    }
    let mut key = String::new();
    // Writing to a String cannot fail.
    for identifier in identifiers {
        if is_number(identifier) {
            let _ = write!(key, "0{:03}{identifier}", identifier.len());
            continue;
        }
        key.push('1');
        for byte in identifier.bytes() {
            let _ = write!(key, "{byte:03}");
        }
        key.push_str("000");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_semantic_versions() {
        let ascending = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.2.0",
            "1.10.0",
            "2.0.0+build",
        ];
        let keys: Vec<SortKey> = ascending.iter().map(|text| parse(text, "v").unwrap()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert_eq!(parse("1.0.0-alpha.2", "v").unwrap().prerelease, "109710811210409700000012");
        assert_eq!(parse("1.0.0-alpha.2", "v").unwrap().prerelease.len(), 24);
    }

    #[test]
    fn what_is_no_version() {
        for text in
            ["1.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "1.0.0-a..b", "v1.0.0", "٢.0.0", ""]
        {
            let error = parse(text, "server_json.version").unwrap_err();
            assert!(
                error.message.starts_with("Invalid semantic version for server_json.version: '")
            );
        }
        assert!(
            parse("2147483648.0.0", "v")
                .unwrap_err()
                .message
                .ends_with("(major must be <= 2147483647)")
        );
    }
}
