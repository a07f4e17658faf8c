//! Shell patterns: `*` matches any string, `?` any character, `[ab]` and `[!ab]` one of a class.

/// Whether the whole of `text` matches `pattern`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to continue when a later part does not match: after the last `*`, one character further.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            p += 1;
            retry = Some((p, t));
            continue;
        }
        if let Some(next) = one(&pattern, p, text[t]) {
            p = next;
            t += 1;
            continue;
        }
        let Some((after_star, from)) = retry else { return false };
        retry = Some((after_star, from + 1));
        (p, t) = (after_star, from + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Where the next piece of `pattern` begins, if the piece at `p` matches the character.
fn one(pattern: &[char], p: usize, character: char) -> Option<usize> {
    match *pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => match class(pattern, p, character) {
            Some((fits, next)) => fits.then_some(next),
            // It is never closed, so it is a plain bracket.
            None => (character == '[').then_some(p + 1),
        },
        literal => (literal == character).then_some(p + 1),
    }
}

/// Whether the class that opens at `p` contains the character, and where the class ends.
fn class(pattern: &[char], p: usize, character: char) -> Option<(bool, usize)> {
    let negated = pattern.get(p + 1) == Some(&'!');
    let first = p + 1 + usize::from(negated);
    // A bracket right at the start belongs to the class.
    let close = (first + 1..pattern.len()).find(|at| pattern[*at] == ']')?;
    let members = &pattern[first..close];
    let mut found = false;
    let mut at = 0;
    while at < members.len() {
        if members.get(at + 1) == Some(&'-') && at + 2 < members.len() {
            found |= (members[at]..=members[at + 2]).contains(&character);
            at += 3;
        } else {
            found |= members[at] == character;
            at += 1;
        }
    }
    Some((found != negated, close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_string() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "x"),
            ("192.168.*", "192.168.0.1:5000"),
            ("app-*.corp", "app-1.a.corp"),
            ("*a*b*", "xxaxxbxx"),
            ("**x", "x"),
            ("a?c", "abc"),
            ("[a-c]x", "bx"),
            ("[!a]x", "bx"),
            ("[]]x", "]x"),
            ("[[]::1]:*", "[::1]:5"),
            ("[x", "[x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "x"),
            ("app-*.corp", "app-1.corp.evil"),
            ("app-*.corp", "x.app-1.corp"),
            ("a?c", "ac"),
            ("[!a]x", "ax"),
            ("[a-c]x", "dx"),
            ("x", ""),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "*a".repeat(50);
        assert!(!matches(&pattern, &"a".repeat(49)));
        assert!(!matches(&(pattern + "b"), &"a".repeat(5000)));
    }
}
