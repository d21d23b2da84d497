//! Finds how a stage's duration grows with the size of its input.
//!
//! A power law, duration = coefficient · size^exponent, by a Theil-Sen line through the
//! logarithms; where that does not describe the runs, a fixed cost beside one that grows, or two
//! powers that meet (module `shapes`), and then the exponent is that of the larger sizes. Over one
//! decade of sizes n log n looks like an exponent of 1.1 to 1.4.

mod law;
pub(super) mod shapes;

use super::sample::evenly_spread;
use crate::engine::stats::distribution::normal_quantile;
use crate::engine::stats::order::sort_values;
use crate::engine::stats::quantile::{median_sorted, nearest_rank_sorted, Quantile};
use crate::engine::stats::regression::{log_log_fit, PowerLaw};
use crate::engine::stats::special::root_sum_of_squares;
use shapes::{Fit, Points};

/// Runs that a power is fitted to, an even sample of more: in noise of 15 % they fix an
/// exponent to ± 0.03.
const MAX_RUNS: usize = 300;

/// Runs that the shape of the law is found from: a bend is less sure than a slope.
const SHAPE_RUNS: usize = 1_000;

/// Larger sizes and durations are invalid, and could overflow a double.
const MOST: f64 = 1e100;

/// Fewest runs for a law.
const MIN_RUNS: usize = 20;

/// Sizes must differ by this factor, but for one in ten at either end, to show any growth.
const LEAST_RANGE: f64 = 1.5;

/// Runs of other sizes than the two most frequent, without which two points are all there is.
const OTHER_SIZES: usize = 5;

/// Exponents this near to 1 count as linear.
const TOLERANCE: f64 = 0.1;

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// By how much more a law may be off than its parameters are: its shape was found from the same
/// runs.
const SHAPE_ERROR: f64 = 1.25;

/// Standard error of a median over that of a mean, under normal noise.
const MEDIAN_ERROR: f64 = 1.2533;

/// How duration grows with size, as far as the data shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Twice the size takes significantly less than twice as long.
    SubLinear,
    /// Not distinguished from linear.
    Linear,
    /// Twice the size takes significantly more than twice as long.
    SuperLinear,
    /// Durations follow none of the laws tried.
    Unclear,
}

/// The typical duration at some size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The size.
    pub size: f64,
    /// Median duration expected, in ms.
    pub duration_ms: f64,
    /// Lower end of its 95 % interval.
    pub low_ms: f64,
    /// Upper end of its 95 % interval.
    pub high_ms: f64,
}

/// The scaling law of one stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Runs that the law was fitted to.
    pub runs: usize,
    /// 1 is linear, 2 quadratic, 0 constant; at large sizes, where it is not the same everywhere.
    pub exponent: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Spread about the law as a standard deviation of the logarithm: 0.15 is about 15 %.
    pub noise: f64,
    /// The part of the cost in ms that does not grow, where there is one beside what does.
    pub fixed_ms: Option<f64>,
    /// Where there are two regimes, the size at which the exponent begins to hold, and the one
    /// below.
    pub lower_regime: Option<(f64, f64)>,
    /// Whether durations follow the law everywhere in the range of sizes.
    pub holds: bool,
    /// How the exponent compares with 1.
    pub growth: Growth,
    /// At the largest size seen.
    pub largest: Cost,
    /// At twice the largest size seen: carried on by the law, not measured.
    pub twice: Cost,
}

/// Finds how durations in ms grow with sizes. Runs without a positive size and duration are
/// left out; beyond 300, or 1,000 for the shape, an even sample of them is used.
///
/// `None` below 20 runs, where sizes differ too little (by less than a half between the tenth
/// and the ninth decile), or where nearly all runs have one of two sizes. Cost: O(n²) in the runs
/// used, about a millisecond.
pub fn scaling(sizes: &[f64], durations_ms: &[f64]) -> Option<Scaling> {
    let usable = |value: f64| value > 0.0 && value <= MOST;
    let pairs = sizes
        .iter()
        .zip(durations_ms)
        .map(|(&size, &ms)| (size, ms));
    let pairs: Vec<(f64, f64)> = pairs
        .filter(|&(size, ms)| usable(size) && usable(ms))
        .collect();
    let (sizes, durations) = sampled(&pairs, MAX_RUNS);
    let mut sorted = sizes.clone();
    sort_values(&mut sorted);
    let small = nearest_rank_sorted(&sorted, Quantile::new(0.1)?)?;
    let large = nearest_rank_sorted(&sorted, Quantile::P90)?;
    if sizes.len() < MIN_RUNS || large / small < LEAST_RANGE || are_two_points(&sorted) {
        return None;
    }
    let largest = pairs
        .iter()
        .fold(0.0_f64, |largest, pair| largest.max(pair.0));
    let (shape_sizes, shape_durations) = sampled(&pairs, SHAPE_RUNS);
    let shape = Points::of(&shape_sizes, &shape_durations)?.fit()?;
    if !shape.is_power() {
        return of_shape(&shape, shape_sizes.len(), largest);
    }
    let law = log_log_fit(&sizes, &durations, CONFIDENCE)?;
    let middle = median_sorted(&sorted)?;
    Some(Scaling {
        runs: sizes.len(),
        exponent: law.exponent,
        low: law.low,
        high: law.high,
        noise: law.residual_sigma,
        fixed_ms: None,
        lower_regime: None,
        holds: shape.holds,
        growth: growth(law.low, law.high, shape.holds),
        largest: cost(&law, middle, sizes.len(), largest)?,
        twice: cost(&law, middle, sizes.len(), 2.0 * largest)?,
    })
}

fn sampled(pairs: &[(f64, f64)], most: usize) -> (Vec<f64>, Vec<f64>) {
    evenly_spread(pairs.len(), most)
        .map(|index| pairs[index])
        .unzip()
}

/// Whether hardly any of the sizes, ascending, is another than the two most frequent.
fn are_two_points(sorted: &[f64]) -> bool {
    let mut counts: Vec<usize> = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
    counts.sort_unstable();
    let two: usize = counts.iter().rev().take(2).sum();
    sorted.len() - two < OTHER_SIZES
}

fn of_shape(shape: &Fit, runs: usize, largest: f64) -> Option<Scaling> {
    let (exponent, error) = shape.exponent();
    let quantile = SHAPE_ERROR * normal_quantile(0.5 + 0.5 * CONFIDENCE);
    let reach = quantile * error;
    let (low, high) = (exponent - reach, exponent + reach);
    let cost = |size: f64| {
        let (duration, error) = shape.at(size);
        cost_within(size, duration.exp(), (quantile * error).exp())
    };
    Some(Scaling {
        runs,
        exponent,
        low,
        high,
        noise: shape.noise,
        fixed_ms: shape.fixed_ms(),
        lower_regime: shape.lower_regime(),
        holds: shape.holds,
        growth: growth(low, high, shape.holds),
        largest: cost(largest)?,
        twice: cost(2.0 * largest)?,
    })
}

fn growth(low: f64, high: f64, holds: bool) -> Growth {
    if !holds {
        Growth::Unclear
    } else if low > 1.0 + TOLERANCE {
        Growth::SuperLinear
    } else if high < 1.0 - TOLERANCE {
        Growth::SubLinear
    } else {
        Growth::Linear
    }
}

/// The law at one size: surest at the middle of the sizes seen, less so the further away.
fn cost(law: &PowerLaw, middle: f64, runs: usize, size: f64) -> Option<Cost> {
    let duration_ms = law.predict(size)?;
    let reach = normal_quantile(0.5 + 0.5 * CONFIDENCE);
    let level = reach * MEDIAN_ERROR * law.residual_sigma / (runs as f64).sqrt();
    let tilt = (law.high - law.low) / 2.0 * (size / middle).ln();
    cost_within(size, duration_ms, root_sum_of_squares(level, tilt).exp())
}

/// With an interval of that factor to either side; `None` where it has no upper end.
fn cost_within(size: f64, duration_ms: f64, factor: f64) -> Option<Cost> {
    let high_ms = duration_ms * factor;
    high_ms.is_finite().then_some(Cost {
        size,
        duration_ms,
        low_ms: duration_ms / factor,
        high_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(exponent: f64) -> (Vec<f64>, Vec<f64>) {
        let sizes: Vec<f64> = (0..100)
            .map(|run| 10.0 + f64::from(run * 37 % 91))
            .collect();
        let noise = |run: usize| 1.0 + ((run * run * 31) % 101) as f64 / 1000.0;
        let durations = sizes
            .iter()
            .enumerate()
            .map(|(run, size)| size.powf(exponent) * noise(run))
            .collect();
        (sizes, durations)
    }

    #[test]
    fn growth_is_named_and_the_cost_at_twice_the_size_carried_on() {
        for (exponent, growth) in [
            (0.0, Growth::SubLinear),
            (1.0, Growth::Linear),
            (2.0, Growth::SuperLinear),
        ] {
            let (sizes, durations) = law(exponent);
            let found = scaling(&sizes, &durations).unwrap();
            assert_eq!((found.growth, found.runs), (growth, 100));
            assert!((found.exponent - exponent).abs() < 0.05, "{found:?}");
            assert_eq!((found.largest.size, found.twice.size), (100.0, 200.0));
            let expected = 200.0_f64.powf(exponent) * 1.05;
            assert!(
                (found.twice.duration_ms / expected - 1.0).abs() < 0.05,
                "{found:?}"
            );
            assert!(
                found.twice.low_ms < expected && expected < found.twice.high_ms,
                "{found:?}"
            );
            assert!(
                found.largest.high_ms / found.largest.low_ms
                    < found.twice.high_ms / found.twice.low_ms
            );
        }
    }

    #[test]
    fn sizes_that_hardly_differ_and_few_runs_show_no_law() {
        let (sizes, durations) = law(1.0);
        assert_eq!(scaling(&[50.0; 100], &durations), None);
        assert_eq!(scaling(&sizes[..19], &durations[..19]), None);
        assert_eq!(scaling(&[], &[]), None);
    }

    #[test]
    fn two_sizes_show_no_law_and_three_do() {
        let durations: Vec<f64> = (0..100).map(|run| f64::from(run % 7 + 10)).collect();
        let two: Vec<f64> = (0..100).map(|run| f64::from(100 << (run % 2))).collect();
        let mut few = two.clone();
        few[..4].fill(700.0);
        let three: Vec<f64> = (0..100).map(|run| f64::from(100 << (run % 3))).collect();
        assert_eq!(scaling(&two, &durations), None);
        assert_eq!(scaling(&few, &durations), None);
        assert!(scaling(&three, &durations).is_some());
    }

    #[test]
    fn a_law_that_does_not_hold_says_so() {
        let sizes: Vec<f64> = (0..400).map(|run| f64::from(run + 20)).collect();
        // Down, up and down again.
        let durations: Vec<f64> = sizes
            .iter()
            .map(|size| 10.0 * (1.0 + 0.8 * (size.ln() * 6.0).sin()))
            .collect();
        let found = scaling(&sizes, &durations).unwrap();
        assert_eq!((found.holds, found.growth), (false, Growth::Unclear));
    }

    #[test]
    fn runs_without_size_or_duration_are_left_out() {
        let (mut sizes, mut durations) = law(1.5);
        sizes.extend([0.0, f64::NAN, -5.0, 1e3, f64::INFINITY]);
        durations.extend([1e9, 1e9, 1e9, f64::NAN, 1e9]);
        let found = scaling(&sizes, &durations).unwrap();
        assert_eq!((found.runs, found.largest.size), (100, 100.0));
    }

    #[test]
    fn a_cost_beyond_the_doubles_is_none() {
        let sizes: Vec<f64> = (0..100).map(|run| 1.0 + f64::from(run)).collect();
        let durations: Vec<f64> = sizes.iter().map(|size| 1e289 * size.powi(9)).collect();
        assert_eq!(scaling(&sizes, &durations), None);
    }
}
