//! The pieces of a filter text after grouping.

use super::{grouping::Enclosure, token::TokenKind};

/// What a node is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A token that belongs to no group.
    Token(TokenKind),
    /// A column name with all its parts, or whatever reads like one with an alias behind it.
    Identifier,
    Enclosed(Enclosure),
    Function,
    /// Arithmetic: two operands and what stands between them.
    Operation,
    /// A type name with a text: `date '2024-01-01'`.
    TypedText,
    Assignment,
    /// Items with commas between them.
    List,
    /// Comments, with the line ends between and behind them.
    Comment,
    /// `WHERE` and all that it governs.
    Where,
    Comparison(Box<Sides>),
}

/// The two sides of a comparison, and how many comments follow inside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sides {
    pub(crate) left: Node,
    pub(crate) operator: Node,
    pub(crate) right: Node,
    pub(crate) comments: usize,
}

/// A piece of the text, by the bytes that it covers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) shape: Shape,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Node {
    pub(crate) fn text<'a>(&self, whole: &'a str) -> &'a str {
        &whole[self.start..self.end]
    }

    pub(crate) fn token(&self) -> Option<TokenKind> {
        match self.shape {
            Shape::Token(kind) => Some(kind),
            _ => None,
        }
    }

    pub(crate) fn is(&self, kind: TokenKind) -> bool {
        self.token() == Some(kind)
    }

    pub(crate) fn is_identifier(&self) -> bool {
        self.shape == Shape::Identifier
    }

    pub(crate) fn is_parenthesis(&self) -> bool {
        self.shape == Shape::Enclosed(Enclosure::Parenthesis)
    }

    /// Whether this is the reserved `word`, in any case of letters.
    pub(crate) fn is_keyword(&self, whole: &str, word: &str) -> bool {
        self.is(TokenKind::Keyword) && self.text(whole).eq_ignore_ascii_case(word)
    }
}
