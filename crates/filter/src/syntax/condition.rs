//! Nodes to conditions: a column, an operator and a value.

use super::{
    node::{Node, Shape},
    statement::{Statements, TooComplex, statements},
    token::TokenKind,
};

/// What one side of a condition is, as far as any entity cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TermKind {
    /// A name, in double quotes or backticks or bare, with its parts.
    Identifier,
    /// `'single quoted'`
    Text,
    Integer,
    Float,
    /// Anything in parentheses.
    Parenthesis,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term<'a> {
    pub(crate) kind: TermKind,
    pub(crate) text: &'a str,
}

/// One condition, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Condition<'a> {
    pub(crate) left: Term<'a>,
    /// As written, except that `NOT IN`, `IS NULL` and `IS NOT NULL` are spelled so.
    pub(crate) operator: &'a str,
    /// Nothing behind `IS NULL` and `IS NOT NULL`.
    pub(crate) right: Option<Term<'a>>,
    /// Pieces that the condition consists of; more than three if comments follow it.
    pub(crate) pieces: usize,
    /// All of it as written, but for `IS NULL` and `IS NOT NULL`.
    pub(crate) text: &'a str,
}

/// A piece of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Condition(Condition<'a>),
    And,
    /// Anything else: an error, but its wording depends on the entity.
    Stray(&'a str),
}

/// A text that holds no single statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooComplex(TooComplex),
    Blank,
    Several,
}

/// Reads the items of the one statement in `text`.
///
/// `bare_type_name` may be compared with an integer although SQL knows it as a type.
pub(crate) fn items<'a>(
    text: &'a str,
    bare_type_name: Option<&str>,
) -> Result<Vec<Item<'a>>, Unreadable> {
    let nodes = match statements(text).map_err(Unreadable::TooComplex)? {
        Statements::One(nodes) => nodes,
        Statements::Blank => return Err(Unreadable::Blank),
        Statements::Several => return Err(Unreadable::Several),
    };
    Ok(Joiner { text, bare_type_name, items: Vec::new() }.join(&nodes))
}

/// Puts together the conditions whose operator is a word: `IN`, `NOT IN`, `IS NULL`.
struct Joiner<'a, 'n> {
    text: &'a str,
    bare_type_name: Option<&'n str>,
    items: Vec<Item<'a>>,
}

impl<'a> Joiner<'a, '_> {
    fn join(mut self, nodes: &[Node]) -> Vec<Item<'a>> {
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let taken = match rest {
                [_, second, third, more @ ..] => self.join_three(first, second, third, more),
                _ => self.leave(rest),
            };
            rest = &rest[taken..];
        }
        self.items
    }

    /// Joins what begins with `first`; answers how many nodes that takes.
    fn join_three(&mut self, first: &Node, second: &Node, third: &Node, more: &[Node]) -> usize {
        if self.is_bare_type_name(first) {
            return self.join_type_name(first, second, third);
        }
        if !first.is_identifier() {
            return self.leave(std::slice::from_ref(first));
        }
        let (word, object) = (|word| second.is_keyword(self.text, word), third);
        if word("IN") && object.is_parenthesis() {
            return self.condition(first, second.text(self.text), Some(object), 3);
        }
        if word("IS") && object.is_keyword(self.text, "NULL") {
            return self.condition(first, "IS NULL", None, 3);
        }
        if word("IS") && object.is_keyword(self.text, "NOT NULL") {
            return self.condition(first, "IS NOT NULL", None, 3);
        }
        let Some(fourth) = more.first() else {
            return self.leave([first, second, third]);
        };
        if word("NOT") && object.is_keyword(self.text, "IN") && fourth.is_parenthesis() {
            return self.condition(first, "NOT IN", Some(fourth), 4);
        }
        // Compat: MLflow passes over all four, so a condition that begins among them stays apart.
        self.leave([first, second, third, fourth])
    }

    fn is_bare_type_name(&self, node: &Node) -> bool {
        node.is(TokenKind::TypeName) && Some(node.text(self.text)) == self.bare_type_name
    }

    fn join_type_name(&mut self, first: &Node, second: &Node, third: &Node) -> usize {
        let operator = second.text(self.text);
        let compares = second.is(TokenKind::Comparison)
            && matches!(operator, "=" | "!=" | "<" | "<=" | ">" | ">=");
        if compares && third.is(TokenKind::Integer) {
            return self.condition(first, operator, Some(third), 3);
        }
        // Compat: MLflow lists the name a second time in its refusal.
        self.leave([first, second, third]);
        self.leave([first]);
        3
    }

    fn condition(
        &mut self,
        left: &Node,
        operator: &'a str,
        right: Option<&Node>,
        taken: usize,
    ) -> usize {
        let pieces = if right.is_some() { 3 } else { 2 };
        let text = &self.text[left.start..right.unwrap_or(left).end];
        let right = right.map(|node| self.term(node));
        let left = self.term(left);
        self.items.push(Item::Condition(Condition { left, operator, right, pieces, text }));
        taken
    }

    /// Takes nodes as they are; answers how many.
    fn leave<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> usize {
        let before = self.items.len();
        for node in nodes {
            let item = match &node.shape {
                Shape::Comparison(sides) => Item::Condition(Condition {
                    left: self.term(&sides.left),
                    operator: sides.operator.text(self.text),
                    right: Some(self.term(&sides.right)),
                    pieces: 3 + sides.comments,
                    text: node.text(self.text),
                }),
                _ if node.is_keyword(self.text, "AND") => Item::And,
                _ => Item::Stray(node.text(self.text)),
            };
            self.items.push(item);
        }
        self.items.len() - before
    }

    fn term(&self, node: &Node) -> Term<'a> {
        let kind = match node.shape {
            Shape::Identifier => TermKind::Identifier,
            Shape::Token(TokenKind::Text) => TermKind::Text,
            Shape::Token(TokenKind::Integer) => TermKind::Integer,
            Shape::Token(TokenKind::Float) => TermKind::Float,
            _ if node.is_parenthesis() => TermKind::Parenthesis,
            _ => TermKind::Other,
        };
        Term { kind, text: node.text(self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `left operator right`, strays in angle brackets.
    fn read(text: &str) -> Vec<String> {
        let piece = |item: Item| match item {
            Item::Condition(c) => {
                let right = c.right.map_or(String::new(), |right| format!("|{}", right.text));
                format!("{}|{}{right}", c.left.text, c.operator)
            }
            Item::And => "AND".into(),
            Item::Stray(text) => format!("<{text}>"),
        };
        items(text, None).unwrap().into_iter().map(piece).collect()
    }

    #[test]
    fn symbols_and_words_compare() {
        assert_eq!(read("a.b >= 1 and `c` LIKE 'x'"), ["a.b|>=|1", "AND", "`c`|LIKE|'x'"]);
        assert_eq!(read("a in ('x', 'y')"), ["a|in|('x', 'y')"]);
        assert_eq!(read("a not  in ('x')"), ["a|NOT IN|('x')"]);
        assert_eq!(read("t.a is null"), ["t.a|IS NULL"]);
        assert_eq!(read("t.a IS NOT NULL AND b = 'c'"), ["t.a|IS NOT NULL", "AND", "b|=|'c'"]);
    }

    #[test]
    fn what_does_not_compare_is_a_stray() {
        assert_eq!(read("a = 'x' OR b = 'y'"), ["a|=|'x'", "<OR>", "b|=|'y'"]);
        assert_eq!(read("(a = 'x')"), ["<(a = 'x')>"]);
        assert_eq!(read("a = 'x', b = 'y'"), ["<a = 'x', b = 'y'>"]);
        assert_eq!(read("a ="), ["<a>", "<=>"]);
        assert_eq!(read("a = 'x' b"), ["<a = 'x' b>"]);
        assert_eq!(read("a = 'x' -- why"), ["a|=|'x'", "<-- why>"]);
    }

    #[test]
    fn a_group_takes_in_comments() {
        let items = items("a = 'x' /* why */ AND b = 'y'", None).unwrap();
        assert!(matches!(items[0], Item::Condition(Condition { pieces: 4, .. })));
    }

    #[test]
    fn one_statement_only() {
        assert_eq!(items("  \n", None), Err(Unreadable::Blank));
        assert_eq!(items("a = 'x'; b = 'y'", None), Err(Unreadable::Several));
        assert_eq!(read("a = 'x'; "), ["a|=|'x'", "<;>"]);
        let deep = "(".repeat(101) + &")".repeat(101);
        assert_eq!(items(&deep, None), Err(Unreadable::TooComplex(TooComplex::Nesting)));
        let long = "a ".repeat(5001);
        assert_eq!(items(&long, None), Err(Unreadable::TooComplex(TooComplex::Tokens)));
    }
}
