//! Python's `repr`.

/// `text` in quotes, single ones unless it holds only single ones.
pub fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut printed = String::with_capacity(text.len() + 2);
    printed.push(quote);
    for c in text.chars() {
        match c {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            '\\' => printed.push_str("\\\\"),
            _ if c == quote => {
                printed.push('\\');
                printed.push(c);
            }
            _ if is_printable(c) => printed.push(c),
            _ => {
                let escaped = match u32::from(c) {
                    code @ ..=0xff => format!("\\x{code:02x}"),
                    code @ ..=0xffff => format!("\\u{code:04x}"),
                    code => format!("\\U{code:08x}"),
                };
                printed.push_str(&escaped);
            }
        }
    }
    printed.push(quote);
    printed
}

/// Whether Python prints a character as it is. Rust's debug form escapes the same characters, if they
/// are not the first of a string: there it escapes combining marks besides.
fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' ' || format!("a{c}").escape_debug().count() == 2
}

/// The shortest digits that read back as `number`, with an exponent from 1e16 and below 1e-4.
pub fn repr_float(number: f64) -> String {
    if !number.is_finite() {
        let sign = if number.is_sign_negative() && !number.is_nan() { "-" } else { "" };
        return format!("{sign}{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let printed = format!("{number:e}");
        let (mantissa, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    let printed = format!("{number}");
    if printed.contains('.') { printed } else { printed + ".0" }
}

/// `['a', 'b']`
pub fn repr_list(items: &[impl AsRef<str>]) -> String {
    let items: Vec<_> = items.iter().map(|item| repr_text(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// `('a', 'b')`, and `('a',)` for one.
pub fn repr_tuple(items: &[impl AsRef<str>]) -> String {
    let items: Vec<_> = items.iter().map(|item| repr_text(item.as_ref())).collect();
    format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" })
}

/// `{'a', 'b'}`, sorted: MLflow prints a set in an order that changes with every start.
pub fn repr_set(items: impl IntoIterator<Item = &'static str>) -> String {
    let mut items: Vec<_> = items.into_iter().map(repr_text).collect();
    items.sort_unstable();
    format!("{{{}}}", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(repr_text("a b"), "'a b'");
        assert_eq!(repr_text("it's"), "\"it's\"");
        assert_eq!(repr_text("it's \"it\""), "'it\\'s \"it\"'");
        assert_eq!(repr_text("é\n\u{0}\u{200b}\u{e000}"), "'é\\n\\x00\\u200b\\ue000'");
    }

    #[test]
    fn floats() {
        let printed = [1.5, 1.0, 0.0, 1e16, 1.5e-5, 123_456_789.125, -2e300].map(repr_float);
        let expected = ["1.5", "1.0", "0.0", "1e+16", "1.5e-05", "123456789.125", "-2e+300"];
        assert_eq!(printed, expected);
        assert_eq!(repr_float(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn collections() {
        assert_eq!(repr_list(&["a", "b"]), "['a', 'b']");
        assert_eq!(repr_set(["b", "a"]), "{'a', 'b'}");
    }

    /// The lines of `repr.tsv` were written by Python: a string as JSON, and its `repr` as JSON.
    #[test]
    fn python_prints_the_same() {
        for line in include_str!("repr.tsv").lines() {
            let (text, printed) = line.split_once('\t').unwrap();
            let read = |json: &str| serde_json::from_str::<String>(json).unwrap();
            assert_eq!(repr_text(&read(text)), read(printed), "{text}");
        }
    }
}
