//! Finds the attributes that set slow executions apart.
//!
//! Each attribute is tested by an analysis of variance on the ranks of the durations (Conover and Iman, 1981),
//! numbers by Spearman's rank correlation (1904) as well; the p-values are corrected by Holm (1979) for the
//! number of attributes. The effect is the share of the ranks' variance that the attribute accounts for,
//! adjusted so that many groups alone account for nothing (Ezekiel, 1930). Attributes correlated with a cause
//! are found with it; whether one explains more than the size of the work and the time is tested on what those
//! leave unexplained (module `beside`). Runs that resemble previous ones say less about an attribute that
//! lasts over many: the variance of the test is that of an autocorrelated series (Newey and West, 1987).

mod beside;
mod groups;
mod strata;
mod values;

pub use values::Values;

pub use groups::Trait;

use super::ranks::mid_ranks;
use super::sample::evenly_spread;
use super::scale::{is_duration, logarithm, places_of_durations};
use crate::engine::stats::order::{ascending, sort_by};
use crate::engine::stats::quantile::median_in_place;
use crate::engine::stats::rank::holm;
use crate::engine::stats::robust::spread;
use crate::engine::stats::serial::inflation;
use crate::engine::stats::special::{incomplete_beta, root_sum_of_squares};
use beside::beside;
use groups::{Grouping, MIN_GROUP, NO_GROUP};
use strata::with_rare_values;

/// Most runs examined, an even sample of more: enough to be sure of an effect of 3 %.
const MAX_RUNS: usize = 1000;

/// Chance that any of the attributes asked about is called significant though none is.
pub const SIGNIFICANCE: f64 = 0.01;

/// The slowest runs, of which a group's share is reported: one in this many.
const SLOW_ONE_IN: usize = 10;

/// Standard error of a median of n normal values, as a share of their sigma, times the root of n.
const MEDIAN_ERROR: f64 = 1.2533;

/// How far one attribute sets slow executions apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// Place of the attribute in the input.
    pub attribute: usize,
    /// Executions examined: those with a duration and a value.
    pub runs: usize,
    /// Share of the variance of the durations' ranks, in [0, 1].
    pub effect: f64,
    /// Corrected for the number of attributes.
    pub p_value: f64,
    /// The same beside the attributes that are the work, and beside the order of the runs; of
    /// those attributes `p_value`.
    pub p_beside: f64,
    /// The group that is slow.
    pub slow: SlowGroup,
}

impl Explanation {
    /// Whether chance alone would hardly set executions so far apart: at [`SIGNIFICANCE`].
    pub fn is_significant(&self) -> bool {
        self.p_value < SIGNIFICANCE
    }

    /// Whether it does so beside the work and the time.
    pub fn holds(&self) -> bool {
        self.is_significant() && self.p_beside < SIGNIFICANCE
    }
}

/// The executions with the value that is associated with slowness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowGroup {
    /// Their common value.
    pub shared: Trait,
    /// Their number among those examined.
    pub runs: usize,
    /// Their median duration in ms.
    pub median_ms: f64,
    /// Median duration in ms of the others.
    pub others_ms: f64,
    /// Standard error of the logarithm of how many times the one is as long as the other.
    pub error: f64,
    /// Their share of the slowest tenth, in [0, 1]; compare with `runs` over all.
    pub share_of_slowest: f64,
}

/// Ranks attributes by how far they set slow executions apart, the greatest effect first.
/// Attributes with fewer than two groups of five executions explain nothing and are left
/// out. Those in `work` are what a stage is given to do: the size of its input, its items, its
/// complexity.
///
/// Cost: O(n log n) for each attribute.
pub fn explain(
    durations_ms: &[f64],
    attributes: &[Values<'_>],
    work: &[usize],
) -> Vec<Explanation> {
    let places = &places_of_durations(durations_ms);
    let durations: Vec<f64> = places.iter().map(|&place| durations_ms[place]).collect();
    let ranks = mid_ranks(&durations);
    let mut found = tests(&ranks, attributes, places);
    // All given attributes count, including those that explain nothing.
    let corrected = holm_of(found.iter().map(|found| found.test), attributes.len());
    let beside = beside_work(&ranks, attributes, places, work, &found, &corrected);
    let mut explanations: Vec<Explanation> = found
        .drain(..)
        .zip(corrected)
        .zip(beside)
        .filter_map(|((found, p_value), p_beside)| {
            Some(Explanation {
                attribute: found.attribute,
                runs: found.test.runs,
                effect: found.test.effect,
                p_value,
                p_beside,
                slow: slow_group(&durations, &ranks, &found.grouping)?,
            })
        })
        .collect();
    sort_by(&mut explanations, |a, b| {
        b.effect
            .total_cmp(&a.effect)
            .then(a.p_value.total_cmp(&b.p_value))
    });
    explanations
}

/// An attribute that explains something.
struct Tested {
    attribute: usize,
    grouping: Grouping,
    test: Test,
}

fn tests(ranks: &[f64], attributes: &[Values<'_>], places: &[usize]) -> Vec<Tested> {
    let each = attributes.iter().enumerate();
    let tested = each.filter_map(|(attribute, &values)| {
        let grouping = Grouping::of(values, places)?;
        let test = Test::of(ranks, values, places, &grouping, 0)?;
        Some(Tested {
            attribute,
            grouping,
            test,
        })
    });
    tested.collect()
}

fn holm_of(tests: impl Iterator<Item = Test>, attributes: usize) -> Vec<f64> {
    let mut p_values: Vec<f64> = tests.map(|test| test.p_value).collect();
    p_values.resize(p_values.len().max(attributes), 1.0);
    holm(&p_values)
}

/// The corrected p-value of each attribute tested beside the work. Nothing is computed where
/// none but the work is significant.
fn beside_work(
    ranks: &[f64],
    attributes: &[Values<'_>],
    places: &[usize],
    work: &[usize],
    found: &[Tested],
    corrected: &[f64],
) -> Vec<f64> {
    let is_work = |found: &Tested| work.contains(&found.attribute);
    let mut pairs = found.iter().zip(corrected);
    if !pairs.any(|(found, &p_value)| !is_work(found) && p_value < SIGNIFICANCE) {
        return corrected.to_vec();
    }
    let known = work.iter().filter_map(|&place| attributes.get(place));
    let left = beside(ranks, known, places);
    let tests = found.iter().map(|found| {
        let values = attributes[found.attribute];
        let (ranks, taken) = (&left.ranks, left.parameters);
        let of_rest = Test::of(ranks, values, places, &found.grouping, taken);
        of_rest.unwrap_or(Test {
            p_value: 1.0,
            ..found.test
        })
    });
    let beside = holm_of(tests, attributes.len());
    let each = found.iter().zip(corrected).zip(beside);
    each.map(|((found, &p_value), beside)| if is_work(found) { p_value } else { beside })
        .collect()
}

/// Places of the runs that [`explain`] examines: given only these with their attributes, it returns
/// the same answer.
fn examined(durations_ms: &[f64]) -> Vec<usize> {
    let all = places_of_durations(durations_ms);
    evenly_spread(all.len(), MAX_RUNS)
        .map(|index| all[index])
        .collect()
}

/// Runs that are examined, at most 1,000 and evenly spread, and more of the categories that
/// those hold too few of: `columns` is asked for the categories of all runs where not all are
/// examined.
pub fn examined_by_value(
    durations_ms: &[f64],
    columns: impl FnOnce() -> Vec<Vec<u32>>,
) -> Vec<usize> {
    let even = examined(durations_ms);
    if even.len() == durations_ms.len() {
        return even;
    }
    let mut sample = with_rare_values(even, &columns());
    sample.retain(|&place| is_duration(durations_ms[place]));
    sample
}

/// Outcome of a test before correction.
#[derive(Clone, Copy)]
struct Test {
    runs: usize,
    effect: f64,
    p_value: f64,
}

impl Test {
    /// From the share of variance that a model with so many parameters beside the mean explains,
    /// and so many that were taken before. `scores` are what each run adds to the model's estimate by chance: what it
    /// departs from the mean by the model, times what the model leaves of it.
    fn new(explained: f64, scores: &[f64], parameters: usize, taken: usize) -> Option<Self> {
        let runs = scores.len();
        let left = runs.checked_sub(parameters + taken + 1);
        let left = left.filter(|&left| left > 0)? as f64;
        let unexplained = (1.0 - explained).clamp(0.0, 1.0);
        let by_chance = inflation(scores) * unexplained;
        // The tail of the F distribution, written for the share itself.
        let share = by_chance / (1.0 - unexplained + by_chance);
        let p_value = incomplete_beta(left / 2.0, parameters as f64 / 2.0, share);
        let effect = (1.0 - unexplained * (runs as f64 - 1.0) / left).max(0.0);
        Some(Self {
            runs,
            effect,
            p_value,
        })
    }

    /// The better of both tests for a number; of categories that between groups. From the ranks so
    /// many other parameters were taken before.
    fn of(
        ranks: &[f64],
        values: Values<'_>,
        places: &[usize],
        grouping: &Grouping,
        taken: usize,
    ) -> Option<Self> {
        let test = Self::of_groups(ranks, grouping, taken)?;
        Some(match values {
            Values::Numbers(numbers) => test.or_slope(ranks, numbers, places, grouping, taken),
            Values::Categories(_) => test,
        })
    }

    /// Analysis of variance of the ranks between groups.
    fn of_groups(ranks: &[f64], grouping: &Grouping, taken: usize) -> Option<Self> {
        let sums = group_sums(ranks, grouping);
        let runs: usize = sums.iter().map(|(count, _)| count).sum();
        let total: f64 = sums.iter().map(|(_, sum)| sum).sum();
        let mean = total / runs as f64;
        let away = |count: usize, sum: f64| (sum / count as f64 - mean).powi(2) * count as f64;
        let between: f64 = sums.iter().map(|&(count, sum)| away(count, sum)).sum();
        let all: f64 = grouped(ranks, grouping)
            .map(|(rank, _)| (rank - mean).powi(2))
            .sum();
        let parameters = sums
            .len()
            .checked_sub(1)
            .filter(|&groups| groups > 0 && all > 0.0)?;
        let scores = grouped(ranks, grouping).map(|(rank, group)| {
            let (count, sum) = sums[group];
            let of_group = sum / count as f64;
            (of_group - mean) * (rank - of_group)
        });
        Self::new(
            between / all,
            &scores.collect::<Vec<f64>>(),
            parameters,
            taken,
        )
    }

    /// The better of this test and that for a steady rise or fall, at the price of two tests.
    fn or_slope(
        self,
        ranks: &[f64],
        numbers: &[f64],
        places: &[usize],
        grouping: &Grouping,
        taken: usize,
    ) -> Self {
        let number_ranks = grouping.number_ranks(numbers, places);
        let (ranks, numbers): (Vec<f64>, Vec<f64>) = (0..places.len())
            .filter(|&run| grouping.group_of[run] != NO_GROUP)
            .map(|run| (ranks[run], number_ranks[run]))
            .unzip();
        let slope = line(&numbers, &ranks)
            .and_then(|(explained, scores)| Self::new(explained, &scores, 1, taken));
        let better = slope
            .filter(|slope| slope.p_value < self.p_value)
            .unwrap_or(self);
        Self {
            p_value: (2.0 * better.p_value).min(1.0),
            ..better
        }
    }
}

/// The square of Pearson's correlation, of ranks of Spearman's, and the scores of the line for
/// [`Test::new`]. `None` where one side does not vary.
fn line(x: &[f64], y: &[f64]) -> Option<(f64, Vec<f64>)> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x_mean, y_mean) = (mean(x), mean(y));
    let away = x.iter().zip(y).map(|(x, y)| (x - x_mean, y - y_mean));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in away.clone() {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let scores = away.map(|(x, y)| x * (y - x * xy / xx));
    (xx > 0.0 && yy > 0.0).then(|| (xy * xy / (xx * yy), scores.collect()))
}

/// Values of the runs that are in a group, with the group.
fn grouped<'a>(
    values: &'a [f64],
    grouping: &'a Grouping,
) -> impl Iterator<Item = (f64, usize)> + 'a {
    let runs = values
        .iter()
        .copied()
        .zip(grouping.group_of.iter().copied());
    runs.filter(|&(_, group)| group != NO_GROUP)
}

/// Count and sum of each group's ranks.
fn group_sums(ranks: &[f64], grouping: &Grouping) -> Vec<(usize, f64)> {
    let mut sums = vec![(0, 0.0); grouping.traits.len()];
    for (rank, group) in grouped(ranks, grouping) {
        sums[group].0 += 1;
        sums[group].1 += rank;
    }
    sums
}

/// The group that is most surely slower than the rest.
fn slow_group(durations: &[f64], ranks: &[f64], grouping: &Grouping) -> Option<SlowGroup> {
    let sums = group_sums(ranks, grouping);
    let runs: usize = sums.iter().map(|(count, _)| count).sum();
    let mean = sums.iter().map(|(_, sum)| sum).sum::<f64>() / runs as f64;
    let surely = |&(count, sum): &(usize, f64)| {
        let (inside, outside) = (count as f64, (runs - count) as f64);
        (sum - inside * mean) / (inside * outside).sqrt()
    };
    let slow = (0..sums.len()).max_by(|&a, &b| surely(&sums[a]).total_cmp(&surely(&sums[b])))?;
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (duration, group) in grouped(durations, grouping) {
        if group == slow {
            inside.push(duration);
        } else {
            outside.push(duration);
        }
    }
    let slowest = runs.div_ceil(SLOW_ONE_IN).max(MIN_GROUP).min(runs);
    let slowest_inside = slowest_in(ranks, grouping, slow, slowest);
    Some(SlowGroup {
        shared: grouping.traits[slow],
        runs: inside.len(),
        error: root_sum_of_squares(error_of_median(&inside), error_of_median(&outside)),
        median_ms: median_in_place(&mut inside)?,
        others_ms: median_in_place(&mut outside)?,
        share_of_slowest: slowest_inside as f64 / slowest as f64,
    })
}

/// Standard error of the logarithm of the median of durations, in order.
fn error_of_median(durations: &[f64]) -> f64 {
    let logs: Vec<f64> = durations.iter().map(|&ms| logarithm(ms)).collect();
    let sigma = spread(&logs).map_or(0.0, |spread| spread.sigma());
    MEDIAN_ERROR * sigma * (inflation(&logs) / logs.len() as f64).sqrt()
}

/// How many of the `slowest` runs are in a group; of equal ones the first count as slower.
fn slowest_in(ranks: &[f64], grouping: &Grouping, group: usize, slowest: usize) -> usize {
    let fallen = grouped(ranks, grouping).map(|(rank, group)| (-rank, group));
    let (fallen, groups): (Vec<f64>, Vec<usize>) = fallen.unzip();
    let slow = ascending(&fallen).into_iter().take(slowest);
    slow.filter(|&run| groups[run as usize] == group).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::planted::noise;

    /// 400 runs of 10 to 11 ms, twice that where the first attribute is 3 of 0 to 4.
    fn planted() -> (Vec<f64>, Vec<u32>, Vec<f64>) {
        let cause: Vec<u32> = (0..400).map(|run| (run * 7 % 5) as u32).collect();
        let slow = |run: usize| if cause[run] == 3 { 2.0 } else { 1.0 };
        let durations = (0..400)
            .map(|run| (10.0 + noise(run)) * slow(run))
            .collect();
        let unrelated = (0..400).map(|run| noise(run * 3 + 11)).collect();
        (durations, cause, unrelated)
    }

    #[test]
    fn the_cause_comes_first_with_the_group_that_is_slow() {
        let (durations, cause, unrelated) = planted();
        let found = explain(
            &durations,
            &[Values::Numbers(&unrelated), Values::Categories(&cause)],
            &[],
        );
        let first = found[0];
        assert_eq!((first.attribute, first.runs), (1, 400));
        assert!(first.effect > 0.4 && first.p_value < 1e-20, "{first:?}");
        assert_eq!(
            (first.slow.shared, first.slow.runs),
            (Trait::Category(3), 80)
        );
        assert!(first.slow.median_ms > 20.0 && first.slow.others_ms < 11.0);
        assert_eq!(first.slow.share_of_slowest, 1.0);
        assert!(
            found[1].p_value > 0.05 && found[1].effect < 0.05,
            "{:?}",
            found[1]
        );
    }

    #[test]
    fn a_number_that_durations_rise_with_is_found_by_its_slope() {
        let sizes: Vec<f64> = (0..60).map(|run| 100.0 * noise(run * 5 + 2)).collect();
        let durations: Vec<f64> = sizes
            .iter()
            .enumerate()
            .map(|(run, size)| size + 100.0 * noise(run))
            .collect();
        let found = explain(&durations, &[Values::Numbers(&sizes)], &[]);
        assert!(found[0].p_value < 1e-4, "{found:?}");
        let Trait::Range { low, .. } = found[0].slow.shared else {
            panic!("{found:?}")
        };
        assert!(low > 50.0);
    }

    #[test]
    fn a_number_whose_middle_is_slow_is_found_too() {
        let sizes: Vec<f64> = (0..200).map(|run| noise(run * 5 + 2)).collect();
        let durations: Vec<f64> = sizes
            .iter()
            .enumerate()
            .map(|(run, size)| noise(run) + if (0.25..0.5).contains(size) { 1.0 } else { 0.0 })
            .collect();
        assert!(explain(&durations, &[Values::Numbers(&sizes)], &[])[0].p_value < 1e-10);
    }

    #[test]
    fn the_correlation_of_ranks_is_spearmans() {
        // SciPy: spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) = 0.8207826816681233.
        let (square, _) = line(
            &mid_ranks(&[1.0, 2.0, 3.0, 4.0, 5.0]),
            &mid_ranks(&[5.0, 6.0, 7.0, 8.0, 7.0]),
        )
        .unwrap();
        assert!((square.sqrt() - 0.820_782_681_668_123_3).abs() < 1e-12);
    }

    #[test]
    fn two_groups_have_the_p_value_of_a_t_test_of_their_ranks() {
        // Ranks 0 1 2 | 3 4 5: t = 3.674234614 with 4 degrees of freedom.
        let test = Test::new(13.5 / 17.5, &[1.5, 0.0, -1.5, -1.5, 0.0, 1.5], 1, 0).unwrap();
        let t = 3.0 / (1.0_f64 * 2.0 / 3.0).sqrt();
        let expected = 2.0 * crate::engine::stats::distribution::student_t_sf(t, 4.0);
        assert!((test.p_value - expected).abs() < 1e-12);
    }

    #[test]
    fn attributes_that_do_not_vary_and_durations_that_do_not_explain_nothing() {
        let (durations, cause, _) = planted();
        let one = Values::Categories(&[1; 400]);
        assert!(explain(&durations, &[one, Values::Numbers(&[f64::NAN; 400])], &[]).is_empty());
        assert!(explain(&[5.0; 400], &[Values::Categories(&cause)], &[]).is_empty());
        assert!(explain(&[f64::NAN; 400], &[Values::Categories(&cause)], &[]).is_empty());
        assert!(explain(&[], &[one], &[]).is_empty());
    }
}
