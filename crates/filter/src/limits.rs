//! What a filter may ask for at most. MLflow has no such limits; its database gives up, or plans for
//! minutes.

use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassSet, ClassSetItem, Flag, Flags, FlagsItemKind, GroupKind,
    LiteralKind, RepetitionKind, RepetitionRange,
};

use crate::{Comparison, FilterError, Literal};

/// Conditions of one filter.
const MOST_CONDITIONS: usize = 50;
/// Columns that one search is ordered by.
const MOST_ORDERS: usize = 20;
/// Characters of a pattern: comparing takes time in proportion to the pattern and to the text.
const MOST_CHARACTERS: usize = 1000;
/// Bytes of memory for a regular expression that is ready to be matched.
const REGEX_SIZE: usize = 1 << 20;
/// How often PostgreSQL lets a part of a regular expression be repeated.
const MOST_REPEATS: u32 = 255;

/// Refuses more conditions than a filter may have.
pub(crate) fn few_conditions(count: usize) -> Result<(), FilterError> {
    bounded("conditions", count, MOST_CONDITIONS)
}

/// Refuses more columns than a search may be ordered by.
pub(crate) fn few_orders<T>(texts: &[T]) -> Result<(), FilterError> {
    bounded("columns to order by", texts.len(), MOST_ORDERS)
}

fn bounded(things: &str, count: usize, limit: usize) -> Result<(), FilterError> {
    if count <= limit {
        return Ok(());
    }
    Err(FilterError::invalid(format!("A search can have at most {limit} {things}. Got {count}.")))
}

/// The clauses, unless one has a pattern that takes too long to compare with, or that is none.
pub(crate) fn sound<C>(
    clauses: Vec<C>,
    parts: impl Fn(&C) -> (Comparison, &Literal),
) -> Result<Vec<C>, FilterError> {
    for clause in &clauses {
        match parts(clause) {
            (Comparison::Like | Comparison::ILike, Literal::Text(text)) => short(text)?,
            (Comparison::RLike, Literal::Text(text)) => {
                short(text)?;
                regular(text)?;
            }
            _ => {}
        }
    }
    Ok(clauses)
}

/// Refuses a pattern that takes too long to compare with.
pub(crate) fn short(pattern: &str) -> Result<(), FilterError> {
    bounded("characters in a pattern", pattern.chars().count(), MOST_CHARACTERS)
}

/// Refuses what is no regular expression, or is one for only one of the databases. What is left has no
/// back-references and does not look around, so that matching takes no more than linear time.
fn regular(pattern: &str) -> Result<(), FilterError> {
    let refused =
        |why: String| FilterError::invalid(format!("Invalid regular expression for RLIKE: {why}"));
    let parsed = ast::parse::Parser::new().parse(pattern);
    let parsed = parsed.map_err(|error| refused(error.kind().to_string()))?;
    ast::visit(&parsed, Portable { start: true }).map_err(|why| refused(why.to_owned()))?;
    let built = regex::RegexBuilder::new(pattern).size_limit(REGEX_SIZE).build();
    built.map(drop).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => refused("it repeats too much".to_owned()),
        _ => refused("it cannot be read".to_owned()),
    })
}

/// Looks for what SQLite's side reads and PostgreSQL does not.
struct Portable {
    start: bool,
}

impl ast::Visitor for Portable {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, part: &Ast) -> Result<(), Self::Err> {
        let at_start = self.start;
        self.start &= matches!(part, Ast::Concat(_));
        match part {
            Ast::Flags(_) if !at_start => Err("flags may only stand at its start"),
            Ast::Flags(set) if !are_known(&set.flags) => Err("its flags may be i, m, s and x"),
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => Ok(()),
                _ => Err("its end is written as $, and a word's as \\b"),
            },
            Ast::ClassUnicode(_) => Err("classes of Unicode (\\p) are not supported"),
            Ast::Group(group) => match group.kind {
                GroupKind::CaptureName { .. } => Err("groups have no names"),
                GroupKind::NonCapturing(ref flags) if !flags.items.is_empty() => {
                    Err("flags may only stand at its start")
                }
                _ => Ok(()),
            },
            Ast::Literal(literal) => spelled(&literal.kind),
            Ast::Repetition(repetition) => {
                let most = match &repetition.op.kind {
                    RepetitionKind::Range(
                        RepetitionRange::Exactly(count)
                        | RepetitionRange::AtLeast(count)
                        | RepetitionRange::Bounded(_, count),
                    ) => *count,
                    _ => 0,
                };
                if most > MOST_REPEATS {
                    Err("nothing is repeated more than 255 times")
                } else {
                    Ok(())
                }
            }
            Ast::ClassBracketed(class) if matches!(class.kind, ClassSet::BinaryOp(_)) => {
                Err("classes have no operators")
            }
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Unicode(_) => Err("classes of Unicode (\\p) are not supported"),
            ClassSetItem::Bracketed(_) => Err("classes do not lie in each other"),
            ClassSetItem::Literal(literal) => spelled(&literal.kind),
            _ => Ok(()),
        }
    }
}

fn are_known(flags: &Flags) -> bool {
    let known = |kind: &FlagsItemKind| match kind {
        FlagsItemKind::Flag(flag) => matches!(
            flag,
            Flag::CaseInsensitive
                | Flag::MultiLine
                | Flag::DotMatchesNewLine
                | Flag::IgnoreWhitespace
        ),
        FlagsItemKind::Negation => false,
    };
    flags.items.iter().all(|item| known(&item.kind))
}

fn spelled(kind: &LiteralKind) -> Result<(), &'static str> {
    match kind {
        LiteralKind::HexBrace(_) => Err("a character is not written as \\x{...}"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiments, model_versions, registered_models, runs, traces};

    #[test]
    fn a_filter_has_a_bounded_number_of_conditions() {
        let conditions = |count: usize, condition: &str| vec![condition; count].join(" AND ");
        assert!(runs::parse(&conditions(50, "metrics.m > 1")).is_ok());
        let refusals = [
            runs::parse(&conditions(51, "metrics.m > 1")).map(drop),
            traces::parse(&conditions(51, "tags.t = 'a'")).map(drop),
            experiments::parse(&conditions(51, "tags.t = 'a'")).map(drop),
            registered_models::parse(&conditions(51, "tags.t = 'a'")).map(drop),
            model_versions::parse(&conditions(51, "tags.t = 'a'")).map(drop),
        ];
        for refusal in refusals {
            let message = refusal.unwrap_err().message;
            assert_eq!(message, "A search can have at most 50 conditions. Got 51.");
        }
    }

    #[test]
    fn a_search_has_a_bounded_order() {
        let columns = |count| (0..count).map(|i| format!("metrics.m{i}")).collect::<Vec<_>>();
        assert!(runs::parse_order_by(&columns(20)).is_ok());
        let message = runs::parse_order_by(&columns(21)).unwrap_err().message;
        assert_eq!(message, "A search can have at most 20 columns to order by. Got 21.");
    }

    #[test]
    fn patterns_are_bounded() {
        let like = |length| format!("trace.text LIKE '%{}%'", "a".repeat(length));
        assert!(traces::parse(&like(998)).is_ok());
        let message = traces::parse(&like(999)).unwrap_err().message;
        assert_eq!(message, "A search can have at most 1000 characters in a pattern. Got 1001.");
        let long = "a".repeat(1001);
        for text in
            [format!("span.attributes.{long} = 'a'"), format!("span.attributes.a != '{long}'")]
        {
            assert_eq!(traces::parse(&text).unwrap_err().message, message);
        }
        assert!(traces::parse(&format!("tags.a = '{long}'")).is_ok());
    }

    #[test]
    fn a_regular_expression_is_one_on_both_databases() {
        for text in ["^a.*b$", "(a|b)+", "[a-z0-9_-]{2,5}", "\\d+\\.\\w", "(?i)error", "", "a{255}"]
        {
            assert_eq!(regular(text), Ok(()), "{text}");
        }
        for text in [
            "(",
            "[a",
            "*a",
            "(a+)\\1",
            "(?=a)",
            "(?<!a)b",
            "a(?i)b",
            "(?P<n>a)",
            "(?<n>a)",
            "\\p{L}",
            "a{256}",
            "((a{200}){200}){200}",
            "[a&&b]",
            "\\x{41}",
            "(?i:a)",
            "(?U)a",
            "(?-i)a",
            "a\\z",
            "[a[b]]",
            "[\\p{L}]",
        ] {
            let message = regular(text).unwrap_err().message;
            assert!(message.starts_with("Invalid regular expression for RLIKE: "), "{text}");
        }
    }
}
