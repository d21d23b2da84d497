//! Whether stages got faster or slower from one set of runs to another.
//!
//! The rank-sum test of Wilcoxon, Mann and Whitney (1947) says whether, with p-values corrected
//! by Holm (1979) for the number of stages compared; Hodges and Lehmann's shift (1963) says by
//! how much. Neither asks for a distribution, and no outlier moves them.

use super::sample::thin;
use super::scale::{is_duration, logarithms, places_of_durations};
use crate::engine::stats::quantile::median;
use crate::engine::stats::rank::{holm, rank_sum, RankSum};
use crate::engine::stats::shift::hodges_lehmann_shift;

/// Runs of each side that are looked at, an even sample of more: enough to be sure of a shift of
/// a quarter of the noise.
const MAX_RUNS: usize = 1000;

/// Confidence of the interval of a shift.
const CONFIDENCE: f64 = 0.95;

/// What counts as a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criteria {
    /// Chance that any stage is called faster or slower though none is, in (0, 1).
    pub significance: f64,
    /// Relative change below which a difference, however sure, is none: 0.02 is 2 %.
    pub least_change: f64,
}

impl Default for Criteria {
    /// 1 % chance of a false verdict; changes of 2 % count.
    fn default() -> Self {
        Self {
            significance: 0.01,
            least_change: 0.02,
        }
    }
}

/// What became of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes less time.
    Faster,
    /// It takes more time.
    Slower,
    /// No difference was found: there is none, or it is smaller than these runs can show.
    NoDifferenceFound,
    /// Even a complete separation of so few runs could be chance.
    TooFewRuns,
}

/// One stage compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// Runs before.
    pub runs_before: usize,
    /// Runs after.
    pub runs_after: usize,
    /// Corrected for the number of stages; 1 where a side has no runs.
    pub p_value: f64,
    /// How much, where both sides have runs.
    pub shift: Option<Change>,
}

/// By how much a stage changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Median before, in ms.
    pub before_ms: f64,
    /// Median after, in ms.
    pub after_ms: f64,
    /// Shift in ms: positive if slower.
    pub shift_ms: f64,
    /// Lower end of its 95 % interval.
    pub low_ms: f64,
    /// Upper end of its 95 % interval.
    pub high_ms: f64,
    /// Relative change, by the shift of the logarithms: 0.2 is 20 % slower; 0 where the median
    /// before is 0.
    pub change: f64,
    /// Lower end of its 95 % interval.
    pub change_low: f64,
    /// Upper end of its 95 % interval.
    pub change_high: f64,
    /// Chance that a run after takes longer than a run before; a tie counts half.
    pub chance_slower: f64,
}

/// Compares stages, each given by its durations in ms before and after, in the order given.
/// Numbers that are no durations are passed over; beyond 1,000 runs a side an even sample of
/// them is compared.
///
/// Cost: O(n log n) for each stage.
pub fn compare(stages: &[(&[f64], &[f64])], criteria: Criteria) -> Vec<Comparison> {
    let samples: Vec<(Vec<f64>, Vec<f64>)> = stages
        .iter()
        .map(|(before, after)| (sample(before), sample(after)))
        .collect();
    let tests: Vec<Option<RankSum>> = samples
        .iter()
        .map(|(before, after)| rank_sum(before, after))
        .collect();
    let p_values: Vec<f64> = tests
        .iter()
        .map(|test| test.map_or(1.0, |test| test.p_value))
        .collect();
    let corrected = holm(&p_values);
    (0..stages.len())
        .map(|stage| {
            let (before, after) = &samples[stage];
            let p_value = corrected[stage];
            let shift = tests[stage].and_then(|test| change(before, after, &test));
            let enough = least_p_value(before.len(), after.len()) * stages.len() as f64
                <= criteria.significance;
            Comparison {
                verdict: verdict(enough, p_value, shift.as_ref(), criteria),
                runs_before: count(stages[stage].0),
                runs_after: count(stages[stage].1),
                p_value,
                shift,
            }
        })
        .collect()
}

fn sample(durations_ms: &[f64]) -> Vec<f64> {
    let places = places_of_durations(durations_ms);
    thin(places.len(), MAX_RUNS)
        .map(|index| durations_ms[places[index]])
        .collect()
}

fn count(durations_ms: &[f64]) -> usize {
    durations_ms
        .iter()
        .filter(|duration| is_duration(**duration))
        .count()
}

/// The p-value of two sets that do not overlap at all: two of all ways to choose one set.
fn least_p_value(before: usize, after: usize) -> f64 {
    let smaller = before.min(after);
    (1..=smaller).fold(2.0, |p_value, run| {
        p_value * run as f64 / (before.max(after) + run) as f64
    })
}

fn change(before: &[f64], after: &[f64], test: &RankSum) -> Option<Change> {
    let shift = hodges_lehmann_shift(before, after, CONFIDENCE)?;
    let before_ms = median(before)?;
    let ratio = hodges_lehmann_shift(&logarithms(before), &logarithms(after), CONFIDENCE)?;
    let relative = |log: f64| if before_ms > 0.0 { log.exp_m1() } else { 0.0 };
    Some(Change {
        before_ms,
        after_ms: median(after)?,
        shift_ms: shift.estimate,
        low_ms: shift.low,
        high_ms: shift.high,
        change: relative(ratio.estimate),
        change_low: relative(ratio.low),
        change_high: relative(ratio.high),
        chance_slower: test.superiority,
    })
}

fn verdict(enough: bool, p_value: f64, shift: Option<&Change>, criteria: Criteria) -> Verdict {
    if !enough {
        return Verdict::TooFewRuns;
    }
    let sure = p_value <= criteria.significance;
    match shift {
        Some(shift) if sure && shift.shift_ms > criteria.least_change * shift.before_ms => {
            Verdict::Slower
        }
        Some(shift) if sure && -shift.shift_ms > criteria.least_change * shift.before_ms => {
            Verdict::Faster
        }
        _ => Verdict::NoDifferenceFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(count: usize, level: f64) -> Vec<f64> {
        let noise = |run: usize| ((run * run * 31 + run * 7919) % 1013) as f64 / 5065.0;
        (0..count).map(|run| level * (1.0 + noise(run))).collect()
    }

    fn verdict_of(before: &[f64], after: &[f64]) -> Verdict {
        compare(&[(before, after)], Criteria::default())[0].verdict
    }

    #[test]
    fn each_verdict_is_given_where_it_is_due() {
        let before = runs(100, 10.0);
        assert_eq!(verdict_of(&before, &runs(80, 12.0)), Verdict::Slower);
        assert_eq!(verdict_of(&before, &runs(80, 8.0)), Verdict::Faster);
        assert_eq!(
            verdict_of(&before, &runs(80, 10.0)),
            Verdict::NoDifferenceFound
        );
        assert_eq!(verdict_of(&before, &runs(1, 99.0)), Verdict::TooFewRuns);
        assert_eq!(verdict_of(&before, &[]), Verdict::TooFewRuns);
    }

    #[test]
    fn a_change_comes_with_its_size_and_interval() {
        let (before, after) = (runs(100, 10.0), runs(100, 12.0));
        let found = compare(&[(&before, &after)], Criteria::default())[0];
        let change = found.shift.unwrap();
        assert_eq!((found.runs_before, found.runs_after), (100, 100));
        assert!((change.change - 0.2).abs() < 0.02 && found.p_value < 1e-10);
        assert!(change.change_low < 0.2 && 0.2 < change.change_high);
        assert!(change.low_ms < change.shift_ms && change.shift_ms < change.high_ms);
        assert!(change.chance_slower > 0.85);
    }

    #[test]
    fn runs_are_too_few_when_no_outcome_could_convince() {
        // Five of each without overlap have p = 2 / 252, six 2 / 924: enough for one stage ...
        let of = |count| (runs(count, 10.0), runs(count, 99.0));
        let (five, six) = (of(5), of(6));
        assert_eq!(verdict_of(&five.0, &five.1), Verdict::Slower);
        // ... but not for ten.
        let ten: Vec<(&[f64], &[f64])> = vec![(&five.0, &five.1); 10];
        let ten = compare(&ten, Criteria::default());
        assert!(ten.iter().all(|stage| stage.verdict == Verdict::TooFewRuns));
        let four: Vec<(&[f64], &[f64])> = vec![(&six.0, &six.1); 4];
        let four = compare(&four, Criteria::default());
        assert!(four.iter().all(|stage| stage.verdict == Verdict::Slower));
    }

    #[test]
    fn a_sure_but_tiny_change_is_no_difference() {
        let (before, after) = (runs(1000, 10.0), runs(1000, 10.15));
        let found = compare(&[(&before, &after)], Criteria::default())[0];
        assert!(found.p_value < 0.01);
        assert_eq!(found.verdict, Verdict::NoDifferenceFound);
        let strict = Criteria {
            least_change: 0.0,
            ..Criteria::default()
        };
        assert_eq!(
            compare(&[(&before, &after)], strict)[0].verdict,
            Verdict::Slower
        );
    }

    #[test]
    fn durations_that_are_not_finite_and_zeros_do_no_harm() {
        let broken = [f64::NAN; 50];
        assert_eq!(verdict_of(&broken, &broken), Verdict::TooFewRuns);
        let found = compare(&[(&[0.0; 50], &[0.0; 50])], Criteria::default())[0];
        assert_eq!(found.verdict, Verdict::NoDifferenceFound);
        assert_eq!(found.shift.unwrap().change, 0.0);
        assert_eq!(verdict_of(&[0.0; 50], &[5.0; 50]), Verdict::Slower);
    }
}
