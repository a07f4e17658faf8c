//! Rules about what stands in the source files.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file without its tests.
const MAX_LINES: usize = 600;

/// A word that may stand only in files that `allowed` accepts (paths below `crates/`).
struct Rule {
    words: &'static [&'static str],
    allowed: fn(&str) -> bool,
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        words: &["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH "],
        allowed: |path| {
            let file = path.rsplit('/').next().unwrap_or_default();
            file.starts_with("store")
                || file.starts_with("search")
                || ["db/", "it/", "xtask/"].iter().any(|own| path.starts_with(own))
        },
        why: "SQL stands in store.rs and search.rs only",
    },
    Rule {
        words: &["rusqlite", "tokio_postgres", "deadpool"],
        allowed: |path| ["db/", "it/", "xtask/"].iter().any(|own| path.starts_with(own)),
        why: "only the crate db knows a driver",
    },
    Rule {
        words: &["tokio::spawn("],
        allowed: |path| {
            // Connections, and parts of requests that several wait for.
            let of_requests = [
                "app/src/apart.rs",
                "registry/src/addresses.rs",
                "tracking/src/group.rs",
                "tracking/src/live/topic.rs",
            ];
            ["db/", "jobs/", "transport/", "it/", "xtask/"].iter().any(|own| path.starts_with(own))
                || of_requests.contains(&path)
        },
        why: "work beside requests is a jobs::Job, which stops before the database does",
    },
    Rule {
        words: &["env::var"],
        allowed: |path| {
            path == "server/src/environment.rs"
                || path.ends_with("/build.rs")
                || path.contains("/tests/")
                || ["it/", "xtask/"].iter().any(|own| path.starts_with(own))
        },
        why: "the environment is read once, by server::Environment",
    },
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The part of a file before its tests.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]").map_or(text, |end| &text[..end])
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

/// Complaints about the source files of all crates.
pub fn check(root: &Path) -> Vec<String> {
    let crates = root.join("crates");
    let mut files = Vec::new();
    rust_files(&crates, &mut files);
    files.sort();
    let mut complaints = Vec::new();
    for file in files {
        let path = file.strip_prefix(&crates).unwrap_or(&file).to_string_lossy().into_owned();
        if is_test_file(&path) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        complaints.extend(check_file(&path, without_tests(&text)));
    }
    complaints
}

fn check_file(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        complaints.push(format!("crates/{path}: {lines} lines; cut it below {MAX_LINES}"));
    }
    for (number, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        for rule in RULES {
            let broken = rule.words.iter().any(|word| code.contains(word));
            if broken && !(rule.allowed)(path) {
                complaints.push(format!("crates/{path}:{}: {}", number + 1, rule.why));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_rules_are_seen() {
        assert_eq!(check_file("tracking/src/runs/api.rs", "let a = \"SELECT 1\";").len(), 1);
        assert!(check_file("tracking/src/runs/store.rs", "let a = \"SELECT 1\";").is_empty());
        assert_eq!(check_file("app/src/x.rs", "use rusqlite::Connection;").len(), 1);
        assert_eq!(check_file("app/src/x.rs", "env::var(\"A\")").len(), 1);
        assert_eq!(check_file("server/src/start.rs", "tokio::spawn(work);").len(), 1);
        assert!(check_file("app/src/x.rs", "// env::var(\"A\")").is_empty());
        assert_eq!(check_file("app/src/x.rs", &"\n".repeat(601)).len(), 1);
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {}"), "a\n");
    }
}
