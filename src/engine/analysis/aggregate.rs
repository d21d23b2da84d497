//! Mean, median and nearest-rank percentile over a window. NaN marks a missing value and is
//! left out; with no value at all the answer is 0. Every answer is finite.

use crate::engine::figures::finite;
use crate::engine::stats::quantile;

/// Arithmetic mean.
pub fn average(values: &[f64]) -> f64 {
    let known = || values.iter().copied().filter(|value| value.is_finite());
    let count = known().count() as f64;
    if count == 0.0 {
        return 0.0;
    }
    let sum: f64 = known().sum();
    if sum.is_finite() {
        sum / count
    } else {
        finite(known().map(|value| value / count).sum())
    }
}

/// Mean of the middle two, or the middle one. O(n), one allocation.
pub fn median(values: &[f64]) -> f64 {
    quantile::median(values).unwrap_or(0.0)
}

/// The smallest value that at least `percent` of the values do not exceed; `percent` outside
/// 0 to 100 counts as the nearer end. O(n), one allocation.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    quantile::Quantile::new((percent / 100.0).clamp(0.0, 1.0))
        .and_then(|quantile| quantile::nearest_rank(values, quantile))
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_left_out() {
        let values = [1.0, f64::NAN, 3.0];
        assert_eq!(
            (average(&values), median(&values), percentile(&values, 95.0)),
            (2.0, 2.0, 3.0)
        );
    }

    #[test]
    fn without_values_every_figure_is_zero() {
        assert_eq!(
            (average(&[f64::NAN]), median(&[]), percentile(&[], 50.0)),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn a_sum_that_overflows_has_a_mean_all_the_same() {
        assert_eq!(average(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(median(&[f64::MAX, f64::MAX]), f64::MAX);
    }

    #[test]
    fn the_percentile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 95.0), 10.0);
        assert_eq!(percentile(&values, 50.0), 5.0);
        assert_eq!(percentile(&values, 0.0), 1.0);
        assert_eq!(median(&values), 5.5);
    }
}
