//! Bodies that are JSON to Python and to MLflow, but not by the letter: with a byte order mark or in
//! UTF-16, as Windows' tools write it, or with numbers that JSON does not know.

/// A body that could not be read, mended; none if there is nothing to mend.
pub fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let text = match text(body) {
        Some(text) => text,
        None => std::str::from_utf8(body).ok()?.to_owned(),
    };
    let mended = with_texts_for_numbers(&text);
    (mended.as_bytes() != body).then(|| mended.into_bytes())
}

/// The text of a body that has a byte order mark or is in UTF-16: then one of the first two bytes, which
/// are ASCII, is zero.
fn text(body: &[u8]) -> Option<String> {
    let units = |body: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = body.chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match body {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] | rest @ [1..=0x7f, 0, ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] | rest @ [0, 1..=0x7f, ..] => units(rest, u16::from_be_bytes),
        _ => None,
    }
}

/// Puts numbers that JSON does not know, or that are too large for one, into quotes: a double may stand
/// in a text.
fn with_texts_for_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            '-' | '0'..='9' | 'A'..='Z' | 'a'..='z' => {
                let of_word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                rest.find(|c| !of_word(c)).unwrap_or(rest.len())
            }
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        match token {
            "NaN" | "Infinity" | "-Infinity" => out.extend(["\"", token, "\""]),
            _ if first == '-' || first.is_ascii_digit() => match token.parse::<f64>() {
                Ok(f64::INFINITY) => out.push_str("\"Infinity\""),
                Ok(f64::NEG_INFINITY) => out.push_str("\"-Infinity\""),
                _ => out.push_str(token),
            },
            _ => out.push_str(token),
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_is_mended() {
        let text =
            r#"{"a": [NaN, -Infinity, 1e400, -1e999, 1.5, true], "b": "NaN \" 1e400", "ä": null}"#;
        let expected = r#"{"a": ["NaN", "-Infinity", "Infinity", "-Infinity", 1.5, true], "b": "NaN \" 1e400", "ä": null}"#;
        assert_eq!(mended(text.as_bytes()).unwrap(), expected.as_bytes());
        assert_eq!(mended(expected.as_bytes()), None);
        assert_eq!(mended(b"\xef\xbb\xbf{}").unwrap(), b"{}");
        for (mark, bytes_of) in
            [(true, u16::to_le_bytes as fn(u16) -> [u8; 2]), (false, u16::to_be_bytes)]
        {
            let marked = "\u{feff}{\"\u{e9}\": 1}".encode_utf16().flat_map(bytes_of);
            let marked: Vec<u8> = marked.collect();
            assert_eq!(mended(&marked).unwrap(), "{\"\u{e9}\": 1}".as_bytes(), "{mark}");
            assert_eq!(mended(&marked[2..]).unwrap(), "{\"\u{e9}\": 1}".as_bytes(), "{mark}");
        }
        assert_eq!(mended(b"\xff{}"), None);
    }
}
