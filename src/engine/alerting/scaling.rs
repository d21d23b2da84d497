//! The expected duration of a stage for a rare input size, by its own scaling across known
//! contexts.

use crate::engine::stats::quantile::median;
use crate::engine::stats::trend::theil_sen;

/// Fewest contexts that show how a stage scales.
const FEWEST: usize = 3;

/// How far beyond the known sizes, or between them, the scaling is believed, as a factor.
const REACH: f64 = 8.0;

/// Largest departure of known contexts from it, as a factor.
const MOST_DEPARTURE: f64 = 1.3;

/// A size and what is normal for it in ms, both as logarithms.
pub(super) type Known = (f64, f64);

/// Logarithm of the duration in ms that a power through the known contexts has at the logarithm
/// of a size: Theil and Sen's slope. `None` with fewer than three contexts, where they follow no
/// such law, or beyond eight times the sizes known.
///
/// Cost: O(n²) for n contexts, at most 32.
pub(super) fn expected(known: &[Known], size: f64) -> Option<f64> {
    let (least, most) = known
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), of| {
            (least.min(of.0), most.max(of.0))
        });
    let is_near = size >= least - REACH.ln() && size <= most + REACH.ln();
    if known.len() < FEWEST || !is_near {
        return None;
    }
    let (sizes, durations): (Vec<f64>, Vec<f64>) = known.iter().copied().unzip();
    let slope = theil_sen(&sizes, &durations, 0.95)?.slope.max(0.0);
    let left: Vec<f64> = known.iter().map(|of| of.1 - slope * of.0).collect();
    let level = median(&left)?;
    let departs = |left: &f64| (left - level).abs() > MOST_DEPARTURE.ln();
    (!left.iter().any(departs)).then_some(level + slope * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(sizes: &[f64], cost: fn(f64) -> f64) -> Vec<Known> {
        sizes.iter().map(|&n| (n.ln(), cost(n).ln())).collect()
    }

    fn at(known: &[Known], size: f64) -> Option<f64> {
        expected(known, size.ln()).map(f64::exp)
    }

    #[test]
    fn a_power_through_the_contexts_is_read_beyond_them_up_to_eight_times() {
        let known = contexts(&[10.0, 20.0, 40.0, 80.0], |n| n * n / 10.0);
        assert!((at(&known, 160.0).unwrap() / 2560.0 - 1.0).abs() < 1e-9);
        assert!((at(&known, 2.0).unwrap() / 0.4 - 1.0).abs() < 1e-9);
        assert_eq!(at(&known, 641.0), None);
    }

    #[test]
    fn few_contexts_and_those_that_follow_no_law_say_nothing() {
        assert_eq!(at(&[], 10.0), None);
        assert_eq!(at(&contexts(&[10.0, 20.0], |n| n), 30.0), None);
        let jump = contexts(&[10.0, 20.0, 40.0], |n| if n > 30.0 { 90.0 } else { n });
        assert_eq!(at(&jump, 30.0), None);
    }

    #[test]
    fn a_stage_that_takes_the_same_for_any_size_is_expected_to() {
        let known = contexts(&[10.0, 20.0, 40.0], |_| 5.0);
        assert!((at(&known, 300.0).unwrap() - 5.0).abs() < 1e-9);
    }
}
