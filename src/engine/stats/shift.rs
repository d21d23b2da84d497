//! Hodges and Lehmann's shift between two sets: the median of all pairwise differences.

use super::differences::Differences;
use super::distribution::normal_quantile;
use super::mann_whitney::UCounts;
use super::quantile::finite;
use super::rank::EXACT_UP_TO;

/// How far `b` lies above `a`, in the samples' unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Median of the differences of every sample of `b` and every sample of `a`.
    pub estimate: f64,
    /// Lower end of the confidence interval.
    pub low: f64,
    /// Upper end of the confidence interval.
    pub high: f64,
}

/// The shift from `a` to `b` with its distribution-free confidence interval (Hodges and Lehmann
/// 1963; the interval as Hollander and Wolfe, "Nonparametric Statistical Methods", section 4.3).
///
/// The interval's ranks come from the exact distribution of U where the smaller set has eight
/// samples or fewer, as in [`rank_sum`], else from the normal approximation; ties make either
/// wider than it need be. Sets too small for the confidence asked get the widest interval there
/// is, from the least difference to the greatest, whose true confidence is lower (three of each
/// reach 0.9, four 0.971).
///
/// `None` where a set has no finite sample, a difference exceeds the doubles, or `confidence` is
/// not in (0, 1). Cost: O(n log n) time and O(n) memory for n samples in both sets, never the
/// n² of the differences: a few milliseconds for 10,000 against 10,000.
///
/// [`rank_sum`]: super::rank::rank_sum
pub fn hodges_lehmann_shift(a: &[f64], b: &[f64], confidence: f64) -> Option<Shift> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (a, b) = (finite(a), finite(b));
    let sizes = (a.len(), b.len());
    let differences = Differences::new(a, b)?;
    let count = differences.count();
    let outside = outside_each_end(sizes, 0.5 - 0.5 * confidence);
    let ranks = [outside, (count - 1) / 2, count / 2, count - 1 - outside];
    let [low, lower, upper, high] = differences.select(ranks);
    let shift = Shift {
        // Adding zero turns a negative zero into zero.
        estimate: lower.midpoint(upper) + 0.0,
        low: low + 0.0,
        high: high + 0.0,
    };
    let finite = shift.low.is_finite() && shift.high.is_finite();
    (finite && shift.estimate.is_finite()).then_some(shift)
}

/// How many of the least differences, and of the greatest, the interval leaves out when each end
/// may miss with probability `tail`.
fn outside_each_end(sizes: (usize, usize), tail: f64) -> usize {
    let half = (sizes.0 * sizes.1 - 1) / 2;
    let exact = if sizes.0.min(sizes.1) <= EXACT_UP_TO {
        UCounts::up_to(half, sizes)
    } else {
        None
    };
    let values = exact.map_or_else(
        || {
            let (size_a, size_b) = (sizes.0 as f64, sizes.1 as f64);
            let pairs = size_a * size_b;
            let deviation = (pairs * (size_a + size_b + 1.0) / 12.0).sqrt();
            (pairs / 2.0 + normal_quantile(tail) * deviation) as usize
        },
        |counts| counts.values_within(tail),
    );
    values.saturating_sub(1).min(half)
}

#[cfg(test)]
mod tests {
    use super::super::differences::sorted_differences;
    use super::*;

    #[test]
    fn the_shift_is_the_median_of_all_differences() {
        let shift = hodges_lehmann_shift(&[1.0, 2.0, 4.0], &[11.0, 13.0], 0.9).unwrap();
        // Differences: 7, 9, 9, 10, 11, 12.
        assert_eq!(shift.estimate, 9.5);
        assert_eq!((shift.low, shift.high), (7.0, 12.0));
        let back = hodges_lehmann_shift(&[11.0, 13.0], &[1.0, 2.0, 4.0], 0.9).unwrap();
        assert_eq!(back.estimate, -9.5);
    }

    #[test]
    fn the_interval_has_the_ranks_of_the_published_tables() {
        let a: Vec<f64> = (0..8_i32).map(|i| 1.7_f64.powi(i)).collect();
        let b: Vec<f64> = (0..8_i32).map(|i| 1.3_f64.powi(i)).collect();
        let sorted = sorted_differences(&a, &b);
        let shift = hodges_lehmann_shift(&a, &b, 0.95).unwrap();
        // The critical value of U for 8 and 8 at 0.05, two-sided, is 13.
        assert_eq!((shift.low, shift.high), (sorted[13], sorted[64 - 14]));
    }

    #[test]
    fn sets_too_small_for_the_confidence_get_the_widest_interval() {
        let shift = hodges_lehmann_shift(&[1.0, 2.0], &[4.0, 8.0], 0.95).unwrap();
        assert_eq!((shift.low, shift.high), (2.0, 7.0));
        let single = hodges_lehmann_shift(&[1.0], &[4.0], 0.95).unwrap();
        assert_eq!((single.low, single.estimate, single.high), (3.0, 3.0, 3.0));
    }

    #[test]
    fn no_samples_no_confidence_and_no_room_have_no_answer() {
        assert_eq!(hodges_lehmann_shift(&[], &[1.0], 0.95), None);
        assert_eq!(hodges_lehmann_shift(&[f64::NAN], &[1.0], 0.95), None);
        for confidence in [0.0, 1.0, f64::NAN] {
            assert_eq!(hodges_lehmann_shift(&[1.0], &[2.0], confidence), None);
        }
        assert_eq!(hodges_lehmann_shift(&[-f64::MAX], &[f64::MAX], 0.9), None);
    }
}
