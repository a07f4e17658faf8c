//! Order-by text to a name and a direction.

use crate::FilterError;

use super::{
    lexer::is_space,
    node::Node,
    statement::{Statements, TooComplex, statements},
    token::TokenKind,
};

/// A name that SQL knows as a type, and yet may be ordered by.
const BARE_TYPE_NAME: &str = "timestamp";

/// Reads `name`, `name ASC` or `name DESC`. The answer's flag says whether the order ascends.
///
/// Compat: behind a direction the name has lost its quotes and backslashes; without one it is as
/// written.
pub(crate) fn directed_name(text: &str) -> Result<(String, bool), FilterError> {
    let unparsed =
        || FilterError::invalid(format!("Invalid order_by clause '{text}'. Could not be parsed."));
    let name = match statements(text) {
        Ok(Statements::One(nodes)) => sole_name(text, &nodes).ok_or_else(unparsed)?,
        Ok(Statements::Blank | Statements::Several) => return Err(unparsed()),
        Err(TooComplex::Tokens | TooComplex::Nesting) => {
            return Err(FilterError::invalid(format!("Error on parsing order_by clause '{text}'")));
        }
    };
    // An identifier may still end in an open quote or a backslash; MLflow fails on it.
    let words = shell_words(&name).ok_or_else(unparsed)?;
    match words.as_slice() {
        [_, _, _, ..] => Err(unparsed()),
        [word, direction] => match direction.to_lowercase().as_str() {
            "asc" => Ok((trimmed(word), true)),
            "desc" => Ok((trimmed(word), false)),
            _ => {
                let message = format!("Invalid ordering key in order_by clause '{text}'.");
                Err(FilterError::invalid(message))
            }
        },
        _ => Ok((trimmed(&name), true)),
    }
}

/// The text if it is one identifier and nothing else, not even a blank.
fn sole_name(text: &str, nodes: &[Node]) -> Option<String> {
    let is_bare = |node: &Node| node.is(TokenKind::TypeName) && node.text(text) == BARE_TYPE_NAME;
    match nodes {
        [node] if node.start == 0 && node.end == text.len() => {
            (node.is_identifier() || is_bare(node)).then(|| text.to_owned())
        }
        [node, direction]
            if is_bare(node)
                && node.start == 0
                && direction.is(TokenKind::Direction)
                && direction.end == text.len() =>
        {
            Some(format!("{BARE_TYPE_NAME} {}", direction.text(text)))
        }
        _ => None,
    }
}

fn trimmed(name: &str) -> String {
    name.trim_matches(is_space).to_owned()
}

/// Splits at blanks outside quotes, and drops quotes and escaping backslashes as a shell does;
/// backticks count as double quotes. `None` if a quote stays open or a backslash ends the text.
fn shell_words(text: &str) -> Option<Vec<String>> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.chars().map(|c| if c == '`' { '"' } else { c });
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('"'), '\\') => {
                let escaped = rest.next()?;
                let word = word.get_or_insert_default();
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, '\\') => word.get_or_insert_default().push(rest.next()?),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, _) if is_blank(c) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, bool), String> {
        directed_name(text).map_err(|error| error.message)
    }

    #[expect(clippy::unnecessary_wraps, reason = "compares with what is read")]
    fn name(name: &str, ascending: bool) -> Result<(String, bool), String> {
        Ok((name.to_owned(), ascending))
    }

    #[test]
    fn names_and_directions() {
        assert_eq!(read("metrics.a"), name("metrics.a", true));
        assert_eq!(read("metrics.a  desc"), name("metrics.a", false));
        assert_eq!(read("metrics.`a b` ASC"), name("metrics.a b", true));
        assert_eq!(read("metrics.`a b`"), name("metrics.`a b`", true));
        assert_eq!(read("timestamp DESC"), name("timestamp", false));
    }

    #[test]
    fn refusals() {
        let unparsed =
            |text| Err(format!("Invalid order_by clause '{text}'. Could not be parsed."));
        for text in ["", " a", "a ", "a, b", "a DESC NULLS LAST", "order DESC", "a; b", "1"] {
            assert_eq!(read(text), unparsed(text));
        }
        assert_eq!(
            read("metrics.a down"),
            Err("Invalid ordering key in order_by clause 'metrics.a down'.".to_owned())
        );
    }

    #[test]
    fn words_lose_their_quotes() {
        let words = |text| shell_words(text).map(|words| words.join("|"));
        assert_eq!(words("a 'b c' `d e`f").as_deref(), Some("a|b c|d ef"));
        assert_eq!(words(r#"a\ b "c\"d\e""#).as_deref(), Some(r#"a b|c"d\e"#));
        assert_eq!(words("''").as_deref(), Some(""));
        assert_eq!(words("'a"), None);
        assert_eq!(words("a\\"), None);
    }
}
