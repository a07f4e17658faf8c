//! Names for runs that nobody named: an adjective, a noun and a number.

use app::Ids;

const ADJECTIVES: &[&str] = &[
    "able", "amber", "ample", "arctic", "astute", "autumn", "awake", "balmy", "blissful", "bold",
    "brave", "breezy", "bright", "brisk", "calm", "candid", "casual", "cheery", "chilly", "clear",
    "clever", "coastal", "cosmic", "cozy", "crisp", "curious", "dapper", "daring", "deft", "eager",
    "early", "earnest", "easy", "fair", "fancy", "festive", "fine", "fleet", "fluent", "fond",
    "frank", "fresh", "frosty", "gentle", "glad", "golden", "grand", "happy", "hardy", "hazel",
    "honest", "humble", "ideal", "jolly", "jovial", "keen", "kind", "lively", "loyal", "lucid",
    "lucky", "lunar", "mellow", "merry", "mighty", "misty", "modest", "mossy", "neat", "nimble",
    "noble", "novel", "patient", "placid", "plucky", "polar", "polite", "proud", "quick", "quiet",
    "rapid", "ready", "rustic", "serene", "sharp", "silent", "silver", "sleek", "smooth", "snowy",
    "sober", "solar", "solid", "spry", "stable", "steady", "stout", "subtle", "sunny", "swift",
    "tidal", "tidy", "upbeat", "valiant", "vast", "velvet", "vivid", "warm", "whole", "wise",
    "witty", "zesty",
];

const NOUNS: &[&str] = &[
    "acorn", "alder", "anchor", "aspen", "badger", "bay", "beacon", "birch", "bison", "bluff",
    "breeze", "brook", "canyon", "cape", "cedar", "cliff", "cloud", "comet", "coral", "cove",
    "crane", "creek", "dale", "dawn", "delta", "dune", "eagle", "ember", "falcon", "fern", "field",
    "finch", "fjord", "flint", "ford", "forest", "fox", "gale", "geyser", "glade", "glen", "grove",
    "gull", "harbor", "hare", "hawk", "heath", "heron", "hill", "inlet", "iris", "island", "ivy",
    "jay", "juniper", "kestrel", "lagoon", "lake", "larch", "lark", "linden", "lynx", "maple",
    "marsh", "meadow", "mesa", "mill", "moon", "moor", "moss", "oak", "ocean", "orchid", "osprey",
    "otter", "owl", "pass", "peak", "pebble", "pine", "plain", "pond", "prairie", "quail",
    "quartz", "rain", "rapids", "raven", "reed", "reef", "ridge", "river", "robin", "sage", "seal",
    "shoal", "sky", "slope", "snow", "source", "sparrow", "spring", "spruce", "star", "stone",
    "stream", "summit", "swan", "tern", "thicket", "thrush", "tide", "trout", "vale", "valley",
    "wave", "willow", "wind", "wolf", "wren",
];

/// A name of at most 20 characters.
pub fn random_name(ids: &Ids) -> String {
    let adjective = ADJECTIVES[ids.below(ADJECTIVES.len())];
    let noun = NOUNS[ids.below(NOUNS.len())];
    format!("{adjective}-{noun}-{}", ids.below(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_where_mlflows_do() {
        let longest = |words: &[&str]| words.iter().map(|word| word.len()).max().unwrap_or(0);
        assert!(longest(ADJECTIVES) + longest(NOUNS) + "--999".len() <= 20);
    }
}
