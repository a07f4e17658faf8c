//! What holds for every text.

use filter::{
    Comparison, Literal, evaluation_datasets, experiments, logged_models, model_versions,
    registered_models, runs, traces,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

/// Texts put together from the pieces of filters, with everything that can go wrong in one.
fn filter_like() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "metrics.",
        "params.",
        "tags.",
        "attributes.",
        "dataset.",
        "run_id",
        "name",
        "start_time",
        "creation_time",
        "timestamp",
        "experiment_id",
        "acc",
        "`a b`",
        "\"a\"",
        "=",
        "!=",
        "<",
        ">=",
        " LIKE ",
        " ilike ",
        " IN ",
        " NOT IN ",
        " IS NULL",
        " IS NOT NULL",
        " AND ",
        " and ",
        " OR ",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        "'",
        "\"",
        "`",
        "´",
        "\\",
        "--",
        "/*",
        "*/",
        "# ",
        "\n",
        " ",
        "$",
        "1",
        "-1.5e-3",
        ".5",
        "1a",
        "'x'",
        "('a', 'b')",
        ":=",
        "::",
        "->",
        "CASE",
        "END",
        "WHERE",
        "AS",
        "DESC",
        "ASC",
        "NULL",
        "date",
        "é",
        "日",
    ];
    let piece = prop_oneof![select(PIECES).prop_map(str::to_owned), "\\PC{0,4}"];
    vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![filter_like(), any::<String>()]
}

/// Any text that a quote of either kind can surround as it stands.
fn quotable() -> impl Strategy<Value = String> {
    "[^'\"`\\\\]{0,12}"
}

/// A clause on runs as a caller would write it, and as it should be read.
fn run_clause() -> impl Strategy<Value = (String, runs::Clause)> {
    let text_comparison =
        select(&[Comparison::Equal, Comparison::NotEqual, Comparison::Like, Comparison::ILike]);
    let text = (quotable(), text_comparison, quotable(), any::<Index>()).prop_map(
        |(key, comparison, value, which)| {
            let fields = [
                ("param", runs::Field::Param(key.clone())),
                ("tags", runs::Field::Tag(key.clone())),
            ];
            let (entity, field) = which.get(&fields).clone();
            let literal = Literal::Text(value.clone());
            let written = format!("{entity}.`{key}` {} '{value}'", comparison.symbol());
            (written, runs::Clause { field, comparison, literal })
        },
    );
    let number_comparison =
        select(&[Comparison::Less, Comparison::GreaterOrEqual, Comparison::Equal]);
    let number = (quotable(), number_comparison, -1e300..1e300).prop_map(
        |(key, comparison, value): (String, Comparison, f64)| {
            let written = format!("metrics.\"{key}\" {} {value}", comparison.symbol());
            let field = runs::Field::Metric(key);
            (written, runs::Clause { field, comparison, literal: Literal::Number(value) })
        },
    );
    let list = (vec("[^'\"`\\\\\n\0]{0,12}", 1..4), any::<bool>()).prop_map(|(texts, inside)| {
        let comparison = if inside { Comparison::In } else { Comparison::NotIn };
        let written = format!("run_id {} ('{}',)", comparison.symbol(), texts.join("', '"));
        let field = runs::Field::Attribute(runs::Attribute::RunId);
        (written, runs::Clause { field, comparison, literal: Literal::TextList(texts) })
    });
    prop_oneof![text, number, list]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in any_text()) {
        let refusals = [
            experiments::parse(&text).err(),
            runs::parse(&text).err(),
            logged_models::parse(&text).err(),
            experiments::parse_order_by(&[&text]).err(),
            runs::parse_order_by(&[&text]).err(),
            logged_models::parse_order_by_field(&text).err(),
            registered_models::parse(&text).err(),
            registered_models::parse_order_by(&[&text]).err(),
            model_versions::parse(&text).err(),
            model_versions::parse_order_by(&[&text]).err(),
            traces::parse(&text).err(),
            traces::parse_order_by(&[&text]).err(),
            evaluation_datasets::parse(&text).err(),
            evaluation_datasets::parse_order_by(&[&text]).err(),
        ];
        for refusal in refusals.into_iter().flatten() {
            prop_assert_eq!(refusal.to_string(), refusal.message);
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(
        clauses in vec(run_clause(), 1..4),
        separator in select(&[" AND ", " and ", "\nAnd\t", " AND AND "]),
    ) {
        let (written, clauses): (Vec<_>, Vec<_>) = clauses.into_iter().unzip();
        prop_assert_eq!(runs::parse(&written.join(separator)), Ok(clauses));
    }

    #[test]
    fn double_quotes_do_as_well(key in quotable(), value in quotable()) {
        let written = format!("tags.\"{key}\" = \"{value}\"");
        let field = experiments::Field::Tag(key);
        let literal = Literal::Text(value);
        let clause = experiments::Clause { field, comparison: Comparison::Equal, literal };
        prop_assert_eq!(experiments::parse(&written), Ok(vec![clause]));
    }

    #[test]
    fn order_names_are_read_back(key in "[^'\"`\\\\\\s\\p{C}]{1,12}", descending in any::<bool>()) {
        let direction = if descending { " DESC" } else { "" };
        let field = runs::OrderField::Metric(key.clone());
        let order = runs::OrderBy { field, ascending: !descending };
        prop_assert_eq!(runs::parse_order_by(&[format!("metrics.`{key}`{direction}")]), Ok(vec![order]));
    }
}
