//! Is there a trend (Mann-Kendall), and how steep (Theil-Sen)?

use super::distribution::{normal_quantile, normal_sf};
use super::order::{ascending, inversions, sort_values};
use super::quantile::{finite, median_in_place};
use super::slopes::Slopes;
use crate::engine::stats::order::sort_by_value;

/// Points up to which every pair counts towards a Theil-Sen slope; see [`theil_sen`].
pub const MAX_SLOPE_POINTS: usize = 1_000;

/// A straight line through points, and how sure its slope is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TheilSen {
    /// Median slope, in units of y per unit of x.
    pub slope: f64,
    /// Where the line crosses x = 0: median y less the slope times median x.
    pub intercept: f64,
    /// Lower end of the slope's confidence interval.
    pub low: f64,
    /// Upper end of the slope's confidence interval.
    pub high: f64,
    /// Points that the line was found from.
    pub points: usize,
}

/// The Theil-Sen line through the points `(x[i], y[i])` with Sen's interval for its slope (Sen
/// 1968): `SciPy`'s `theilslopes(y, x, confidence)`. Up to 29 % of the points may be arbitrarily
/// wrong.
///
/// Beyond [`MAX_SLOPE_POINTS`] points it uses that many of them, evenly spaced in the order of
/// x, the first and the last included: the interval is then that of the fewer points.
///
/// `None` unless two points differ in x, if `confidence` is not in (0, 1), or where a result
/// exceeds the doubles. Beyond the shorter slice there are no points.
///
/// Cost: O(n²) time over at most 499,500 pairs (about a millisecond), O(n log n) where more
/// points are to be sorted; memory for about a tenth of the slopes.
pub fn theil_sen(x: &[f64], y: &[f64], confidence: f64) -> Option<TheilSen> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let points = sampled_points(x, y);
    let slopes = Slopes::of(&points);
    let count = slopes.count();
    let last = count.checked_sub(1)?;
    let (low_rank, high_rank) = interval_ranks(&points, count, confidence);
    let middles = [last / 2, count / 2];
    let ranks = [
        low_rank.min(middles[0]),
        middles[0],
        middles[1],
        high_rank.max(middles[1]),
    ];
    let [low, lower, upper, high] = slopes.select(ranks)?;
    // Adding zero turns a negative zero into zero.
    let slope = lower.midpoint(upper) + 0.0;
    let mut across: Vec<f64> = points.iter().map(|point| point.0).collect();
    let mut along: Vec<f64> = points.iter().map(|point| point.1).collect();
    let intercept = median_in_place(&mut along)? - slope * median_in_place(&mut across)?;
    let line = TheilSen {
        slope,
        intercept,
        low: low + 0.0,
        high: high + 0.0,
        points: points.len(),
    };
    [slope, intercept, low, high]
        .iter()
        .all(|value| value.is_finite())
        .then_some(line)
}

/// The finite points in ascending order of x, an even sample of them down to [`MAX_SLOPE_POINTS`].
fn sampled_points(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(&x, &y)| (x, y))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    // Stable, so that sampling does not depend on the sort where x repeats.
    sort_by_value(&mut points, |point| point.0);
    let last = points.len().saturating_sub(1);
    if last < MAX_SLOPE_POINTS {
        return points;
    }
    let steps = MAX_SLOPE_POINTS - 1;
    (0..=steps)
        .map(|step| points[(step * last + steps / 2) / steps])
        .collect()
}

/// Ranks, among `count` sorted slopes, of the ends of Sen's interval (his equation 2.6).
fn interval_ranks(points: &[(f64, f64)], count: usize, confidence: f64) -> (usize, usize) {
    let across: Vec<f64> = points.iter().map(|point| point.0).collect();
    let along: Vec<f64> = points.iter().map(|point| point.1).collect();
    let repeats = tie_term(sorted(across).as_slice()) + tie_term(sorted(along).as_slice());
    let variance = (untied_term(points.len()) - repeats) / 18.0;
    let reach = -normal_quantile(0.5 - 0.5 * confidence) * variance.max(0.0).sqrt();
    let high = (count as f64).midpoint(reach).round_ties_even() as usize;
    let low = (count as f64).midpoint(-reach).round_ties_even() as usize;
    (low.saturating_sub(1), high.min(count - 1))
}

/// Whether a series rises or falls, whatever the shape of its rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: i64,
    /// Variance of `s` without a trend, corrected for ties.
    pub variance: f64,
    /// `s` in standard deviations, corrected for continuity; 0 where all samples are equal.
    pub z: f64,
    /// Two-sided p-value, in [0, 1].
    pub p_value: f64,
    /// Kendall's tau: `s` as a share of all pairs, from -1 (falling) to 1 (rising).
    pub tau: f64,
}

impl MannKendall {
    /// The test of a series of which so many samples are worth one independent sample: the
    /// variance of S is that many times as large (Hamed and Rao, 1998).
    #[must_use]
    pub fn with_inefficiency(self, inefficiency: f64) -> Self {
        let z = self.z / inefficiency.sqrt();
        Self {
            variance: self.variance * inefficiency,
            z,
            p_value: 2.0 * normal_sf(z.abs()),
            ..self
        }
    }
}

/// The Mann-Kendall test of a series in order of time (Mann 1945, Kendall 1975):
/// `pymannkendall`'s `original_test`, with a p-value that keeps its digits when it is tiny.
///
/// It supposes that neighbours do not depend on each other; where they do, see
/// [`MannKendall::with_inefficiency`]. `None` below two finite samples. Cost: O(n log n) time.
pub fn mann_kendall(series: &[f64]) -> Option<MannKendall> {
    // Adding zero makes both zeros one value in the order, too.
    let samples: Vec<f64> = finite(series)
        .into_iter()
        .map(|value| value + 0.0)
        .collect();
    let count = samples.len();
    if count < 2 {
        return None;
    }
    let order = ascending(&samples);
    let falls = inversions(&order);
    let samples: Vec<f64> = order.iter().map(|&place| samples[place as usize]).collect();
    let all_pairs = pairs(count);
    let level: u64 = tied_groups(&samples).map(pairs).sum();
    let s = (all_pairs - level - falls).cast_signed() - falls.cast_signed();
    let variance = (untied_term(count) - tie_term(&samples)) / 18.0;
    let z = if s == 0 {
        0.0
    } else {
        (s - s.signum()) as f64 / variance.sqrt()
    };
    Some(MannKendall {
        s,
        variance,
        z,
        p_value: 2.0 * normal_sf(z.abs()),
        tau: s as f64 / all_pairs as f64,
    })
}

fn pairs(count: usize) -> u64 {
    let count = count as u64;
    count * count.saturating_sub(1) / 2
}

/// Kendall's `n (n - 1) (2 n + 5)`: 18 times the variance of S without ties.
fn untied_term(count: usize) -> f64 {
    let count = count as f64;
    count * (count - 1.0) * (2.0 * count + 5.0)
}

/// What the ties of a sorted series take from [`untied_term`].
fn tie_term(sorted: &[f64]) -> f64 {
    tied_groups(sorted).map(untied_term).sum()
}

/// Sizes of the groups of equal samples.
fn tied_groups(sorted: &[f64]) -> impl Iterator<Item = usize> + '_ {
    sorted
        .chunk_by(|left, right| left == right)
        .map(<[f64]>::len)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    sort_values(&mut values);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(count: usize) -> Vec<f64> {
        (0..count).map(|i| i as f64).collect()
    }

    #[test]
    fn beyond_the_limit_the_line_comes_from_an_even_sample_with_both_ends() {
        let x = indices(10_000);
        let points = sampled_points(&x, &x);
        assert_eq!(points.len(), MAX_SLOPE_POINTS);
        assert_eq!(
            (points[0].0, points[MAX_SLOPE_POINTS - 1].0),
            (0.0, 9_999.0)
        );
        let steps: Vec<f64> = points
            .windows(2)
            .map(|pair| pair[1].0 - pair[0].0)
            .collect();
        assert!(steps.iter().all(|step| (10.0..=11.0).contains(step)));
    }

    #[test]
    fn a_line_needs_two_points_that_differ_in_x() {
        assert_eq!(theil_sen(&[], &[], 0.95), None);
        assert_eq!(theil_sen(&[1.0], &[1.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, 1.0], &[1.0, 2.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, f64::NAN], &[1.0, 2.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, 2.0], &[1.0, 2.0], 1.0), None);
        let two = theil_sen(&[1.0, 2.0], &[1.0, 3.0], 0.95).unwrap();
        assert_eq!((two.slope, two.low, two.high), (2.0, 2.0, 2.0));
    }

    #[test]
    fn slopes_beyond_the_doubles_are_no_answer() {
        assert_eq!(theil_sen(&[0.0, 5e-324], &[-1.0, 1.0], 0.9), None);
        assert_eq!(
            theil_sen(&[-f64::MAX, f64::MAX], &[-f64::MAX, f64::MAX], 0.9),
            None
        );
    }

    #[test]
    fn the_statistic_is_that_of_counting_every_pair() {
        for count in 2..60 {
            let series: Vec<f64> = (0..count).map(|i| f64::from(i * 37 % 11)).collect();
            let mut s = 0;
            for (i, earlier) in series.iter().enumerate() {
                for later in &series[i + 1..] {
                    s += i64::from(later > earlier) - i64::from(later < earlier);
                }
            }
            assert_eq!(mann_kendall(&series).unwrap().s, s);
        }
    }

    #[test]
    fn a_level_series_has_no_trend() {
        let test = mann_kendall(&[4.0; 9]).unwrap();
        assert_eq!(
            (test.s, test.variance, test.z, test.p_value),
            (0, 0.0, 0.0, 1.0)
        );
    }

    #[test]
    fn a_trend_needs_two_finite_samples() {
        assert_eq!(mann_kendall(&[1.0]), None);
        assert_eq!(mann_kendall(&[f64::NAN, 1.0, f64::INFINITY]), None);
        assert_eq!(mann_kendall(&[1.0, f64::NAN, 2.0]).unwrap().s, 1);
    }
}
