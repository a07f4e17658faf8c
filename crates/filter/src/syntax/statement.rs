//! Text to statements: semicolons part them, and only a text with exactly one is of use.

use super::{
    grouping::Enclosures,
    lexer::Lexer,
    node::Node,
    parser::nodes,
    token::{Token, TokenKind},
};

/// Compat: MLflow refuses statements with more tokens (blanks count) or deeper nesting than this.
const MOST_TOKENS: usize = 10_000;
const DEEPEST_NESTING: usize = 100;

/// A statement over the limits of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooComplex {
    Tokens,
    Nesting,
}

/// What a text holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Statements {
    Blank,
    One(Vec<Node>),
    Several,
}

/// Reads the statements of `text`. Gives up on the first that is too complex, without reading on.
pub(crate) fn statements(text: &str) -> Result<Statements, TooComplex> {
    let mut found = Statements::Blank;
    let mut splitter = Splitter::default();
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_blank = true;
    for token in Lexer::new(text) {
        if splitter.parts_before(text, token) {
            found = found.with(text, &tokens)?;
            tokens.clear();
            is_blank = true;
        }
        is_blank &= token.kind.is_blank();
        tokens.push(token);
        if tokens.len() > MOST_TOKENS && !is_blank {
            return Err(TooComplex::Tokens);
        }
    }
    if is_blank { Ok(found) } else { found.with(text, &tokens) }
}

impl Statements {
    fn with(self, text: &str, tokens: &[Token]) -> Result<Self, TooComplex> {
        // Fewer tokens cannot nest too deep; that spares texts full of semicolons the work.
        if self != Self::Blank && tokens.len() <= DEEPEST_NESTING {
            return Ok(Self::Several);
        }
        let enclosures = Enclosures::find(text, tokens);
        if enclosures.depth() > DEEPEST_NESTING {
            return Err(TooComplex::Nesting);
        }
        match self {
            Self::Blank => Ok(Self::One(nodes(text, tokens, &enclosures))),
            Self::One(_) | Self::Several => Ok(Self::Several),
        }
    }
}

/// Watches the tokens go by for the end of a statement.
#[derive(Default)]
struct Splitter {
    ended: bool,
    level: i64,
}

impl Splitter {
    /// Whether a statement ends and `token` opens the next.
    fn parts_before(&mut self, text: &str, token: Token) -> bool {
        // Compat: a line end behind a semicolon opens the next statement, a space does not.
        let parts = self.ended && !matches!(token.kind, TokenKind::Space | TokenKind::LineComment);
        if parts {
            *self = Self::default();
        }
        match (token.kind, &text[token.start..token.end]) {
            (TokenKind::Punctuation, "(") => self.level += 1,
            (TokenKind::Punctuation, ")") => self.level -= 1,
            (TokenKind::Punctuation, ";") if self.level <= 0 => self.ended = true,
            (TokenKind::Keyword, "GO") => self.ended = true,
            (TokenKind::Keyword, word) if word.eq_ignore_ascii_case("END") => self.level -= 1,
            _ => {}
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<usize, TooComplex> {
        Ok(match statements(text)? {
            Statements::Blank => 0,
            Statements::One(_) => 1,
            Statements::Several => 2,
        })
    }

    #[test]
    fn semicolons_part() {
        assert_eq!(count(" \n"), Ok(0));
        assert_eq!(count("a; "), Ok(1));
        assert_eq!(count("a;\n"), Ok(1));
        assert_eq!(count("a; -- b"), Ok(1));
        assert_eq!(count("(a; b)"), Ok(1));
        assert_eq!(count("a; b"), Ok(2));
        assert_eq!(count(";;"), Ok(2));
    }

    #[test]
    fn size_is_limited() {
        assert_eq!(count(&"a ".repeat(5000)), Ok(1));
        assert_eq!(count(&"a ".repeat(5001)), Err(TooComplex::Tokens));
        assert_eq!(count(&" ".repeat(20_000)), Ok(0));
        assert_eq!(count(&"a; ".repeat(5001)), Ok(2));
        let nested = |depth| "(".repeat(depth) + &")".repeat(depth);
        assert_eq!(count(&nested(100)), Ok(1));
        assert_eq!(count(&nested(101)), Err(TooComplex::Nesting));
        assert_eq!(count(&format!("a; {}", nested(101))), Err(TooComplex::Nesting));
    }
}
