//! "Did you mean …?" behind a name that does not exist.

/// The most names that are suggested.
const MAX_SUGGESTIONS: usize = 5;

/// A question that begins with a space, or nothing if no option is like the name.
pub(crate) fn did_you_mean<'o>(
    name: &str,
    what: &str,
    options: impl IntoIterator<Item = &'o str>,
) -> String {
    // Two edits in a short name make it another one; a long one bears more.
    let length = name.chars().count();
    let most_edits = length * 2 / 5 + 1;
    let mut alike: Vec<(usize, &str)> = options
        .into_iter()
        .filter(|option| option.len().abs_diff(length) <= most_edits)
        .map(|option| (edits(name, option), option))
        .filter(|(edits, _)| *edits <= most_edits)
        .collect();
    alike.sort_unstable();
    alike.truncate(MAX_SUGGESTIONS);
    let quoted: Vec<String> = alike.iter().map(|(_, option)| format!("'{option}'")).collect();
    let listed = match quoted.as_slice() {
        [] => return String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} or {second}"),
        [most @ .., last] => format!("{}, or {last}", most.join(", ")),
    };
    format!(" Did you mean {what}{listed}?")
}

/// Letters to insert, drop, replace or swap with their neighbour. Another case is one edit in all.
fn edits(name: &str, option: &str) -> usize {
    let (lower, option_lower) = (name.to_lowercase(), option.to_lowercase());
    match (name == option, lower == option_lower) {
        (true, _) => 0,
        (_, true) => 1,
        _ => strsim::osa_distance(&lower, &option_lower),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_alike_are_suggested_the_likest_first() {
        let types = ["MlflowRunInfo", "MlflowRunTag", "MlflowParam", "MlflowRunData", "Query"];
        assert_eq!(
            did_you_mean("MlflowRun", "", types),
            " Did you mean 'MlflowRunTag', 'MlflowParam', 'MlflowRunData', or 'MlflowRunInfo'?"
        );
        assert_eq!(did_you_mean("tst", "", ["test"]), " Did you mean 'test'?");
        assert_eq!(
            did_you_mean("AB", "the enum value ", ["ab", "BA"]),
            " Did you mean the enum value 'BA' or 'ab'?"
        );
        assert_eq!(did_you_mean("nonsense", "", types), "");
        assert_eq!(did_you_mean(&"x".repeat(1_000_000), "", types), "");
    }
}
