//! From text to tokens.

use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    End,
    Mark(char),
    /// `...`.
    Spread,
    Name(&'t str),
    Int(&'t str),
    Float(&'t str),
    /// A string's content, quotes and escapes resolved.
    Text(String),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::End => out.write_str("<EOF>"),
            Token::Mark(mark) => write!(out, "'{mark}'"),
            Token::Spread => out.write_str("'...'"),
            Token::Name(text) => write!(out, "Name '{text}'"),
            Token::Int(text) => write!(out, "Int '{text}'"),
            Token::Float(text) => write!(out, "Float '{text}'"),
            Token::Text(text) => write!(out, "String '{text}'"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Where the rest begins, in bytes.
    at: usize,
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the rest begins, in bytes.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Line and column, both from 1, of a place in the text.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let lines = before.matches('\n').count() + 1;
        (lines, before[line_start..].chars().count() + 1)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes the bytes that fit, which must be ASCII.
    fn take_while(&mut self, fits: fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !fits(byte)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Steps over what means nothing: blanks, commas, comments, a byte order mark.
    pub(super) fn skip_ignored(&mut self) {
        loop {
            let rest = self.rest();
            let kept = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', '\u{feff}']);
            self.at += rest.len() - kept.len();
            if !kept.starts_with('#') {
                return;
            }
            self.at += kept.find(['\n', '\r']).unwrap_or(kept.len());
        }
    }

    /// The next token. Its start is where [`Self::skip_ignored`] stops.
    pub(super) fn next(&mut self) -> Result<Token<'t>, String> {
        self.skip_ignored();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        match first {
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '=' | '!' | '|' | '$' | '&' | '@' => {
                self.at += 1;
                Ok(Token::Mark(first))
            }
            '.' if rest.starts_with("...") => {
                self.at += 3;
                Ok(Token::Spread)
            }
            '"' if rest.starts_with("\"\"\"") => self.block_text(),
            '"' => self.line_text(),
            '-' | '0'..='9' => self.number(),
            '_' | 'a'..='z' | 'A'..='Z' => Ok(Token::Name(self.take_while(is_name))),
            other => Err(unexpected(other)),
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        if self.take_while(|byte| byte.is_ascii_digit()).is_empty() {
            let found = self.rest().chars().next().map_or("<EOF>".to_owned(), quoted);
            return Err(format!("Invalid number, expected digit but got: {found}."));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Token<'t>, String> {
        let start = self.at;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        if self.rest().starts_with('0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_float = false;
        if self.rest().starts_with('.') {
            is_float = true;
            self.at += 1;
            self.digits()?;
        }
        if self.rest().starts_with(['e', 'E']) {
            is_float = true;
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            self.digits()?;
        }
        if let Some(next) = self.rest().chars().next()
            && (next == '.' || u8::try_from(next).is_ok_and(is_name))
        {
            return Err(format!("Invalid number, unexpected {} behind it.", quoted(next)));
        }
        let text = &self.text[start..self.at];
        Ok(if is_float { Token::Float(text) } else { Token::Int(text) })
    }

    fn line_text(&mut self) -> Result<Token<'t>, String> {
        self.at += 1;
        let mut content = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(['"', '\\', '\n', '\r']).unwrap_or(rest.len());
            content.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes().get(end) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Token::Text(content));
                }
                Some(b'\\') => content.push(self.escape()?),
                _ => return Err("Unterminated string.".to_owned()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let rest = self.rest();
        let letter = rest[1..].chars().next().unwrap_or(' ');
        let plain = match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, length) =
                    unicode(rest).ok_or_else(|| "Invalid Unicode escape sequence.".to_owned())?;
                self.at += length;
                return Ok(character);
            }
            other => return Err(format!("Invalid character escape sequence: '\\{other}'.")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn block_text(&mut self) -> Result<Token<'t>, String> {
        self.at += 3;
        let mut raw = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find("\"\"\"").ok_or_else(|| "Unterminated string.".to_owned())?;
            self.at += end + 3;
            let Some(before) = rest[..end].strip_suffix('\\') else {
                raw.push_str(&rest[..end]);
                return Ok(Token::Text(dedented(&raw)));
            };
            raw.push_str(before);
            raw.push_str("\"\"\"");
        }
    }
}

fn quoted(character: char) -> String {
    format!("'{character}'")
}

fn unexpected(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("Unexpected character: {}.", quoted(character))
    } else {
        format!("Unexpected character: U+{:04X}.", u32::from(character))
    }
}

/// The character that an escape at the start of `text` stands for, and the escape's length.
fn unicode(text: &str) -> Option<(char, usize)> {
    let hex = |digits: &str| {
        let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| sound)
    };
    let unit = |text: &str| text.strip_prefix("\\u").and_then(|text| text.get(..4)).and_then(hex);
    if let Some(braced) = text.strip_prefix("\\u{") {
        let end = braced.find('}')?;
        return Some((char::from_u32(hex(&braced[..end])?)?, end + 4));
    }
    let high = unit(text)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = unit(text.get(6..)?).filter(|low| (0xdc00..0xe000).contains(low))?;
    Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12))
}

/// A block string's content: without the indentation that all lines but the first share, and
/// without blank lines at its ends.
fn dedented(raw: &str) -> String {
    let unified = raw.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unified.split('\n').collect();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let is_blank = |line: &str| indent(line) == line.len();
    let behind_first = lines.iter().skip(1).filter(|line| !is_blank(line));
    let common = behind_first.map(|line| indent(line)).min().unwrap_or(0);
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else { return String::new() };
    let last = lines.iter().rposition(|line| !is_blank(line)).unwrap_or(first);
    let cut = (first..=last).map(|index| {
        let line = lines[index];
        if index == 0 { line } else { line.get(common..).unwrap_or_default() }
    });
    cut.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        loop {
            match lexer.next()? {
                Token::End => return Ok(found),
                token => found.push(token),
            }
        }
    }

    fn text(written: &str) -> Result<String, String> {
        match tokens(written)?.as_slice() {
            [Token::Text(text)] => Ok(text.clone()),
            other => panic!("{written}: {other:?}"),
        }
    }

    #[test]
    fn blanks_commas_and_comments_mean_nothing() {
        let found = tokens("\u{feff}{ a,,b # c }\r\n...d }").unwrap();
        let names = [Token::Mark('{'), Token::Name("a"), Token::Name("b"), Token::Spread];
        assert_eq!(found[..4], names);
        assert_eq!(found[4..], [Token::Name("d"), Token::Mark('}')]);
    }

    #[test]
    fn numbers() {
        assert_eq!(tokens("-12 0").unwrap(), [Token::Int("-12"), Token::Int("0")]);
        for float in ["1.5", "-0.25e+3", "1E9"] {
            assert_eq!(tokens(float).unwrap(), [Token::Float(float)]);
        }
        for bad in ["01", "-", "1.", ".5", "1e", "1a", "1.5.2", "+1"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn strings() {
        assert_eq!(text(r#""a\n\"\\\/é\t""#).unwrap(), "a\n\"\\/é\t");
        assert_eq!(text(r#""\u0041\u{1F600}\ud83d\ude00""#).unwrap(), "A😀😀");
        assert_eq!(text("\"\"").unwrap(), "");
        for bad in [r#""a"#, "\"a\nb\"", r#""\q""#, r#""\u12""#, r#""\ud83d""#, r#""\u{}""#, "\"\\"]
        {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn block_strings_lose_their_indentation() {
        assert_eq!(text("\"\"\"\n    a\n      b\n\n    c\n  \"\"\"").unwrap(), "a\n  b\n\nc");
        assert_eq!(text("\"\"\"one \\\"\"\" two\"\"\"").unwrap(), "one \"\"\" two");
        assert_eq!(text("\"\"\"\n \n\"\"\"").unwrap(), "");
        assert!(tokens("\"\"\"a\"\"").is_err());
    }
}
