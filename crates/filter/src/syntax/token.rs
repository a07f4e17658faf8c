//! The smallest pieces of a filter text.

/// What a token is. The names follow the part a token plays in a filter, not the SQL standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Space,
    Newline,
    LineComment,
    BlockComment,
    /// A bare, backtick-quoted or bracket-quoted name.
    Name,
    /// A name that SQL knows as a type (`timestamp`, `text`); it cannot stand alone as a column.
    TypeName,
    /// `?`, `%s`, `:name`, `$name`.
    Placeholder,
    /// A reserved word. Its text tells which.
    Keyword,
    /// A reserved word that starts a data change (`SELECT`, `DELETE`, …), a definition (`DROP`, …),
    /// a grant or a `WITH`: refused wherever it stands.
    CommandKeyword,
    /// `ASC`, `DESC`, with or without `NULLS FIRST`.
    Direction,
    /// `'single quoted'`
    Text,
    /// `"double quoted"`
    Symbol,
    Integer,
    Float,
    Hexadecimal,
    /// `=`, `!=`, `<`, any run of `<>=~!`, `LIKE`, `ILIKE`, `RLIKE`, with or without `NOT`.
    Comparison,
    /// Arithmetic and JSON operators.
    Operator,
    /// `*`
    Star,
    /// One of `; : ( ) [ ] , .` or `::`.
    Punctuation,
    /// `:=`
    Assignment,
    /// `\word`
    Backslashed,
    /// A character that starts nothing, such as a quote that is never closed.
    Unknown,
}

/// A token and the bytes of the text that it covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl TokenKind {
    pub(crate) fn is_blank(self) -> bool {
        matches!(self, Self::Space | Self::Newline)
    }

    pub(crate) fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Float | Self::Hexadecimal)
    }
}
