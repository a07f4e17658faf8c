//! Lists in parentheses.
//!
//! Compat: MLflow reads `('a', 'b')` as a Python literal. So two texts side by side are one,
//! backslashes escape, and a list of lists names its items in the refusal as Python prints them.

use python::{repr_float, repr_text};

/// A Python literal, as far as a filter can use one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    /// Anything else, as Python prints it.
    Other(String),
    /// Items in parentheses. A lone value in parentheses is that value itself, unless a comma
    /// follows it.
    Tuple(Vec<Value>),
}

/// Reads the whole of `text` as one literal; `None` if it is ill-formed.
pub(crate) fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text, depth: 0 };
    let value = reader.value()?;
    reader.skip_blanks();
    reader.rest.is_empty().then_some(value)
}

impl Value {
    /// The way of Python's `repr`.
    pub(crate) fn printed(&self) -> String {
        match self {
            Self::Text(text) => repr_text(text),
            Self::Other(printed) => printed.clone(),
            Self::Tuple(items) => {
                let comma = if items.len() == 1 { "," } else { "" };
                let items: Vec<_> = items.iter().map(Self::printed).collect();
                format!("({}{comma})", items.join(", "))
            }
        }
    }
}

/// Deeper lists are ill-formed, for Python as well.
const DEEPEST_NESTING: usize = 200;

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        let blank = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}');
        self.rest = self.rest.trim_start_matches(blank);
        while self.rest.starts_with('#') {
            let line = self.rest.find('\n').unwrap_or(self.rest.len());
            self.rest = self.rest[line..].trim_start_matches(blank);
        }
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip_blanks();
        let stripped = self.rest.strip_prefix(mark);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn value(&mut self) -> Option<Value> {
        if self.take('(') {
            let (mut items, commas) = self.items(')')?;
            return if commas == 0 && items.len() == 1 {
                items.pop()
            } else {
                Some(Value::Tuple(items))
            };
        }
        if self.take('[') {
            let (items, _) = self.items(']')?;
            let printed: Vec<_> = items.iter().map(Value::printed).collect();
            return Some(Value::Other(format!("[{}]", printed.join(", "))));
        }
        if self.opens_text() {
            let mut text = String::new();
            while self.opens_text() {
                text.push_str(&self.text()?);
                self.skip_blanks();
            }
            return Some(Value::Text(text));
        }
        self.scalar().map(Value::Other)
    }

    /// Items up to `close`, and how many commas stand among them.
    fn items(&mut self, close: char) -> Option<(Vec<Value>, usize)> {
        let (mut items, mut commas) = (Vec::new(), 0);
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            return None;
        }
        while !self.take(close) {
            if items.len() != commas {
                return None;
            }
            items.push(self.value()?);
            commas += usize::from(self.take(','));
        }
        self.depth -= 1;
        Some((items, commas))
    }

    fn scalar(&mut self) -> Option<String> {
        let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-'));
        let length = self.rest.find(end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        if matches!(word, "True" | "False" | "None") {
            return Some(word.to_owned());
        }
        let number = word.replace('_', "");
        let digits = number.trim_start_matches(['+', '-']);
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let leads = digits.len() > 1 && digits.starts_with('0');
            return (!leads || digits.trim_matches('0').is_empty())
                .then(|| number.trim_start_matches('+').to_owned());
        }
        number.parse().ok().map(repr_float)
    }

    /// The prefix letters of the quoted text that begins here, if one does.
    fn text_prefix(&self) -> Option<&str> {
        let prefix = &self.rest[..self.rest.find(['\'', '"'])?];
        matches!(prefix, "" | "u" | "U" | "r" | "R").then_some(prefix)
    }

    fn opens_text(&self) -> bool {
        self.text_prefix().is_some()
    }

    fn text(&mut self) -> Option<String> {
        let prefix = self.text_prefix()?;
        let raw = prefix.eq_ignore_ascii_case("r");
        let body = &self.rest[prefix.len()..];
        let quote = body.chars().next()?;
        let triple: String = [quote; 3].iter().collect();
        let delimiter = if body.starts_with(&triple) { triple } else { quote.to_string() };
        self.rest = &body[delimiter.len()..];
        self.text_body(&delimiter, raw)
    }

    fn text_body(&mut self, delimiter: &str, raw: bool) -> Option<String> {
        let mut text = String::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(delimiter) {
                self.rest = rest;
                return Some(text);
            }
            let c = self.next()?;
            match c {
                '\n' if delimiter.len() == 1 => return None,
                '\\' if raw => {
                    text.push(c);
                    text.push(self.next()?);
                }
                '\\' => self.escape(&mut text)?,
                _ => text.push(c),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        let c = self.next()?;
        let plain = match c {
            '\n' => return Some(()),
            '\\' | '\'' | '"' => c,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.code(2, 16)?,
            'u' => self.code(4, 16)?,
            'U' => self.code(8, 16)?,
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| matches!(b, b'0'..=b'7'));
                let length = more.count();
                let (digits, rest) = self.rest.split_at(length);
                let code = u32::from_str_radix(&format!("{c}{digits}"), 8).ok()?;
                self.rest = rest;
                char::from_u32(code)?
            }
            _ => {
                text.push('\\');
                c
            }
        };
        text.push(plain);
        Some(())
    }

    fn code(&mut self, length: usize, radix: u32) -> Option<char> {
        let digits = self.rest.get(..length)?;
        self.rest = &self.rest[length..];
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        char::from_u32(u32::from_str_radix(digits, radix).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        match literal(text).unwrap() {
            Value::Text(text) => vec![text],
            Value::Tuple(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::Text(text) => text,
                    other => panic!("{other:?} is no text"),
                })
                .collect(),
            other @ Value::Other(_) => panic!("{other:?} is no text"),
        }
    }

    #[test]
    fn reads_texts() {
        assert_eq!(texts("('a', \"b\")"), ["a", "b"]);
        assert_eq!(texts("( 'a' , )"), ["a"]);
        assert_eq!(texts("(('a', 'b'))"), ["a", "b"]);
        assert_eq!(texts("()"), [""; 0]);
        assert_eq!(texts("('it''s')"), ["its"]);
        assert_eq!(texts(r"('a\'\x41\n\q', r'\n')"), ["a'A\n\\q", "\\n"]);
    }

    #[test]
    fn refuses_what_python_cannot_read() {
        for text in ["(a)", "('a' b)", "('a',,)", "(,)", "('a", "('\n')", "(01)", "('a') 'b' c"] {
            assert_eq!(literal(text), None, "{text}");
        }
        let deep = "(".repeat(100_000);
        assert_eq!(literal(&deep), None);
    }

    #[test]
    fn prints_like_python() {
        let printed = |text| literal(text).unwrap().printed();
        assert_eq!(printed("(1)"), "1");
        assert_eq!(printed("('a', 1.50, None,)"), "('a', 1.5, None)");
        assert_eq!(printed("(['a'], ('b',))"), "(['a'], ('b',))");
    }
}
