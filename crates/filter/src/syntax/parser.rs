//! Tokens to nodes: a recursive descent through the levels of binding, tightest last.
//!
//! The parser refuses nothing. What cannot be grouped stays a node of its own, in its place, so
//! that a refusal can name it.

use super::{
    grouping::{Enclosure, Enclosures},
    node::{Node, Shape, Sides},
    token::{Token, TokenKind},
};

/// Groups the tokens of one statement.
pub(crate) fn nodes(text: &str, tokens: &[Token], enclosures: &Enclosures) -> Vec<Node> {
    let units = units(tokens, enclosures);
    let end = tokens.last().map_or(0, |token| token.end);
    let mut parser = Parser { text, end, units, at: 0 };
    let mut nodes = Vec::new();
    while let Some(node) = parser.list() {
        nodes.push(node);
    }
    nodes
}

/// Tokens without blanks, each enclosure and each run of comments in one piece.
fn units(tokens: &[Token], enclosures: &Enclosures) -> Vec<Node> {
    let mut units = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (shape, last) = if let Some((enclosure, last)) = enclosures.opened_at(at) {
            (Shape::Enclosed(enclosure), last)
        } else if token.kind.is_comment()
            && let Some(last) = end_of_comments(tokens, at)
        {
            (Shape::Comment, last)
        } else {
            (Shape::Token(token.kind), at)
        };
        if !token.kind.is_blank() {
            units.push(Node { shape, start: token.start, end: tokens[last].end });
        }
        at = last + 1;
    }
    units
}

/// The last token of the comments that begin at `at`; `None` if nothing follows them, for such
/// comments stay ungrouped.
fn end_of_comments(tokens: &[Token], at: usize) -> Option<usize> {
    let run = tokens[at..]
        .iter()
        .position(|token| !token.kind.is_comment() && token.kind != TokenKind::Newline)?;
    Some(at + run - 1)
}

struct Parser<'a> {
    text: &'a str,
    /// Where the statement ends in the text.
    end: usize,
    units: Vec<Node>,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Node> {
        self.units.get(self.at)
    }

    fn peek_is(&self, kind: TokenKind) -> bool {
        self.peek().is_some_and(|unit| unit.is(kind))
    }

    fn peek_text(&self, kind: TokenKind, any_of: &[&str]) -> bool {
        self.peek().is_some_and(|unit| unit.is(kind) && any_of.contains(&unit.text(self.text)))
    }

    /// Reads at a deeper level, and takes it back unless the node `fits`.
    fn read_if(
        &mut self,
        level: impl Fn(&mut Self) -> Option<Node>,
        fits: impl Fn(&Node) -> bool,
    ) -> Option<Node> {
        let before = self.at;
        let node = level(self).filter(fits);
        if node.is_none() {
            self.at = before;
        }
        node
    }

    /// Like [`Self::read_if`], behind the operator at the cursor; answers both.
    fn read_behind(
        &mut self,
        level: impl Fn(&mut Self) -> Option<Node>,
        fits: impl Fn(&Node) -> bool,
    ) -> Option<(Node, Node)> {
        let operator = self.peek()?.clone();
        self.at += 1;
        let right = self.read_if(level, fits);
        if right.is_none() {
            self.at -= 1;
        }
        Some((operator, right?))
    }

    /// `a, b, c`
    fn list(&mut self) -> Option<Node> {
        let text = self.text;
        let mut left = self.commented()?;
        while self.peek_text(TokenKind::Punctuation, &[","]) && is_listable(&left, text) {
            let Some((_, right)) =
                self.read_behind(Self::commented, |node| is_listable(node, text))
            else {
                break;
            };
            left = joined(Shape::List, &left, &right);
        }
        Some(left)
    }

    /// A group takes in the comments behind it.
    fn commented(&mut self) -> Option<Node> {
        let mut node = self.assigned()?;
        while node.token().is_none()
            && self.peek().is_some_and(|unit| unit.shape == Shape::Comment)
            && let Some(comment) = self.read_if(Self::assigned, |next| next.shape == Shape::Comment)
        {
            node.end = comment.end;
            if let Shape::Comparison(sides) = &mut node.shape {
                sides.comments += 1;
            }
        }
        Some(node)
    }

    /// `a := b`
    fn assigned(&mut self) -> Option<Node> {
        let mut left = self.aliased()?;
        let mut assignable = !left.is(TokenKind::Keyword);
        while assignable
            && self.peek_is(TokenKind::Assignment)
            && let Some((_, right)) =
                self.read_behind(Self::aliased, |node| !node.is(TokenKind::Keyword))
        {
            assignable = !right.is(TokenKind::Keyword);
            left = joined(Shape::Assignment, &left, &right);
        }
        Some(left)
    }

    /// `a b`: an identifier behind a complete piece reads as its alias.
    fn aliased(&mut self) -> Option<Node> {
        let left = self.named()?;
        let takes_alias = match &left.shape {
            Shape::Token(kind) => kind.is_number(),
            Shape::Enclosed(enclosure) => {
                matches!(enclosure, Enclosure::Parenthesis | Enclosure::Case)
            }
            Shape::Identifier | Shape::Function | Shape::Operation | Shape::Comparison(_) => true,
            _ => false,
        };
        if takes_alias && let Some(alias) = self.read_if(Self::named, Node::is_identifier) {
            return Some(joined(Shape::Identifier, &left, &alias));
        }
        Some(left)
    }

    /// `a AS b`
    fn named(&mut self) -> Option<Node> {
        let text = self.text;
        let mut left = self.comparison()?;
        let mut nameable = is_nameable(&left, text);
        while nameable
            && self.peek().is_some_and(|unit| unit.is_keyword(text, "AS"))
            && let Some((_, right)) =
                self.read_behind(Self::comparison, |node| !node.is(TokenKind::CommandKeyword))
        {
            nameable = is_nameable(&right, text);
            left = joined(Shape::Identifier, &left, &right);
        }
        Some(left)
    }

    /// `a = b`, and also `a = b = c`, which compares the first comparison once more.
    fn comparison(&mut self) -> Option<Node> {
        let text = self.text;
        let mut left = self.operation()?;
        let comparable = is_comparable(&left, text);
        while comparable
            && self.peek_is(TokenKind::Comparison)
            && let Some((operator, right)) =
                self.read_behind(Self::operation, |node| is_comparable(node, text))
        {
            let (start, end) = (left.start, right.end);
            let sides = Box::new(Sides { left, operator, right, comments: 0 });
            left = Node { shape: Shape::Comparison(sides), start, end };
        }
        Some(left)
    }

    /// `a + b * c`
    fn operation(&mut self) -> Option<Node> {
        let text = self.text;
        let mut left = self.typed()?;
        while (self.peek_is(TokenKind::Operator) || self.peek_is(TokenKind::Star))
            && is_operand(&left, text)
        {
            let Some((_, right)) = self.read_behind(Self::typed, |node| is_operand(node, text))
            else {
                break;
            };
            left = joined(Shape::Operation, &left, &right);
        }
        Some(left)
    }

    /// `date '2024-01-01'`, but not at the very start of the text.
    fn typed(&mut self) -> Option<Node> {
        let opens = self.at > 0;
        let left = self.cast()?;
        if opens && left.is(TokenKind::TypeName) && self.peek_is(TokenKind::Text) {
            let value = self.cast()?;
            return Some(joined(Shape::TypedText, &left, &value));
        }
        Some(left)
    }

    /// `a::b`
    fn cast(&mut self) -> Option<Node> {
        let mut left = self.directed()?;
        while self.peek_text(TokenKind::Punctuation, &["::"]) {
            let Some((_, right)) = self.read_behind(Self::directed, |_| true) else { break };
            left = joined(Shape::Identifier, &left, &right);
        }
        Some(left)
    }

    /// `a DESC`
    fn directed(&mut self) -> Option<Node> {
        let mut left = self.indexed()?;
        if left.is(TokenKind::Name) || left.is(TokenKind::Symbol) {
            left.shape = Shape::Identifier;
        }
        while (left.is_identifier() || left.token().is_some_and(TokenKind::is_number))
            && let Some(direction) = self.peek().filter(|unit| unit.is(TokenKind::Direction))
        {
            left = joined(Shape::Identifier, &left, direction);
            self.at += 1;
        }
        Some(left)
    }

    /// `a[0]`
    fn indexed(&mut self) -> Option<Node> {
        let brackets = Shape::Enclosed(Enclosure::Brackets);
        let mut left = self.member()?;
        while matches!(
            left.shape,
            Shape::Identifier
                | Shape::Function
                | Shape::Token(TokenKind::Name | TokenKind::Symbol)
                | Shape::Enclosed(Enclosure::Brackets)
        ) && let Some(index) = self.read_if(Self::member, |node| node.shape == brackets)
        {
            left = joined(Shape::Identifier, &left, &index);
        }
        Some(left)
    }

    /// `a.b.c`. A period with nothing fit behind it still makes an identifier of what is before it.
    fn member(&mut self) -> Option<Node> {
        let mut left = self.primary()?;
        let mut owner = is_owner(&left);
        while owner
            && (self.peek_text(TokenKind::Punctuation, &["."])
                || self.peek_text(TokenKind::Operator, &["->", "->>"]))
        {
            if let Some((_, right)) = self.read_behind(Self::primary, is_member) {
                owner = is_owner(&right);
                left = joined(Shape::Identifier, &left, &right);
            } else {
                let period = self.primary()?;
                left = joined(Shape::Identifier, &left, &period);
            }
        }
        Some(left)
    }

    /// One unit, `name(…)`, or `WHERE` with all that it governs.
    fn primary(&mut self) -> Option<Node> {
        let unit = self.peek()?.clone();
        self.at += 1;
        let names = matches!(
            unit.token(),
            Some(TokenKind::Name | TokenKind::TypeName | TokenKind::Placeholder)
        );
        if names && let Some(arguments) = self.peek().filter(|next| next.is_parenthesis()) {
            let function = joined(Shape::Function, &unit, arguments);
            self.at += 1;
            return Some(function);
        }
        if unit.is_keyword(self.text, "WHERE") {
            return Some(self.governed(&unit));
        }
        Some(unit)
    }

    fn governed(&mut self, keyword: &Node) -> Node {
        const ENDS: &[&str] = &[
            "ORDER BY",
            "GROUP BY",
            "LIMIT",
            "UNION",
            "UNION ALL",
            "EXCEPT",
            "INTERSECT",
            "HAVING",
            "RETURNING",
            "INTO",
        ];
        let ends = |unit: &Node| ENDS.iter().any(|word| unit.is_keyword(self.text, word));
        let length = self.units[self.at..].iter().position(ends);
        self.at = length.map_or(self.units.len(), |length| self.at + length);
        let end = self.peek().map_or(self.end, |unit| unit.start);
        Node { shape: Shape::Where, start: keyword.start, end }
    }
}

fn joined(shape: Shape, first: &Node, last: &Node) -> Node {
    Node { shape, start: first.start, end: last.end }
}

/// What may stand before a period.
fn is_owner(node: &Node) -> bool {
    matches!(
        node.shape,
        Shape::Identifier
            | Shape::Token(TokenKind::Name | TokenKind::Symbol)
            | Shape::Enclosed(Enclosure::Brackets)
    )
}

/// What may stand behind a period.
fn is_member(node: &Node) -> bool {
    matches!(
        node.shape,
        Shape::Function
            | Shape::Enclosed(Enclosure::Brackets)
            | Shape::Token(TokenKind::Name | TokenKind::Symbol | TokenKind::Star | TokenKind::Text)
    )
}

/// What may stand before `AS`.
fn is_nameable(node: &Node, text: &str) -> bool {
    let reserved = matches!(
        node.token(),
        Some(TokenKind::Keyword | TokenKind::CommandKeyword | TokenKind::Direction)
    );
    !reserved || node.is_keyword(text, "NULL")
}

/// What arithmetic takes on either side.
fn is_operand(node: &Node, text: &str) -> bool {
    match &node.shape {
        Shape::Token(kind) => match kind {
            TokenKind::Integer
            | TokenKind::Float
            | TokenKind::Text
            | TokenKind::Symbol
            | TokenKind::Name
            | TokenKind::Placeholder => true,
            TokenKind::Keyword => ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"]
                .iter()
                .any(|word| node.is_keyword(text, word)),
            _ => false,
        },
        Shape::Enclosed(enclosure) => {
            matches!(enclosure, Enclosure::Brackets | Enclosure::Parenthesis)
        }
        Shape::Function | Shape::Identifier | Shape::Operation | Shape::TypedText => true,
        _ => false,
    }
}

/// What a comparison takes on either side.
fn is_comparable(node: &Node, text: &str) -> bool {
    if node.is(TokenKind::Keyword) {
        return node.is_keyword(text, "NULL");
    }
    is_operand(node, text) && node.shape != Shape::Enclosed(Enclosure::Brackets)
}

/// What may stand before or behind a comma.
fn is_listable(node: &Node, text: &str) -> bool {
    match &node.shape {
        Shape::Token(TokenKind::Keyword | TokenKind::Star)
        | Shape::Function
        | Shape::Identifier
        | Shape::Comparison(_)
        | Shape::List
        | Shape::Operation => true,
        Shape::Token(_) => is_operand(node, text),
        Shape::Enclosed(enclosure) => *enclosure == Enclosure::Case,
        Shape::TypedText | Shape::Assignment | Shape::Comment | Shape::Where => false,
    }
}
