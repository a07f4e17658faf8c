//! Filter text to tokens.
//!
//! Compat: MLflow reads filters with a general SQL tokenizer. What a filter may look like, and how
//! a refusal words it, follows from that tokenizer's reading, so this one reads the same tokens,
//! in the same order of preference.

use super::{
    quoting::end_of_quoted,
    reserved::{PHRASES, kind_of_word},
    token::{Token, TokenKind},
};

/// A kind and the byte where the token ends.
type Found = Option<(TokenKind, usize)>;

/// Reads tokens one by one. Every byte belongs to exactly one token; no text is refused.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where the last `*/` begins: behind it no comment needs to look for its end.
    last_comment_end: usize,
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let next = self.rest().chars().next()?;
        let start = self.at;
        let (kind, end) = self.token(next).unwrap_or((TokenKind::Unknown, start + next.len_utf8()));
        self.at = end;
        Some(Token { kind, start, end })
    }
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, last_comment_end: text.rfind("*/").unwrap_or(0) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn previous(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    #[expect(clippy::unnecessary_wraps, reason = "every reading ends in it")]
    fn here(&self, kind: TokenKind, length: usize) -> Found {
        Some((kind, self.at + length))
    }

    /// The first reading that fits, in order of preference.
    fn token(&self, next: char) -> Found {
        self.comment()
            .or_else(|| self.blank(next))
            .or_else(|| self.mark())
            .or_else(|| self.quoted_name(next))
            .or_else(|| self.placeholder(next))
            .or_else(|| self.name_by_context(next))
            .or_else(|| self.number())
            .or_else(|| self.quoted_text(next))
            .or_else(|| self.bracketed_name(next))
            .or_else(|| self.phrase())
            .or_else(|| self.word(next))
            .or_else(|| self.operator(next))
    }

    fn comment(&self) -> Found {
        let rest = self.rest();
        if let Some(inside) = rest.strip_prefix("/*") {
            if self.at + 2 > self.last_comment_end {
                return None;
            }
            let close = inside.find("*/")?;
            return self.here(TokenKind::BlockComment, 2 + close + 2);
        }
        if !(rest.starts_with("--") || rest.starts_with("# ")) {
            return None;
        }
        let length = match rest.find(['\r', '\n']) {
            Some(line) => line + newline_length(&rest[line..]),
            None => rest.len(),
        };
        self.here(TokenKind::LineComment, length)
    }

    fn blank(&self, next: char) -> Found {
        match next {
            '\r' | '\n' => self.here(TokenKind::Newline, newline_length(self.rest())),
            _ if is_space(next) => self.here(TokenKind::Space, next.len_utf8()),
            _ => None,
        }
    }

    fn mark(&self) -> Found {
        let rest = self.rest();
        if rest.starts_with(":=") {
            self.here(TokenKind::Assignment, 2)
        } else if rest.starts_with("::") {
            self.here(TokenKind::Punctuation, 2)
        } else if rest.starts_with('*') {
            self.here(TokenKind::Star, 1)
        } else {
            None
        }
    }

    fn quoted_name(&self, next: char) -> Found {
        if !matches!(next, '`' | '´') {
            return None;
        }
        let end = end_of_quoted(self.text, self.at, next, false)?;
        Some((TokenKind::Name, end))
    }

    fn placeholder(&self, next: char) -> Found {
        let rest = self.rest();
        let after = &rest[next.len_utf8()..];
        match next {
            '?' => self.here(TokenKind::Placeholder, 1),
            '%' => {
                let name = percent_name_length(after);
                let conversion = after[name..].starts_with(['s', 'S', 'ſ']);
                let width = after[name..].chars().next().map_or(0, char::len_utf8);
                if conversion { self.here(TokenKind::Placeholder, 1 + name + width) } else { None }
            }
            '$' | ':' => {
                let name = word_length(after);
                let attached = self.previous().is_some_and(is_word);
                if name == 0 || attached {
                    return None;
                }
                self.here(TokenKind::Placeholder, 1 + name)
            }
            '\\' => match word_length(after) {
                0 => None,
                name => self.here(TokenKind::Backslashed, 1 + name),
            },
            _ => None,
        }
    }

    /// Words that their neighbours decide: reserved ones become names beside a period or before
    /// a parenthesis.
    fn name_by_context(&self, next: char) -> Found {
        let rest = self.rest();
        let sigils = rest.len() - rest.trim_start_matches(['@', '#']).len();
        if matches!(&rest[..sigils], "@" | "#" | "##") {
            let name = &rest[sigils..];
            let length = word_length(name);
            if name.chars().next().is_some_and(is_letter) && name[..length].chars().count() >= 2 {
                return self.here(TokenKind::Name, sigils + length);
            }
        }
        let length = word_length(rest);
        let word = &rest[..length];
        // Compat: these stay reserved even behind a period, so `params.in = 'x'` is refused where
        // `` params.`in` = 'x' `` is not.
        if ["CASE", "IN", "VALUES", "USING", "FROM", "AS"]
            .iter()
            .any(|reserved| word.eq_ignore_ascii_case(reserved))
        {
            return self.here(TokenKind::Keyword, length);
        }
        if !is_letter(next) {
            return None;
        }
        let after = &rest[length..];
        let owner = after.trim_start_matches(is_space).strip_prefix('.');
        let owns_member = owner.is_some_and(|member| !member.starts_with(is_digit));
        if owns_member || self.previous() == Some('.') || after.starts_with('(') {
            return self.here(TokenKind::Name, length);
        }
        None
    }

    fn number(&self) -> Found {
        let (kind, length) = number(self.rest())?;
        self.here(kind, length)
    }

    fn quoted_text(&self, next: char) -> Found {
        let kind = match next {
            '\'' => TokenKind::Text,
            '"' => TokenKind::Symbol,
            _ => return None,
        };
        Some((kind, end_of_quoted(self.text, self.at, next, true)?))
    }

    fn bracketed_name(&self, next: char) -> Found {
        let attached = |c: char| is_word(c) || matches!(c, ']' | ')');
        if next != '[' || self.previous().is_some_and(attached) {
            return None;
        }
        let inside = &self.rest()[1..];
        let length = inside.find(['[', ']'])?;
        if length == 0 || inside[length..].starts_with('[') {
            return None;
        }
        self.here(TokenKind::Name, length + 2)
    }

    fn phrase(&self) -> Found {
        let rest = self.rest();
        let first = &rest[..word_length(rest)];
        let may_be = |words: &[&str]| words[0].eq_ignore_ascii_case(first);
        PHRASES.iter().filter(|(words, _)| may_be(words)).find_map(|(words, kind)| {
            let length = phrase_length(rest, words)?;
            self.here(*kind, length)
        })
    }

    fn word(&self, next: char) -> Found {
        if !is_word(next) {
            return None;
        }
        let rest = self.rest();
        let length =
            rest.find(|c: char| !is_word(c) && !matches!(c, '$' | '#')).unwrap_or(rest.len());
        self.here(kind_of_word(&rest[..length]), length)
    }

    fn operator(&self, next: char) -> Found {
        let rest = self.rest();
        if matches!(next, ';' | ':' | '(' | ')' | '[' | ']' | ',' | '.') {
            return self.here(TokenKind::Punctuation, 1);
        }
        let json = ["->>", "->", "#>>", "#>", "@>", "<@", "-", "#-"];
        if let Some(operator) = json.iter().find(|operator| rest.starts_with(**operator)) {
            return self.here(TokenKind::Operator, operator.len());
        }
        let run = |set: &[char]| rest.len() - rest.trim_start_matches(set).len();
        match run(&['<', '>', '=', '~', '!']) {
            0 => {}
            length => return self.here(TokenKind::Comparison, length),
        }
        match run(&['+', '/', '@', '#', '%', '^', '&', '|', '-']) {
            0 => None,
            length => self.here(TokenKind::Operator, length),
        }
    }
}

/// The number that `text` opens with.
///
/// Compat: a number may not run into a letter, but gives up digits to escape it: `12a` reads as
/// the number `1` and the name `2a`. An exponent takes `-` but no `+`.
fn number(text: &str) -> Option<(TokenKind, usize)> {
    let sign = usize::from(text.starts_with('-'));
    let unsigned = &text[sign..];
    let whole = digits(unsigned);
    if unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x")) {
        let hexadecimal = unsigned[2..].len()
            - unsigned[2..].trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        if hexadecimal > 0 {
            return Some((TokenKind::Hexadecimal, sign + 2 + hexadecimal));
        }
    }
    if let Some(length) = exponent_form(unsigned, whole) {
        return Some((TokenKind::Float, sign + length));
    }
    let after_whole = &unsigned[whole..];
    if let Some(fraction) = after_whole.strip_prefix('.') {
        let least = usize::from(whole == 0);
        if let Some(length) = free_of_letters(fraction, digits(fraction), least) {
            return Some((TokenKind::Float, sign + whole + 1 + length));
        }
    }
    let length = free_of_letters(unsigned, whole, 1)?;
    Some((TokenKind::Integer, sign + length))
}

/// `1e5`, `1.5E-3`: the length, without a sign.
fn exponent_form(unsigned: &str, whole: usize) -> Option<usize> {
    if whole == 0 {
        return None;
    }
    let fraction = match unsigned[whole..].strip_prefix('.').map_or(0, digits) {
        0 => 0,
        length => 1 + length,
    };
    let mantissa = whole + fraction;
    let exponent = unsigned[mantissa..].strip_prefix(['e', 'E'])?;
    let sign = usize::from(exponent.starts_with('-'));
    match digits(&exponent[sign..]) {
        0 => None,
        length => Some(mantissa + 1 + sign + length),
    }
}

/// The most digits of `text`, between `least` and `most`, that no letter follows.
fn free_of_letters(text: &str, most: usize, least: usize) -> Option<usize> {
    (least..=most)
        .rev()
        .take(2)
        .find(|length| !text[*length..].starts_with(|c: char| c == '_' || is_letter(c)))
}

fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_digit).len()
}

/// The length of `words` at the start of `text`, with blanks between them and a word's end behind.
fn phrase_length(text: &str, words: &[&str]) -> Option<usize> {
    let mut at = 0;
    for (index, word) in words.iter().enumerate() {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start_matches(is_space).len();
        if (index > 0) != (blanks > 0) {
            return None;
        }
        let length = word_length(&rest[blanks..]);
        if !rest[blanks..blanks + length].eq_ignore_ascii_case(word) {
            return None;
        }
        at += blanks + length;
    }
    Some(at)
}

fn percent_name_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('(') else { return 0 };
    match word_length(inside) {
        length if length > 0 && inside[length..].starts_with(')') => length + 2,
        _ => 0,
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !is_word(c)).unwrap_or(text.len())
}

fn newline_length(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { 1 }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Letters that may open a name beside a period: Latin-1 without `÷`, and the letters that fold to
/// ASCII ones.
fn is_letter(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | 'À'..='Ü' | 'à'..='ö' | 'ø'..='ü')
        || matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212a}' | '\u{212b}')
}

/// White space, with the four separator characters that count as such in Python.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::{TokenKind::*, *};

    fn read(text: &str) -> Vec<(TokenKind, &str)> {
        Lexer::new(text)
            .filter(|token| !token.kind.is_blank())
            .map(|token| (token.kind, &text[token.start..token.end]))
            .collect()
    }

    #[test]
    fn covers_every_byte_once() {
        let text = "metrics.`a b` >= -1.5e-3 -- done\r\nAND 'é' ∆";
        let mut at = 0;
        for token in Lexer::new(text) {
            assert_eq!(token.start, at);
            at = token.end;
        }
        assert_eq!(at, text.len());
    }

    #[test]
    fn numbers() {
        assert_eq!(read("-1"), [(Integer, "-1")]);
        assert_eq!(read("1."), [(Float, "1.")]);
        assert_eq!(read(".5"), [(Float, ".5")]);
        assert_eq!(read("1.5e-3"), [(Float, "1.5e-3")]);
        assert_eq!(read("1E5"), [(Float, "1E5")]);
        assert_eq!(read("0x1F"), [(Hexadecimal, "0x1F")]);
        assert_eq!(read("12a"), [(Integer, "1"), (Name, "2a")]);
        assert_eq!(read("1.25a"), [(Float, "1.2"), (Name, "5a")]);
        assert_eq!(read("1e+5"), [(Name, "1e"), (Operator, "+"), (Integer, "5")]);
    }

    #[test]
    fn a_period_makes_names_of_reserved_words() {
        assert_eq!(read("order"), [(Keyword, "order")]);
        assert_eq!(read("tags.order"), [(Name, "tags"), (Punctuation, "."), (Name, "order")]);
        assert_eq!(read("tags.in"), [(Name, "tags"), (Punctuation, "."), (Keyword, "in")]);
        assert_eq!(read("order .x")[0], (Name, "order"));
    }

    #[test]
    fn phrases_take_any_blanks() {
        assert_eq!(read("NOT  \n like"), [(Comparison, "NOT  \n like")]);
        assert_eq!(read("not null"), [(Keyword, "not null")]);
        assert_eq!(read("nullsfirst"), [(Name, "nullsfirst")]);
        assert_eq!(read("DESC NULLS LAST"), [(Direction, "DESC NULLS LAST")]);
    }

    #[test]
    fn an_open_quote_starts_nothing() {
        assert_eq!(read("'x"), [(Unknown, "'"), (Name, "x")]);
        assert_eq!(read("`x"), [(Unknown, "`"), (Name, "x")]);
    }
}
