//! The words that a filter text may not use as a bare name.

use std::{collections::HashMap, sync::LazyLock};

use super::token::TokenKind;

/// Reserved words in upper case, with the kind of token that each becomes.
///
/// Compat: the list is that of the SQL tokenizer behind MLflow. It decides whether `foo = 'x'` is
/// refused as an unknown attribute or as a stray clause.
static RESERVED: LazyLock<HashMap<&'static str, TokenKind>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    let mut kind = TokenKind::Keyword;
    for word in include_str!("reserved.txt").split_whitespace() {
        match word {
            "[keyword]" => kind = TokenKind::Keyword,
            "[type]" => kind = TokenKind::TypeName,
            "[operator]" => kind = TokenKind::Operator,
            "[grant]" | "[data]" | "[definition]" | "[with]" => kind = TokenKind::CommandKeyword,
            _ => {
                words.insert(word, kind);
            }
        }
    }
    words
});

/// Longer than any reserved word; saves folding the case of a text that cannot be one.
const LONGEST: usize = 40;

pub(crate) fn kind_of_word(word: &str) -> TokenKind {
    if word.len() > LONGEST {
        return TokenKind::Name;
    }
    RESERVED.get(word.to_uppercase().as_str()).copied().unwrap_or(TokenKind::Name)
}

/// Reserved phrases: words with blanks between them that make one token. The longest form of each
/// comes first.
pub(crate) const PHRASES: &[(&[&str], TokenKind)] = &[
    (&["NOT", "NULL"], TokenKind::Keyword),
    (&["IF", "NOT", "EXISTS"], TokenKind::Keyword),
    (&["IF", "EXISTS"], TokenKind::Keyword),
    (&["ASC", "NULLS", "FIRST"], TokenKind::Direction),
    (&["ASC", "NULLS", "LAST"], TokenKind::Direction),
    (&["DESC", "NULLS", "FIRST"], TokenKind::Direction),
    (&["DESC", "NULLS", "LAST"], TokenKind::Direction),
    (&["ASC"], TokenKind::Direction),
    (&["DESC"], TokenKind::Direction),
    (&["NULLS", "FIRST"], TokenKind::Direction),
    (&["NULLS", "LAST"], TokenKind::Direction),
    (&["END", "IF"], TokenKind::Keyword),
    (&["END", "LOOP"], TokenKind::Keyword),
    (&["END", "WHILE"], TokenKind::Keyword),
    (&["END", "FOR"], TokenKind::Keyword),
    (&["END", "CASE"], TokenKind::Keyword),
    (&["END"], TokenKind::Keyword),
    (&["UNION", "ALL"], TokenKind::Keyword),
    (&["CREATE", "OR", "REPLACE"], TokenKind::CommandKeyword),
    (&["DOUBLE", "PRECISION"], TokenKind::TypeName),
    (&["GROUP", "BY"], TokenKind::Keyword),
    (&["ORDER", "BY"], TokenKind::Keyword),
    (&["PRIMARY", "KEY"], TokenKind::Keyword),
    (&["HANDLER", "FOR"], TokenKind::Keyword),
    (&["LEFT", "OUTER", "JOIN"], TokenKind::Keyword),
    (&["RIGHT", "OUTER", "JOIN"], TokenKind::Keyword),
    (&["FULL", "OUTER", "JOIN"], TokenKind::Keyword),
    (&["LEFT", "JOIN"], TokenKind::Keyword),
    (&["RIGHT", "JOIN"], TokenKind::Keyword),
    (&["FULL", "JOIN"], TokenKind::Keyword),
    (&["INNER", "JOIN"], TokenKind::Keyword),
    (&["OUTER", "JOIN"], TokenKind::Keyword),
    (&["CROSS", "JOIN"], TokenKind::Keyword),
    (&["NATURAL", "JOIN"], TokenKind::Keyword),
    (&["JOIN"], TokenKind::Keyword),
    (&["NOT", "LIKE"], TokenKind::Comparison),
    (&["NOT", "ILIKE"], TokenKind::Comparison),
    (&["NOT", "RLIKE"], TokenKind::Comparison),
    (&["LIKE"], TokenKind::Comparison),
    (&["ILIKE"], TokenKind::Comparison),
    (&["RLIKE"], TokenKind::Comparison),
    (&["NOT", "REGEXP", "BINARY"], TokenKind::Comparison),
    (&["NOT", "REGEXP"], TokenKind::Comparison),
    (&["REGEXP", "BINARY"], TokenKind::Comparison),
    (&["REGEXP"], TokenKind::Comparison),
];
