//! Normalized pointwise mutual information of two events: from -1, never together, over 0,
//! independent, to 1, always together.
//!
//! Source: G. Bouma, Normalized (Pointwise) Mutual Information in Collocation Extraction, 2009.

use super::wire::Counts;

/// The measure after `smoothing` was added to each of the four ways in which two events can meet.
/// Not defined where one of them never happens.
pub(super) fn npmi(counts: Counts, smoothing: f64) -> Option<f64> {
    let Counts { filter1_count: first, filter2_count: second, joint_count: both, total_count } =
        counts;
    let neither = total_count - first - second + both;
    let cells = [both, first - both, second - both, neither];
    if first == 0 || second == 0 || cells.iter().any(|cell| *cell < 0) {
        return None;
    }
    if cells[1..] == [0, 0, 0] {
        return Some(1.0);
    }
    if both == 0 && smoothing <= 0.0 {
        return Some(-1.0);
    }
    let [both, only_first, only_second, neither] = cells.map(|cell| cell as f64 + smoothing);
    let total = both + only_first + only_second + neither;
    let (first, second) = (both + only_first, both + only_second);
    let information = (both.ln() + total.ln()) - (first.ln() + second.ln());
    let most = total.ln() - both.ln();
    Some((information / most).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(joint: i64, first: i64, second: i64, total: i64, smoothing: f64) -> Option<f64> {
        let counts = Counts {
            filter1_count: first,
            filter2_count: second,
            joint_count: joint,
            total_count: total,
        };
        npmi(counts, smoothing)
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert_eq!(of(0, 0, 5, 10, 0.5), None);
        assert_eq!(of(0, 0, 0, 0, 0.0), None);
        assert_eq!(of(0, 4, 5, 10, 0.0), Some(-1.0));
        assert_eq!(of(10, 10, 10, 10, 0.5), Some(1.0));
        assert!((of(4, 4, 4, 10, 0.0).unwrap() - 1.0).abs() < 1e-12);
        assert!(of(2, 4, 5, 10, 0.0).unwrap().abs() < 1e-12);
        assert!(of(0, 4, 5, 10, 0.5).unwrap() > -1.0);
    }

    #[test]
    fn as_computed_by_hand() {
        // ln(10 * 100 / (20 * 15)) / ln(100 / 10)
        let expected = (1000.0_f64 / 300.0).ln() / 10.0_f64.ln();
        assert!((of(10, 20, 15, 100, 0.0).unwrap() - expected).abs() < 1e-12);
    }
}
