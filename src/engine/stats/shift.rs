//! Hodges and Lehmann's shift between two sets: the median of all pairwise differences.

use super::distribution::normal_quantile;
use super::mann_whitney::UCounts;
use super::quantile::{finite, select};
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
/// The interval's ranks come from the exact distribution of U where [`rank_sum`] uses it, else
/// from the normal approximation, which ties make wider than it need be. Sets too small for the
/// confidence asked get the widest interval there is, from the least difference to the greatest,
/// whose true confidence is lower (three of each reach 0.9, four 0.971).
///
/// `None` where a set has no finite sample, a difference exceeds the doubles, or `confidence` is
/// not in (0, 1). Cost: O(n log n) time and O(n) memory for n samples in both sets, never the
/// n² of the differences.
///
/// [`rank_sum`]: super::rank::rank_sum
pub fn hodges_lehmann_shift(a: &[f64], b: &[f64], confidence: f64) -> Option<Shift> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let differences = Differences::new(finite(a), finite(b));
    let count = differences.count();
    if count == 0 {
        return None;
    }
    let outside = differences.outside_each_end(0.5 - 0.5 * confidence);
    let middle = differences.select((count - 1) / 2);
    let upper_middle = if count.is_multiple_of(2) {
        differences.select(count / 2)
    } else {
        middle
    };
    let shift = Shift {
        estimate: middle.midpoint(upper_middle),
        low: differences.select(outside),
        high: differences.select(count - 1 - outside),
    };
    let finite = shift.low.is_finite() && shift.high.is_finite();
    (finite && shift.estimate.is_finite()).then_some(shift)
}

/// All differences `b[j] - a[i]`, never stored: sorted sets make them a table that ascends along
/// `j` and descends along `i`, rounding included, so that counting is one walk along its edge.
struct Differences {
    a: Vec<f64>,
    b: Vec<f64>,
}

impl Differences {
    fn new(mut a: Vec<f64>, mut b: Vec<f64>) -> Self {
        a.sort_unstable_by(f64::total_cmp);
        b.sort_unstable_by(f64::total_cmp);
        Self { a, b }
    }

    fn count(&self) -> usize {
        self.a.len() * self.b.len()
    }

    /// How many of the least differences, and of the greatest, the interval leaves out when each
    /// end may miss with probability `tail`.
    fn outside_each_end(&self, tail: f64) -> usize {
        let (size_a, size_b) = (self.a.len(), self.b.len());
        let half = (self.count() - 1) / 2;
        let exact = if size_a.min(size_b) <= EXACT_UP_TO {
            UCounts::up_to(half, (size_a, size_b))
        } else {
            None
        };
        let values = exact.map_or_else(
            || {
                let pairs = self.count() as f64;
                let deviation = (pairs * (size_a + size_b + 1) as f64 / 12.0).sqrt();
                (pairs / 2.0 + normal_quantile(tail) * deviation) as usize
            },
            |counts| counts.values_within(tail),
        );
        values.saturating_sub(1).min(half)
    }

    /// The difference that sorting all of them would put at `rank`.
    ///
    /// Narrows a bracket of values by counting, one walk a step, until few enough differences
    /// are left in it to write them down.
    fn select(&self, rank: usize) -> f64 {
        let few = self.a.len() + self.b.len();
        let mut low = self.b[0] - self.a[self.a.len() - 1];
        let mut high = self.b[self.b.len() - 1] - self.a[0];
        let (mut below, mut up_to) = (0, self.count());
        let mut interpolate = true;
        while up_to - below > few && low < high {
            let share = (rank - below) as f64 / (up_to - below) as f64;
            let guess = low + (high - low) * share;
            let pivot = if interpolate && guess >= low && guess < high {
                guess
            } else {
                middle_of_doubles(low, high)
            };
            // By turns, so that the halving bounds the steps whatever the distribution.
            interpolate = !interpolate;
            let count = self.count_up_to(pivot);
            if rank < count {
                (high, up_to) = (pivot, count);
            } else {
                (low, below) = (pivot.next_up(), count);
            }
        }
        if low >= high {
            return low;
        }
        let mut left = self.between(low, high);
        select(&mut left, rank - below).unwrap_or(low)
    }

    /// How many differences are at most `bound`.
    fn count_up_to(&self, bound: f64) -> usize {
        let mut first = 0;
        let mut count = 0;
        for &b in &self.b {
            while first < self.a.len() && b - self.a[first] > bound {
                first += 1;
            }
            count += self.a.len() - first;
        }
        count
    }

    /// The differences from `low` to `high`, both included.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut first = 0;
        for &b in &self.b {
            while first < self.a.len() && b - self.a[first] > high {
                first += 1;
            }
            let row = self.a[first..].iter().map(|a| b - a);
            found.extend(row.take_while(|difference| *difference >= low));
        }
        found
    }
}

/// The double halfway from `low` to `high` in the number of doubles between them: at most 64
/// such steps separate any two. Below `high` whenever `low` is.
fn middle_of_doubles(low: f64, high: f64) -> f64 {
    let (low, high) = (place_of(low), place_of(high));
    // Rounded down, also below zero: the upper end would not narrow anything.
    double_at((low & high) + ((low ^ high) >> 1))
}

/// Place of a double in ascending order; both zeros share one.
fn place_of(value: f64) -> i64 {
    let magnitude = (value.to_bits() & !(1 << 63)).cast_signed();
    if value < 0.0 {
        -magnitude
    } else {
        magnitude
    }
}

fn double_at(place: i64) -> f64 {
    let magnitude = f64::from_bits(place.unsigned_abs());
    if place < 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted_differences(a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut all: Vec<f64> = b
            .iter()
            .flat_map(|b| a.iter().map(move |a| b - a))
            .collect();
        all.sort_by(f64::total_cmp);
        all
    }

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
    fn selection_finds_every_rank_of_the_sorted_differences() {
        let a: Vec<f64> = (0..23).map(|i| f64::from(i * i % 17) * 0.37).collect();
        let b: Vec<f64> = (0..31).map(|i| f64::from(i * 7 % 13).exp()).collect();
        let expected = sorted_differences(&a, &b);
        let differences = Differences::new(a, b);
        for (rank, value) in expected.iter().enumerate() {
            assert_eq!(differences.select(rank), *value, "rank {rank}");
        }
    }

    #[test]
    fn selection_stands_ties_signs_and_all_magnitudes() {
        let a = vec![0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 5.0, 5.0, 5.0];
        let b = vec![-5.0, -5.0, 0.0, 1e-310, 2e300, 5.0, 5.0, 1e-5, -1e-5, 1.0];
        let expected = sorted_differences(&a, &b);
        let differences = Differences::new(a, b);
        for (rank, value) in expected.iter().enumerate() {
            assert_eq!(differences.select(rank), *value, "rank {rank}");
        }
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

    #[test]
    fn the_middle_of_the_doubles_lies_between_them() {
        for (low, high) in [
            (-1.0, 1.0),
            (0.0, 5e-324),
            (-f64::MAX, f64::INFINITY),
            (-1.0, (-1.0_f64).next_up()),
            (-5e-324, 0.0),
            (1.0, 2.0),
        ] {
            let middle = middle_of_doubles(low, high);
            assert!(low <= middle && middle < high, "{low} {middle} {high}");
        }
    }
}
