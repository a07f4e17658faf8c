//! Which tokens lie together between delimiters.

use super::token::{Token, TokenKind};

/// What a pair of delimiters encloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enclosure {
    Brackets,
    Parenthesis,
    Case,
    Block,
}

/// Enclosures in the order in which they claim their delimiters: a bracket pair wins over a
/// parenthesis that crosses it.
const FAMILIES: &[(Enclosure, &[&str], &str)] = &[
    (Enclosure::Brackets, &["["], "]"),
    (Enclosure::Parenthesis, &["("], ")"),
    (Enclosure::Case, &["CASE"], "END"),
    (Enclosure::Block, &["IF"], "END IF"),
    (Enclosure::Block, &["FOR", "FOREACH"], "END LOOP"),
    (Enclosure::Block, &["BEGIN"], "END"),
];

/// For each token that opens an enclosure, what it is and where it closes.
pub(crate) struct Enclosures {
    closing: Vec<Option<(Enclosure, usize)>>,
}

impl Enclosures {
    /// Pairs the delimiters of `tokens`. One without its partner stays an ordinary token.
    pub(crate) fn find(text: &str, tokens: &[Token]) -> Self {
        let mut found = Self { closing: vec![None; tokens.len()] };
        for (enclosure, openers, closer) in FAMILIES {
            let plays = |token: &Token, part: &str| {
                matches!(token.kind, TokenKind::Punctuation | TokenKind::Keyword)
                    && text[token.start..token.end].eq_ignore_ascii_case(part)
            };
            let opens = |token: &Token| openers.iter().any(|opener| plays(token, opener));
            if tokens.iter().any(opens) {
                found.pair(*enclosure, tokens, opens, |token| plays(token, closer));
            }
        }
        found
    }

    /// Pairs one family, each pair within a single enclosure of the families before it.
    fn pair(
        &mut self,
        enclosure: Enclosure,
        tokens: &[Token],
        opens: impl Fn(&Token) -> bool,
        closes: impl Fn(&Token) -> bool,
    ) {
        let earlier = self.closing.clone();
        // Innermost last: the end of an enclosure and its openings that still wait for a partner.
        let mut levels: Vec<(usize, Vec<usize>)> = vec![(tokens.len(), Vec::new())];
        for (index, token) in tokens.iter().enumerate() {
            while levels.len() > 1 && levels.last().is_some_and(|(end, _)| *end <= index) {
                levels.pop();
            }
            let Some((_, waiting)) = levels.last_mut() else { return };
            if let Some((_, end)) = earlier[index] {
                levels.push((end, Vec::new()));
            } else if opens(token) {
                waiting.push(index);
            } else if closes(token)
                && let Some(opening) = waiting.pop()
            {
                self.closing[opening] = Some((enclosure, index));
            }
        }
    }

    /// The enclosure that the token at `index` opens, and the index of its last token.
    pub(crate) fn opened_at(&self, index: usize) -> Option<(Enclosure, usize)> {
        self.closing[index]
    }

    /// How many enclosures the deepest token lies in.
    pub(crate) fn depth(&self) -> usize {
        let mut ends: Vec<usize> = Vec::new();
        let mut deepest = 0;
        for (index, closing) in self.closing.iter().enumerate() {
            while ends.last().is_some_and(|end| *end < index) {
                ends.pop();
            }
            if let Some((_, end)) = closing {
                ends.push(*end);
                deepest = deepest.max(ends.len());
            }
        }
        deepest
    }
}

#[cfg(test)]
mod tests {
    use super::{super::lexer::Lexer, *};

    fn enclosed(text: &str) -> Vec<&str> {
        let tokens: Vec<_> = Lexer::new(text).collect();
        let enclosures = Enclosures::find(text, &tokens);
        (0..tokens.len())
            .filter_map(|index| {
                let (_, end) = enclosures.opened_at(index)?;
                Some(&text[tokens[index].start..tokens[end].end])
            })
            .collect()
    }

    #[test]
    fn pairs_the_nearest_partners() {
        assert_eq!(enclosed("((a) b"), ["(a)"]);
        assert_eq!(enclosed("(a)) b"), ["(a)"]);
        assert_eq!(enclosed("((a) b)"), ["((a) b)", "(a)"]);
        assert_eq!(enclosed("case (end) end"), ["case (end) end", "(end)"]);
    }

    #[test]
    fn brackets_win_over_crossing_parentheses() {
        assert_eq!(enclosed("x[ (a ] )"), ["[ (a ]"]);
    }

    #[test]
    fn depth_counts_the_deepest() {
        let text = "((a)) (b)";
        let tokens: Vec<_> = Lexer::new(text).collect();
        assert_eq!(Enclosures::find(text, &tokens).depth(), 2);
    }
}
