//! Where a quoted token ends.

/// Two characters that stand for one quote inside a quoted token, by the place of the first.
enum Pair {
    Doubled(usize),
    Backslashed(usize),
}

/// Finds the end of a token that opens with `quote` at `start`; `None` if it is never closed.
///
/// A doubled quote continues the token, and so does a backslashed one if `backslash` is set.
///
/// Compat: if that reading leaves the token open at the end of the text, MLflow's tokenizer gives
/// way and closes it at the last such pair, so `params.a = 'C:\'` is accepted.
pub(crate) fn end_of_quoted(
    text: &str,
    start: usize,
    quote: char,
    backslash: bool,
) -> Option<usize> {
    let width = quote.len_utf8();
    let mut pairs = Vec::new();
    let mut at = start + width;
    loop {
        let rest = &text[at..];
        if let Some(after) = rest.strip_prefix(quote) {
            if !after.starts_with(quote) {
                return Some(at + width);
            }
            pairs.push(Pair::Doubled(at));
            at += 2 * width;
        } else if backslash && rest.strip_prefix('\\').is_some_and(|after| after.starts_with(quote))
        {
            pairs.push(Pair::Backslashed(at));
            at += 1 + width;
        } else if let Some(other) = rest.chars().next() {
            at += other.len_utf8();
        } else {
            match pairs.pop()? {
                Pair::Doubled(first) => return Some(first + width),
                Pair::Backslashed(first) => at = first + 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Option<&str> {
        end_of_quoted(text, 0, '\'', true).map(|end| &text[..end])
    }

    #[test]
    fn ends_at_the_first_single_quote() {
        assert_eq!(quoted("'a' = 'b'"), Some("'a'"));
        assert_eq!(quoted("''"), Some("''"));
        assert_eq!(quoted("'a"), None);
    }

    #[test]
    fn a_doubled_or_backslashed_quote_continues() {
        assert_eq!(quoted("'it''s' x"), Some("'it''s'"));
        assert_eq!(quoted(r"'it\'s' x"), Some(r"'it\'s'"));
        assert_eq!(end_of_quoted(r"`a\` b`", 0, '`', false), Some(4));
    }

    #[test]
    fn gives_way_where_nothing_else_closes() {
        assert_eq!(quoted(r"'C:\'"), Some(r"'C:\'"));
        assert_eq!(quoted("'a'' b"), Some("'a'"));
        assert_eq!(quoted(r"'a\'' b"), Some(r"'a\''"));
    }
}
