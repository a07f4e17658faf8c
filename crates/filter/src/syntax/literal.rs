//! Lists in parentheses.
//!
//! Compat: MLflow reads `('a', 'b')` as a Python literal. So two texts side by side are one,
//! backslashes escape, and a list of lists names its items in the refusal as Python prints them.

use super::repr::{repr_float, repr_text};

/// Why a list is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NoList {
    IllFormed,
    /// Holds something besides texts. The whole list as Python prints it.
    Mixed(String),
}

enum Value {
    Text(String),
    /// Anything else, as Python prints it.
    Other(String),
    /// Items of a list in parentheses; a lone value in parentheses is that value itself.
    Tuple(Vec<Value>),
}

/// The texts of `(…)`, possibly none.
pub(crate) fn text_list(parenthesis: &str) -> Result<Vec<String>, NoList> {
    let mut reader = Reader { rest: parenthesis, depth: 0 };
    let value = reader.value().ok_or(NoList::IllFormed)?;
    reader.skip_blanks();
    if !reader.rest.is_empty() {
        return Err(NoList::IllFormed);
    }
    let items = match value {
        Value::Tuple(items) => items,
        single => vec![single],
    };
    if items.iter().all(|item| matches!(item, Value::Text(_))) {
        return Ok(items
            .into_iter()
            .filter_map(|item| match item {
                Value::Text(text) => Some(text),
                _ => None,
            })
            .collect());
    }
    Err(NoList::Mixed(Value::Tuple(items).printed()))
}

impl Value {
    fn printed(&self) -> String {
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

    fn read(text: &str) -> Result<Vec<String>, NoList> {
        text_list(text)
    }

    #[test]
    fn texts() {
        assert_eq!(read("('a', \"b\")").unwrap(), ["a", "b"]);
        assert_eq!(read("( 'a' , )").unwrap(), ["a"]);
        assert_eq!(read("(('a', 'b'))").unwrap(), ["a", "b"]);
        assert_eq!(read("()").unwrap(), [""; 0]);
        assert_eq!(read("('it''s')").unwrap(), ["its"]);
        assert_eq!(read(r"('a\'\x41\n\q', r'\n')").unwrap(), ["a'A\n\\q", "\\n"]);
    }

    #[test]
    fn refusals() {
        for text in ["(a)", "('a' b)", "('a',,)", "(,)", "('a", "('\n')", "(01)", "('a') 'b' c"] {
            assert_eq!(read(text), Err(NoList::IllFormed), "{text}");
        }
        let mixed = |text: &str| Err(NoList::Mixed(text.to_owned()));
        assert_eq!(read("(1)"), mixed("(1,)"));
        assert_eq!(read("('a', 1.50, None)"), mixed("('a', 1.5, None)"));
        assert_eq!(read("(['a'], ('b', 'c'))"), mixed("(['a'], ('b', 'c'))"));
    }
}
