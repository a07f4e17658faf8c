//! Names of MCP servers.

use app::ApiError;

/// Words that follow a server's name in paths, and so cannot end it.
const RESERVED: [&str; 4] = ["aliases", "endpoints", "tags", "versions"];

/// Refuses what is no `namespace/slug`.
pub(super) fn check(name: &str) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(ApiError::invalid("MCP server name must not be empty"));
    }
    let fits = |part: &str, others: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric();
        part.len() >= 2
            && part.starts_with(plain)
            && part.ends_with(plain)
            && part.chars().all(|c| plain(c) || others.contains(c))
    };
    let valid = name.split_once('/').is_some_and(|(namespace, slug)| {
        fits(namespace, ".-") && fits(slug, "._-") && !RESERVED.contains(&slug)
    });
    if valid {
        return Ok(());
    }
    Err(ApiError::invalid(
        "Invalid MCP server name. Expected '<reverse-dns namespace>/<server slug>' such as \
         'com.example/server-name'.",
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_namespace_and_a_slug() {
        for name in ["com.example/server", "aa/b_c.d", "io.x-y/00"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "a", "a/b", "aa/b", "aa/", "/bb", "aa/bb/cc", "a_a/bb", "aa/tags", "aa/-b"]
        {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
