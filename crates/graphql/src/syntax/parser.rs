//! From tokens to a tree.

use super::lexer::{Lexer, Token};
use super::{
    Argument, Directive, Document, Field, Fragment, Kind, Operation, Selection, TypeRef, Value,
    VariableDefinition,
};

/// How deep selections, values and types may be nested in each other. Far beyond the depth that is
/// answered; it bounds the stack that reading takes.
const MAX_NESTING: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// The text is no GraphQL; the message says where and why.
    Syntax(String),
    /// The text is nested too deep to be read at all.
    TooDeep,
}

type Parsed<T> = Result<T, ParseError>;

/// Reads a request's document.
///
/// # Errors
/// When the text is not one.
pub(crate) fn parse(text: &str) -> Parsed<Document<'_>> {
    let mut parser = Parser::new(text)?;
    let mut document = Document::default();
    loop {
        match parser.token {
            Token::Name("fragment") => document.add_fragment(parser.fragment()?),
            _ => document.operations.push(parser.operation()?),
        }
        if parser.token == Token::End {
            return Ok(document);
        }
    }
}

/// Reads one construct after the other. Schemas are read with it too.
pub(crate) struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The token that is looked at.
    token: Token<'t>,
    /// Where that token begins, in bytes.
    start: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Parsed<Self> {
        let lexer = Lexer::new(text);
        let mut parser = Self { lexer, token: Token::End, start: 0, nesting: 0 };
        parser.advance()?;
        Ok(parser)
    }

    fn error<T>(&self, message: &str) -> Parsed<T> {
        let (line, column) = self.lexer.position(self.start);
        Err(ParseError::Syntax(format!("Syntax Error: {message} (line {line}, column {column})")))
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        self.error(&format!("Unexpected {}.", self.token))
    }

    /// The token, and on to the next.
    fn advance(&mut self) -> Parsed<Token<'t>> {
        self.lexer.skip_ignored();
        self.start = self.lexer.offset();
        match self.lexer.next() {
            Ok(next) => Ok(std::mem::replace(&mut self.token, next)),
            Err(message) => self.error(&message),
        }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.token == Token::End
    }

    /// Takes the mark if it is there.
    pub(crate) fn take(&mut self, mark: char) -> Parsed<bool> {
        let found = self.token == Token::Mark(mark);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(crate) fn expect(&mut self, mark: char) -> Parsed<()> {
        if self.take(mark)? {
            return Ok(());
        }
        self.error(&format!("Expected '{mark}', found {}.", self.token))
    }

    pub(crate) fn name(&mut self) -> Parsed<&'t str> {
        match self.token {
            Token::Name(name) => {
                self.advance()?;
                Ok(name)
            }
            _ => self.error(&format!("Expected Name, found {}.", self.token)),
        }
    }

    /// Takes a string if there is one: in schemas, the description of what follows.
    pub(crate) fn take_text(&mut self) -> Parsed<Option<String>> {
        if !matches!(self.token, Token::Text(_)) {
            return Ok(None);
        }
        match self.advance()? {
            Token::Text(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == MAX_NESTING {
            return Err(ParseError::TooDeep);
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// At least one of something between marks.
    pub(crate) fn many<T>(
        &mut self,
        open: char,
        close: char,
        mut read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(open)?;
        let mut items = vec![read(self)?];
        while !self.take(close)? {
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// As [`Self::many`], or nothing at all.
    pub(crate) fn optional_many<T>(
        &mut self,
        open: char,
        close: char,
        read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if self.token == Token::Mark(open) { self.many(open, close, read) } else { Ok(Vec::new()) }
    }

    fn operation(&mut self) -> Parsed<Operation<'t>> {
        let kind = match self.token {
            Token::Mark('{') => {
                return Ok(Operation {
                    kind: Kind::Query,
                    name: None,
                    variables: Vec::new(),
                    directives: Vec::new(),
                    selections: self.selections()?,
                });
            }
            Token::Name("query") => Kind::Query,
            Token::Name("mutation") => Kind::Mutation,
            Token::Name("subscription") => Kind::Subscription,
            _ => return self.unexpected(),
        };
        self.advance()?;
        let name = if matches!(self.token, Token::Name(_)) { Some(self.name()?) } else { None };
        Ok(Operation {
            kind,
            name,
            variables: self.optional_many('(', ')', Self::variable_definition)?,
            directives: self.directives()?,
            selections: self.selections()?,
        })
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition<'t>> {
        self.expect('$')?;
        let name = self.name()?;
        self.expect(':')?;
        let of = self.type_ref()?;
        let default = if self.take('=')? { Some(self.constant()?) } else { None };
        Ok(VariableDefinition { name, of, default, directives: self.directives()? })
    }

    fn fragment(&mut self) -> Parsed<Fragment<'t>> {
        self.advance()?;
        if self.token == Token::Name("on") {
            return self.unexpected();
        }
        let name = self.name()?;
        if self.token != Token::Name("on") {
            return self.error(&format!("Expected 'on', found {}.", self.token));
        }
        self.advance()?;
        let condition = self.name()?;
        let directives = self.directives()?;
        Ok(Fragment { name, condition, directives, selections: self.selections()? })
    }

    fn selections(&mut self) -> Parsed<Vec<Selection<'t>>> {
        self.nested(|parser| parser.many('{', '}', Self::selection))
    }

    fn selection(&mut self) -> Parsed<Selection<'t>> {
        if self.token != Token::Spread {
            return Ok(Selection::Field(self.field()?));
        }
        self.advance()?;
        let condition = match self.token {
            Token::Name("on") => {
                self.advance()?;
                Some(self.name()?)
            }
            Token::Name(name) => {
                self.advance()?;
                return Ok(Selection::Spread { name, directives: self.directives()? });
            }
            _ => None,
        };
        let directives = self.directives()?;
        Ok(Selection::Inline { condition, directives, selections: self.selections()? })
    }

    fn field(&mut self) -> Parsed<Field<'t>> {
        let first = self.name()?;
        let (alias, name) =
            if self.take(':')? { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let has_selections = self.token == Token::Mark('{');
        let selections = if has_selections { self.selections()? } else { Vec::new() };
        Ok(Field { alias, name, arguments, directives, selections })
    }

    fn arguments(&mut self) -> Parsed<Vec<Argument<'t>>> {
        self.optional_many('(', ')', |parser| {
            let name = parser.name()?;
            parser.expect(':')?;
            Ok(Argument { name, value: parser.value()? })
        })
    }

    fn directives(&mut self) -> Parsed<Vec<Directive<'t>>> {
        let mut directives = Vec::new();
        while self.take('@')? {
            let name = self.name()?;
            directives.push(Directive { name, arguments: self.arguments()? });
        }
        Ok(directives)
    }

    pub(crate) fn type_ref(&mut self) -> Parsed<TypeRef<'t>> {
        let of = if self.take('[')? {
            let inner = self.nested(Self::type_ref)?;
            self.expect(']')?;
            TypeRef::List(Box::new(inner))
        } else {
            TypeRef::Named(self.name()?)
        };
        Ok(if self.take('!')? { TypeRef::NonNull(Box::new(of)) } else { of })
    }

    fn value(&mut self) -> Parsed<Value<'t>> {
        if self.take('$')? {
            return Ok(Value::Variable(self.name()?));
        }
        self.nested(|parser| parser.literal(Self::value))
    }

    /// A value without variables.
    pub(crate) fn constant(&mut self) -> Parsed<Value<'t>> {
        if self.token == Token::Mark('$') {
            return self.error("Unexpected variable in constant value.");
        }
        self.nested(|parser| parser.literal(Self::constant))
    }

    /// Any value but a variable; those inside it are read by `inner`.
    fn literal(&mut self, inner: fn(&mut Self) -> Parsed<Value<'t>>) -> Parsed<Value<'t>> {
        let is_value = match self.token {
            Token::End | Token::Spread => false,
            Token::Mark(mark) => mark == '[' || mark == '{',
            _ => true,
        };
        if !is_value {
            return self.unexpected();
        }
        Ok(match self.advance()? {
            Token::Int(text) => Value::Int(text),
            Token::Float(text) => Value::Float(text),
            Token::Text(text) => Value::Text(text),
            Token::Name("true") => Value::Boolean(true),
            Token::Name("false") => Value::Boolean(false),
            Token::Name("null") => Value::Null,
            Token::Name(name) => Value::Enum(name),
            Token::Mark('[') => {
                let mut items = Vec::new();
                while !self.take(']')? {
                    items.push(inner(self)?);
                }
                Value::List(items)
            }
            _ => {
                let mut fields = Vec::new();
                while !self.take('}')? {
                    let name = self.name()?;
                    self.expect(':')?;
                    fields.push((name, inner(self)?));
                }
                Value::Object(fields)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_in_full() {
        let text = r#"
            query Q($a: [Int!]! = [1], $b: T) @component(name: "x") {
              one: f(x: $a, y: {k: [1.5, "s", E, null, true]}) @d { g }
              ... on T @d { h }
              ...F
            }
            fragment F on T { i }
            mutation { j }
        "#;
        let document = parse(text).unwrap();
        let [query, mutation] = document.operations.as_slice() else { panic!("{document:?}") };
        assert_eq!((query.kind, query.name), (Kind::Query, Some("Q")));
        assert_eq!(query.variables[0].of.to_string(), "[Int!]!");
        assert_eq!(query.variables[0].default, Some(Value::List(vec![Value::Int("1")])));
        assert_eq!(query.directives[0].name, "component");
        let Selection::Field(field) = &query.selections[0] else { panic!("{query:?}") };
        assert_eq!((field.key(), field.name), ("one", "f"));
        assert_eq!(field.arguments[1].value.to_string(), r#"{k: [1.5, "s", E, null, true]}"#);
        assert!(matches!(query.selections[1], Selection::Inline { condition: Some("T"), .. }));
        assert!(matches!(query.selections[2], Selection::Spread { name: "F", .. }));
        assert_eq!((mutation.kind, mutation.name), (Kind::Mutation, None));
        assert_eq!(document.fragments[0].condition, "T");
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        for (text, message) in [
            ("", "Unexpected <EOF>. (line 1, column 1)"),
            ("{ a\n", "Expected Name, found <EOF>. (line 2, column 1)"),
            ("{ }", "Expected Name, found '}'. (line 1, column 3)"),
            ("{a}}", "Unexpected '}'. (line 1, column 4)"),
            ("nonsense", "Unexpected Name 'nonsense'. (line 1, column 1)"),
            ("{...}", "Expected '{', found '}'. (line 1, column 5)"),
            ("{a(x: )}", "Unexpected ')'. (line 1, column 7)"),
            ("fragment on on X {a}", "Unexpected Name 'on'. (line 1, column 10)"),
            ("fragment F X {a}", "Expected 'on', found Name 'X'. (line 1, column 12)"),
            ("query($a: [Int) {a}", "Expected ']', found ')'. (line 1, column 15)"),
            (
                "query($a: Int = [$b]) {a}",
                "Unexpected variable in constant value. (line 1, column 18)",
            ),
            ("type A { b: Int }", "Unexpected Name 'type'. (line 1, column 1)"),
            ("{ é }", "Unexpected character: U+00E9. (line 1, column 3)"),
        ] {
            let expected = ParseError::Syntax(format!("Syntax Error: {message}"));
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn nesting_ends_somewhere() {
        for (open, close) in [("{a", "}"), ("{a(x:[", "])}"), ("{...", "}")] {
            let deep = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
            assert!(parse(&deep).is_err(), "{open}");
        }
        assert_eq!(parse(&"{a".repeat(200)).unwrap_err(), ParseError::TooDeep);
        let deep = format!("{{a(x:{}1{})}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(parse(&deep).unwrap_err(), ParseError::TooDeep);
        let deep = format!("query($a:{}Int{}){{a}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(parse(&deep).unwrap_err(), ParseError::TooDeep);
    }
}
