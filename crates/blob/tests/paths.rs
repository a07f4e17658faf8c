//! What becomes of a caller's path: against the reference's recorded answers, against a table of attacks, and for texts
//! that nobody thought of.

use blob::{ArtifactPath, PathError};
use proptest::prelude::*;

/// Texts that the reference takes and Headwater refuses, on purpose.
fn is_refused_on_purpose(text: &str, taken_as: &str) -> bool {
    let decoded_has_nul = text.contains('\0') || taken_as.contains("%00") || text.contains("%00");
    let climbs_on_windows = taken_as.split(['/', '\\']).any(|name| name == "..");
    let too_long =
        taken_as.split('/').any(|name| name.len() > 255) || taken_as.split('/').count() > 256;
    let is_url = taken_as.contains("://") || text.contains("file:");
    decoded_has_nul
        || climbs_on_windows
        || too_long
        || is_url
        || taken_as.starts_with('\\')
        // The reference makes `//` the root, and `//?x` a name, by way of a URL's empty host.
        || text.replace("%2f", "/").contains("//")
}

/// The reference normalizes on use (`a//b` and `a/b` are one file), Headwater on reading.
fn normal(path: &str) -> String {
    path.split('/').filter(|name| !matches!(*name, "" | ".")).collect::<Vec<_>>().join("/")
}

#[test]
fn the_reference_corpus() {
    let corpus: Vec<(String, Option<String>)> =
        serde_json::from_str(include_str!("reference_paths.json")).unwrap();
    assert!(corpus.len() > 1000);
    let mut taken = 0;
    let mut differences = Vec::new();
    for (text, reference) in &corpus {
        let ours = ArtifactPath::parse(text);
        let agrees = match (&ours, reference) {
            (Err(_), None) => true,
            (Ok(_), None) => false,
            (Ok(path), Some(name)) => {
                taken += 1;
                // The reference's URL parser gives the schemes that it knows an empty host.
                path.as_str() == normal(name) || name == "http:///p"
            }
            (Err(_), Some(name)) => is_refused_on_purpose(text, name),
        };
        if !agrees {
            differences.push(format!("{text:?}: {ours:?}, the reference says {reference:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(taken > 400, "only {taken} texts were taken");
}

#[test]
fn attacks_are_refused() {
    let long_name = "x".repeat(256);
    let deep = "a/".repeat(256) + "b";
    let long = vec!["x".repeat(200); 25].join("/");
    let dot = format!("%{}2e", "25".repeat(12));
    let layers = format!("{dot}{dot}/a");
    for attack in [
        // Climbing, in every spelling.
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/../../b",
        "./..",
        "a/./../..",
        "..//a",
        "a//..",
        "%2e%2e/a",
        "%2E%2E/a",
        ".%2e/a",
        "%2e./a",
        "..%2fa",
        "..%2Fa",
        "%2e%2e%2fa",
        "a%2f..%2f..%2fb",
        "%252e%252e/a",
        "%252e%252e%252fa",
        "%25252e%25252e%25252fa",
        "%2525252e%2525252e/a",
        &layers,
        "..\u{9}/a",
        ".\n./a",
        "..\r",
        "%0a../a",
        "%09..",
        ".%0d./a",
        " ../a",
        "%20%20../a",
        "\u{1}../a",
        "..?",
        "a/..?",
        "..#",
        "a/..#",
        "..;",
        "a/..%3b",
        "a/..%3f",
        "a/..%23",
        // Absolute, as a URL, on another host.
        "/",
        "//",
        "/etc/passwd",
        "//etc/passwd",
        "///etc/passwd",
        "%2fetc/passwd",
        "%252fetc/passwd",
        " /etc/passwd",
        "%0a/etc/passwd",
        "//host/share",
        "file:",
        "file:/etc/passwd",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:etc",
        "fi%6ce:/etc/passwd",
        "file%3a/etc/passwd",
        "http://host/a",
        "s3://bucket/a",
        "x://../a",
        // Windows.
        "C:/a",
        "C:\\a",
        "c:\\a",
        "%43:/a",
        "C%3a/a",
        "C:%5ca",
        "\\a",
        "\\\\host\\share",
        "%5c%5chost%5cshare",
        "..\\a",
        "a\\..\\b",
        "a\\..",
        "a/..\\b",
        "%2e%2e%5ca",
        "a%5c..%5cb",
        "\\\\?\\C:\\a",
        "\\\\.\\pipe\\a",
        // NUL and fragments.
        "\0",
        "a\0",
        "a\0b",
        "\0a",
        "%00",
        "a%00",
        "a%2500.txt",
        "..%00",
        "a/%00/b",
        "a#b",
        "a%23b",
        "a%2523b",
        // Overlong.
        &long_name,
        &deep,
        &long,
    ] {
        assert!(ArtifactPath::parse(attack).is_err(), "{attack:?} was taken");
        assert!(
            ArtifactPath::parse_destination(attack).is_err(),
            "{attack:?} was taken for writing"
        );
    }
}

#[test]
fn honest_names_are_kept() {
    for name in [
        "model/MLmodel",
        "a b.txt",
        "a+b=c&d.txt",
        "100%.txt",
        "50%-off",
        "...",
        "..a",
        "a..",
        "a/...",
        "a..b",
        "日本語/ファイル.txt",
        "é",
        "e\u{301}",
        "😀.png",
        "[a]",
        "a:b",
        "a/b:c",
        "~",
        "$HOME",
        "a\\b",
        "a'b\"c",
        "a*|<>",
        "a;b",
        "a?b",
        "-rf",
        ".hidden",
        "nul.txt",
        "x".repeat(255).as_str(),
    ] {
        assert_eq!(ArtifactPath::parse(name).unwrap().as_str(), name);
        assert_eq!(ArtifactPath::parse_destination(name).unwrap().as_str(), name);
    }
    for (text, stored_as) in [
        ("a%20b", "a b"),
        ("a%2520b", "a b"),
        ("Data:1.csv", "data:1.csv"),
        ("a?", "a"),
        ("a;", "a"),
        ("Icon\r", "Icon"),
        ("a\u{1b}b", "a%1bb"),
        ("a/./b//c/", "a/b/c"),
        ("", ""),
        (".", ""),
    ] {
        assert_eq!(ArtifactPath::parse(text).unwrap().as_str(), stored_as, "{text:?}");
    }
}

#[test]
fn destinations() {
    let refused = |text: &str| ArtifactPath::parse_destination(text).unwrap_err();
    for text in ["", ".", "a/", "a/.", "%2e", "a%2f"] {
        assert_eq!(refused(text), PathError::NoFileName, "{text:?}");
    }
    for (text, folder, resolved) in [
        ("./a", ".", "'.'"),
        ("a//b/c", "a//b", "'a/b'"),
        ("a/./b", "a/.", "'a'"),
        ("it's/./b", "it's/.", "\"it's\""),
    ] {
        let want = PathError::Ambiguous { folder: folder.into(), resolved: resolved.into() };
        assert_eq!(refused(text), want, "{text:?}");
    }
    assert_eq!(ArtifactPath::parse_destination("a//b").unwrap().as_str(), "a/b");
    assert!(matches!(refused(".artifact.uploading.x"), PathError::Reserved { .. }));
    assert!(matches!(refused("a/.artifact.uploading.x"), PathError::Reserved { .. }));
    assert_eq!(
        refused("./a").to_string(),
        "Invalid artifact path: '.'. Names may be treated as files in certain cases, and must not resolve to other \
         names when treated as such. This name would resolve to '.'"
    );
}

#[test]
fn parts() {
    let path = ArtifactPath::parse("a/b/c.txt").unwrap();
    assert_eq!((path.name(), path.parent().as_str()), ("c.txt", "a/b"));
    assert_eq!(path.names().collect::<Vec<_>>(), ["a", "b", "c.txt"]);
    let root = ArtifactPath::root();
    assert!(root.is_root() && root.parent().is_root() && root.name().is_empty());
    assert_eq!(root.names().count(), 0);
    assert_eq!(root.join(&path).unwrap(), path);
    assert_eq!(path.join(&root).unwrap(), path);
    let long = ArtifactPath::parse(&vec!["x".repeat(200); 15].join("/")).unwrap();
    assert_eq!(long.join(&long), Err(PathError::TooLong));
}

/// Text made of the pieces that attacks are made of.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "..", ".", "/", "//", "\\", "%2e", "%2E", "%2f", "%5c", "%25", "%00", "%0a", "%09", "%20", " ", "\t", "\r",
            ":", "?", "#", ";", "file:", "C:", "a", "B", "%c3%a9", "%ff", "%3a", "%3f", "%23", "%u002e", "é", "\u{2024}",
            "\u{ff0e}", "\u{2215}", "\u{202e}", "%zz", "%",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check_taken(path: &ArtifactPath) {
    let text = path.as_str();
    assert!(!text.contains('\0') && !text.contains("//"));
    assert!(!text.starts_with(['/', '\\']) && !text.ends_with('/'));
    assert!(text.len() <= 4095);
    for name in text.split(['/', '\\']) {
        assert!(name != ".." && name.len() <= 255, "{text:?}");
    }
    assert!(text.split('/').all(|name| name != "." && (text.is_empty() || !name.is_empty())));
    assert!(!text.chars().any(|c| c.is_ascii_control()), "{text:?}");
    let joined = std::path::Path::new("/root").join(text);
    assert!(joined.starts_with("/root"));
    assert!(
        joined.components().skip(2).all(|part| matches!(part, std::path::Component::Normal(_)))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_taken_is_safe(text in hostile()) {
        if let Ok(path) = ArtifactPath::parse(&text) {
            check_taken(&path);
        }
        if let Ok(path) = ArtifactPath::parse_destination(&text) {
            check_taken(&path);
            prop_assert!(!path.is_root());
            prop_assert_eq!(&path, &ArtifactPath::parse(&text).unwrap());
        }
    }

    #[test]
    fn plain_names_are_kept(
        names in prop::collection::vec("[A-Za-z0-9é_-][A-Za-z0-9 é日_.+=&@-]{0,20}", 1..6)
    ) {
        let text = names.join("/");
        for path in [ArtifactPath::parse(&text), ArtifactPath::parse_destination(&text)] {
            let path = path.unwrap();
            prop_assert_eq!(path.as_str(), &text);
        }
    }

    #[test]
    fn more_layers_of_encoding_change_nothing(text in "[a-z./ é]{1,12}", layers in 1..4_usize) {
        let mut encoded = text.clone();
        for _ in 0..layers {
            encoded = encoded.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02x}"));
        }
        prop_assert_eq!(ArtifactPath::parse(&encoded), ArtifactPath::parse(&text));
    }
}
