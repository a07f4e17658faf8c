//! The `Content-Disposition` of a download.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

/// The header value that makes a browser save a file under this name, never show it.
///
/// A name outside ASCII is given twice: as `filename*` (RFC 5987), and in ASCII for clients that do not know it.
pub fn content_disposition(name: &str) -> String {
    let mut value = String::from("attachment; filename=");
    if name.is_ascii() {
        value.push_str(&parameter(name));
        return value;
    }
    let in_ascii: String = name.nfkd().filter(char::is_ascii).collect();
    value.push_str(&parameter(if in_ascii.is_empty() { "download" } else { &in_ascii }));
    value.push_str("; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(value, "%{byte:02X}");
        }
    }
    value
}

/// A token stays bare, anything else is quoted; control characters have no place in a header.
fn parameter(value: &str) -> String {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !value.is_empty() && value.bytes().all(is_token) {
        return value.to_owned();
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars().filter(|c| !c.is_control()) {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_the_reference_answers() {
        for (name, want) in [
            ("a.txt", "attachment; filename=a.txt"),
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            ("é.txt", "attachment; filename=e.txt; filename*=UTF-8''%C3%A9.txt"),
            (
                "日本語",
                "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E",
            ),
            (
                "ñandú Ä.csv",
                "attachment; filename=\"nandu A.csv\"; filename*=UTF-8''%C3%B1and%C3%BA%20%C3%84.csv",
            ),
            ("①.txt", "attachment; filename=1.txt; filename*=UTF-8''%E2%91%A0.txt"),
            ("ß.txt", "attachment; filename=.txt; filename*=UTF-8''%C3%9F.txt"),
            ("a\"b\\c", "attachment; filename=\"a\\\"b\\\\c\""),
            ("a;b", "attachment; filename=\"a;b\""),
            ("a%b", "attachment; filename=a%b"),
            ("", "attachment; filename=\"\""),
        ] {
            assert_eq!(content_disposition(name), want, "{name}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_the_header() {
        let value = content_disposition("a\r\nSet-Cookie: x=\u{85}é\".txt");
        assert!(value.bytes().all(|b| (b' '..0x7f).contains(&b)), "{value}");
    }
}
