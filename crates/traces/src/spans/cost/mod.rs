//! What a call of a model costs, by the prices that its provider publishes.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::usage::TokenUsage;

/// See the file's head for where the prices come from.
const LIST: &str = include_str!("prices.tsv");

/// Names that lead to a model and are none.
const ROUTES: [&str; 2] = ["gateway:/", "endpoints:/"];

/// US dollars per token. What is not known is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Price {
    input: Option<f64>,
    output: Option<f64>,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    /// For what the cache keeps for an hour.
    cache_write_long: Option<f64>,
}

#[derive(Debug, Default)]
struct Prices {
    by_provider: HashMap<&'static str, HashMap<&'static str, Price>>,
    /// Of models whose provider is not told: the first provider's that has a price.
    by_model: HashMap<&'static str, Price>,
}

static PRICES: LazyLock<Prices> = LazyLock::new(|| read(LIST));

fn read(list: &'static str) -> Prices {
    let mut prices = Prices::default();
    let mut provider = "";
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            provider = name;
            continue;
        }
        let mut fields = line.split('\t');
        let model = fields.next().unwrap_or_default();
        let mut next = || {
            let per_million: f64 = fields.next()?.parse().ok()?;
            Some(per_million / 1_000_000.0)
        };
        let price = Price {
            input: next(),
            output: next(),
            cache_read: next(),
            cache_write: next(),
            cache_write_long: next(),
        };
        prices.by_provider.entry(provider).or_default().insert(model, price);
        let known = prices.by_model.entry(model).or_insert(price);
        let is_free = |price: &Price| price.input.unwrap_or_default() == 0.0;
        if is_free(known) && !is_free(&price) {
            *known = price;
        }
    }
    prices
}

fn find(model: &str, provider: Option<&str>) -> Option<Price> {
    let databricks = model.starts_with("databricks-") || model.starts_with("databricks/");
    // These are priced by Databricks, also where the span names the provider behind it.
    let provider = if databricks { Some("databricks") } else { provider };
    let provider = provider.filter(|name| !name.is_empty()).map(str::to_lowercase);
    // What stands before the first slash is a provider's name, or a place.
    let model = model.split_once('/').map_or(model, |(_, name)| name);
    let own = provider.and_then(|name| PRICES.by_provider.get(name.as_str())?.get(model));
    own.or_else(|| PRICES.by_model.get(model)).copied()
}

/// Input, output and total cost in US dollars. None if nothing was used, or nothing is known of the
/// model.
pub fn of(model: &str, provider: Option<&str>, usage: &TokenUsage) -> Option<[f64; 3]> {
    if ROUTES.iter().any(|route| model.starts_with(route)) {
        return None;
    }
    let [input, output, _, cache_read, cache_write, cache_long] =
        usage.0.map(Option::unwrap_or_default);
    if input == 0 && output == 0 {
        return None;
    }
    let price = find(model, provider)?;
    let input_price = price.input.unwrap_or_default();
    let write_price = price.cache_write.unwrap_or(input_price);
    // Of the input, a part was read from the cache and a part written to it, some of that for long.
    let plain = input.saturating_sub(cache_read).saturating_sub(cache_write).max(0);
    let long = cache_long.min(cache_write);
    let mut input_cost = plain as f64 * input_price;
    for (count, price) in [
        (cache_read, price.cache_read.unwrap_or(input_price)),
        (cache_write.saturating_sub(long), write_price),
        (long, price.cache_write_long.unwrap_or(write_price)),
    ] {
        if count > 0 {
            input_cost += count as f64 * price;
        }
    }
    let output_cost = output as f64 * price.output.unwrap_or_default();
    Some([input_cost, output_cost, input_cost + output_cost])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(counts: [i64; 6]) -> TokenUsage {
        TokenUsage(counts.map(|count| (count != 0).then_some(count)))
    }

    fn near(cost: Option<[f64; 3]>, expected: [f64; 3]) {
        let cost = cost.unwrap();
        for (is, should) in cost.iter().zip(expected) {
            assert!((is - should).abs() < 1e-12, "{cost:?} {expected:?}");
        }
    }

    #[test]
    fn tokens_cost_what_their_kind_does() {
        let counts = usage([1000, 100, 1100, 0, 0, 0]);
        near(of("gpt-4o", Some("openai"), &counts), [0.0025, 0.001, 0.0035]);
        near(of("openai/gpt-4o", Some("OpenAI"), &counts), [0.0025, 0.001, 0.0035]);
        // Databricks' own price, whoever is behind it.
        let model = "databricks-claude-3-7-sonnet";
        near(of(model, Some("anthropic"), &counts), of(model, None, &counts).unwrap());
        // 400 from the cache at a tenth, 200 written at 5/4, 100 more at 2, and 300 plain.
        let counts = usage([1000, 10, 1010, 400, 300, 100]);
        let expected = (300.0 * 3.0 + 400.0 * 0.3 + 200.0 * 3.75 + 100.0 * 6.0) / 1e6;
        let cost = of("claude-sonnet-4-5", Some("anthropic"), &counts);
        near(cost, [expected, 0.00015, expected + 0.00015]);
    }

    #[test]
    fn what_is_not_known_has_no_cost() {
        let counts = usage([1000, 100, 1100, 0, 0, 0]);
        assert_eq!(of("no-such-model", Some("openai"), &counts), None);
        assert_eq!(of("gateway:/gpt-4o", None, &counts), None);
        assert_eq!(of("gpt-4o", None, &usage([0; 6])), None);
        // A provider that is not known does not hide the model.
        assert!(of("gpt-4o", Some("nobody"), &counts).unwrap()[2] > 0.0);
    }

    #[test]
    fn the_list_is_read_to_its_end() {
        assert!(PRICES.by_provider.len() > 50 && PRICES.by_model.len() > 2000);
        for price in PRICES.by_provider.values().flat_map(HashMap::values) {
            assert!(price.input.is_none_or(|input| (0.0..1.0).contains(&input)), "{price:?}");
        }
    }
}
