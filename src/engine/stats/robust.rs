//! Location and spread that a few outliers cannot drag.

use super::order::sort_values;
use super::quantile::{finite, median_in_place};
use crate::engine::figures::clamped;

/// Makes the median absolute deviation an estimate of a normal's standard deviation:
/// `1 / Φ⁻¹(3/4)`, rounded as the literature does.
pub const MAD_TO_SIGMA: f64 = 1.4826;

/// Median and median absolute deviation of one set of samples, in their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle of the samples.
    pub median: f64,
    /// The middle of the distances from the median; 0 where more than half are equal.
    pub mad: f64,
}

impl Spread {
    /// The standard deviation a normal distribution with this deviation would have.
    pub fn sigma(&self) -> f64 {
        self.mad * MAD_TO_SIGMA
    }
}

/// Median and median absolute deviation (Hampel 1974), unscaled; half of the samples must move
/// before either can be carried off. `None` without a finite sample.
///
/// One sample has a deviation of 0. Cost: O(n) time, one copy.
pub fn spread(values: &[f64]) -> Option<Spread> {
    let mut scratch = finite(values);
    let median = median_in_place(&mut scratch)?;
    for value in &mut scratch {
        *value = (*value - median).abs();
    }
    // Two samples at opposite ends of the doubles are further apart than a double can say.
    let mad = median_in_place(&mut scratch)?.min(f64::MAX);
    Some(Spread { median, mad })
}

/// The mean of the middle half of the samples (the interquartile mean): as steady as a median,
/// and it does not jump from one mode to another. `None` without a finite sample.
///
/// Cost: O(n log n) time, one copy.
pub fn midmean(values: &[f64]) -> Option<f64> {
    let mut sorted = finite(values);
    sort_values(&mut sorted);
    mean_of(middle_half(&sorted))
}

/// [`midmean`], its squared standard error (Tukey and `McLaughlin` 1963: the variance with each sample outside
/// of the middle half set to its nearest end) and the samples of that half. `None` below two of those.
pub fn midmean_with_error(values: &[f64]) -> Option<(f64, f64, f64)> {
    let mut sorted = finite(values);
    sort_values(&mut sorted);
    let middle = middle_half(&sorted);
    let mean = mean_of(middle)?;
    let (lowest, highest) = (*middle.first()?, *middle.last()?);
    let within: Vec<f64> = sorted
        .iter()
        .map(|v| clamped(*v, lowest, highest))
        .collect();
    let centre = mean_of(&within)?;
    let squares: f64 = within.iter().map(|value| (value - centre).powi(2)).sum();
    let count = middle.len() as f64;
    (count >= 2.0).then(|| (mean, squares / (count * (count - 1.0)), count))
}

fn middle_half(sorted: &[f64]) -> &[f64] {
    let outside = sorted.len() / 4;
    &sorted[outside..sorted.len() - outside]
}

fn mean_of(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    // Dividing first keeps the sum of huge samples finite.
    (count > 0.0).then(|| values.iter().map(|value| value / count).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_moves_neither_the_median_nor_the_deviation() {
        let calm = spread(&[9.0, 10.0, 11.0, 12.0, 13.0]).unwrap();
        let shaken = spread(&[9.0, 10.0, 11.0, 12.0, 1e12]).unwrap();
        assert_eq!(
            calm,
            Spread {
                median: 11.0,
                mad: 1.0
            }
        );
        assert_eq!(shaken, calm);
        assert_eq!(calm.sigma(), 1.4826);
    }

    #[test]
    fn the_mean_of_the_middle_half_leaves_out_a_quarter_at_each_end() {
        assert_eq!(midmean(&[1e9, 4.0, 2.0, -7.0]), Some(3.0));
        assert_eq!(midmean(&[3.0, 1.0]), Some(2.0));
        assert_eq!(midmean(&[f64::NAN]), None);
    }

    #[test]
    fn the_error_of_the_middle_half_is_that_of_its_ends_repeated() {
        // 3 to 6, with the others at 3 and 6: squares of 1.5, 1.5, 1.5, .5, and the same above.
        let (mean, squared_error, count) =
            midmean_with_error(&[1e9, 4.0, 2.0, -7.0, 3.0, 5.0, 6.0, 7.0]).unwrap();
        assert_eq!((mean, squared_error, count), (4.5, 14.0 / 12.0, 4.0));
        assert_eq!(midmean_with_error(&[1.0]), None);
    }

    #[test]
    fn one_sample_has_no_spread_and_none_has_no_answer() {
        assert_eq!(
            spread(&[5.0]),
            Some(Spread {
                median: 5.0,
                mad: 0.0
            })
        );
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn the_spread_of_the_whole_range_of_doubles_is_finite() {
        let widest = spread(&[-f64::MAX, -f64::MAX, f64::MAX, f64::MAX, f64::MAX]).unwrap();
        assert!(widest.mad.is_finite());
        let ends = spread(&[-f64::MAX, f64::MAX]).unwrap();
        assert_eq!(
            ends,
            Spread {
                median: 0.0,
                mad: f64::MAX
            }
        );
    }
}
