//! Exact quantiles of a window: nearest rank, and the median as the mean of the middle two.
//!
//! Both definitions are the ones the package's results promise: `p95Duration` is the sample of
//! rank `ceil(0.95 n)`, `medianDuration` averages the two middle samples of an even count.

/// A share of the samples, from 0 (the least) to 1 (the greatest).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantile(f64);

impl Quantile {
    /// The middle.
    pub const P50: Self = Self(0.5);
    /// Nine of ten samples are no greater.
    pub const P90: Self = Self(0.9);
    /// 95 of 100 samples are no greater.
    pub const P95: Self = Self(0.95);
    /// 99 of 100 samples are no greater.
    pub const P99: Self = Self(0.99);
    /// 999 of 1,000 samples are no greater.
    pub const P999: Self = Self(0.999);

    /// The quantile of this share, or `None` if it is NaN or outside [0, 1].
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// Index of this quantile among `count` sorted samples, by nearest rank:
    /// `ceil(share * count) - 1`, but not below 0. For a count of 0 it is 0 too.
    pub fn rank(self, count: usize) -> usize {
        let last = count.saturating_sub(1);
        let rank = (self.0 * count as f64).ceil() as usize;
        rank.saturating_sub(1).min(last)
    }
}

/// Samples whose median is taken of a copy that is not allocated.
const SHORT: usize = 64;

/// The finite samples, in their order: what every function here computes from.
pub fn finite(values: &[f64]) -> Vec<f64> {
    if values.iter().all(|value| value.is_finite()) {
        return values.to_vec();
    }
    values.iter().copied().filter(|v| v.is_finite()).collect()
}

/// The sample at `quantile` by nearest rank, or `None` without a finite one.
///
/// Cost: O(n) time and one copy, by selection.
pub fn nearest_rank(values: &[f64], quantile: Quantile) -> Option<f64> {
    let mut scratch = finite(values);
    let rank = quantile.rank(scratch.len());
    select(&mut scratch, rank)
}

/// [`nearest_rank`] of finite samples in ascending order, in O(1).
pub fn nearest_rank_sorted(sorted: &[f64], quantile: Quantile) -> Option<f64> {
    sorted.get(quantile.rank(sorted.len())).copied()
}

/// The median: the middle sample, or the mean of the middle two. `None` without a finite one.
///
/// Cost: O(n) time and one copy, by selection; nothing allocated for up to `SHORT` samples.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut few = [0.0; SHORT];
    match few.get_mut(..values.len()) {
        Some(few) if values.iter().all(|value| value.is_finite()) => {
            few.copy_from_slice(values);
            median_in_place(few)
        }
        _ => median_in_place(&mut finite(values)),
    }
}

/// [`median`] of finite samples in ascending order, in O(1).
pub fn median_sorted(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(sorted[middle - 1].midpoint(upper))
}

/// [`median`] of finite samples without a copy: reorders `values`.
pub fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    let upper = select(values, middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    // Selection has put everything below the upper middle in front of it.
    let lower = values[..middle].iter().copied().max_by(f64::total_cmp)?;
    Some(lower.midpoint(upper))
}

/// The value that sorting would put at `index`; reorders `values`. `None` beyond the end.
///
/// Cost: O(n), without allocation.
pub fn select(values: &mut [f64], index: usize) -> Option<f64> {
    if index >= values.len() {
        return None;
    }
    let (_, value, _) = values.select_nth_unstable_by(index, f64::total_cmp);
    Some(*value)
}

/// [`select`] at several ascending indices.
///
/// Cost: O(n), each search among what is no less than the value before.
pub fn select_each<const N: usize>(
    mut values: &mut [f64],
    indices: [usize; N],
) -> Option<[f64; N]> {
    let mut found = [0.0; N];
    let mut before = 0;
    for (value, index) in found.iter_mut().zip(indices) {
        *value = select(values, index - before)?;
        values = &mut values[index - before..];
        before = index;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_outside_zero_to_one_is_no_quantile() {
        for share in [-0.001, 1.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Quantile::new(share), None);
        }
        assert_eq!(Quantile::new(0.95), Some(Quantile::P95));
    }

    #[test]
    fn the_rank_is_the_nearest_one_counted_from_zero() {
        let ranks = |share| {
            let quantile = Quantile::new(share).unwrap();
            [0, 1, 2, 10, 20, 100].map(|count| quantile.rank(count))
        };
        assert_eq!(ranks(0.0), [0, 0, 0, 0, 0, 0]);
        assert_eq!(ranks(0.5), [0, 0, 0, 4, 9, 49]);
        assert_eq!(ranks(0.95), [0, 0, 1, 9, 18, 94]);
        assert_eq!(ranks(1.0), [0, 0, 1, 9, 19, 99]);
    }

    #[test]
    fn the_mean_of_the_middle_two_does_not_overflow() {
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    #[test]
    fn samples_that_are_not_finite_are_left_out() {
        let values = [f64::NAN, 2.0, f64::INFINITY, 1.0, f64::NEG_INFINITY];
        assert_eq!(median(&values), Some(1.5));
        assert_eq!(nearest_rank(&values, Quantile::P99), Some(2.0));
        assert_eq!(nearest_rank(&[f64::NAN], Quantile::P99), None);
    }

    #[test]
    fn selection_beyond_the_end_is_none() {
        assert_eq!(select(&mut [1.0], 1), None);
        assert_eq!(select_each(&mut [1.0, 2.0], [0, 2]), None);
    }

    #[test]
    fn several_are_selected_as_one_by_one() {
        let values: Vec<f64> = (0..101).map(|i| f64::from(i * 37 % 101)).collect();
        let found = select_each(&mut values.clone(), [0, 7, 7, 50, 100]);
        assert_eq!(found, Some([0.0, 7.0, 7.0, 50.0, 100.0]));
    }
}
