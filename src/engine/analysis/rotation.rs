//! Detects kinds of runs that alternate in a fixed order: actors of a game, tenants of a scheduler.
//!
//! They may have no names. Where the place in a turn explains much of the variance, every run is
//! judged among those of its kind: its duration over the level of its kind, relative to a whole
//! turn. That is the seasonal index of a ratio to moving average (Macaulay, 1931), with medians.
//! Kinds without an order cannot be detected this way, and need not be: such runs are independent.

use super::scale::logarithms;
use crate::engine::alerting::baseline::RESOLUTION_MS;
use crate::engine::stats::quantile::median;

/// Most kinds looked for.
const MOST_KINDS: usize = 16;

/// Newest runs in which the number of kinds is sought.
const EXAMINED: usize = 512;

/// Fewest turns that show a rotation.
const FEWEST_TURNS: usize = 5;

/// Share of the variance that the kinds must explain.
const EXPLAINED: f64 = 0.3;

/// A turn of fewer kinds is preferred where it leaves at most so much more unexplained.
const NOT_WORSE: f64 = 1.1;

/// Variance of logarithms that is rounding.
const NO_VARIANCE: f64 = 1e-24;

/// The kinds, by turns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rotation {
    /// Level of each kind over that of a whole turn; the run with the place 0 is of the first.
    factors: Vec<f64>,
}

impl Rotation {
    /// The rotation of durations in ms; `None` if they do not take turns. O(n).
    pub fn of(durations_ms: &[f64]) -> Option<Self> {
        let newest = durations_ms.len().saturating_sub(EXAMINED);
        let kinds = number_of_kinds(&logarithms(&durations_ms[newest..]))?;
        // All runs must follow the same turns.
        if unexplained(&logarithms(durations_ms), kinds) > 1.0 - EXPLAINED {
            return None;
        }
        let levels: Vec<f64> = (0..kinds)
            .filter_map(|kind| {
                let runs = durations_ms
                    .iter()
                    .skip(newest)
                    .skip((kind + kinds - newest % kinds) % kinds);
                median(
                    &runs
                        .step_by(kinds)
                        .map(|ms| ms.max(RESOLUTION_MS))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        let turn = levels.iter().sum::<f64>() / kinds as f64;
        let factors: Vec<f64> = levels.iter().map(|level| level / turn).collect();
        let usable = |factor: &f64| factor.is_finite() && *factor > 0.0;
        (factors.len() == kinds && factors.iter().all(usable)).then_some(Self { factors })
    }

    /// The number of kinds.
    pub fn kinds(&self) -> usize {
        self.factors.len()
    }

    /// Level of the kind of the run at a place, over that of a whole turn.
    pub fn factor(&self, place: usize) -> f64 {
        let kind = place % self.factors.len();
        self.factors.get(kind).copied().unwrap_or(1.0)
    }

    /// Durations as if all runs were of one kind, with the mean of a turn.
    pub fn levelled(&self, durations_ms: &[f64]) -> Vec<f64> {
        let kinds = self.factors.iter().cycle();
        durations_ms
            .iter()
            .zip(kinds)
            .map(|(ms, factor)| ms / factor)
            .collect()
    }
}

/// The durations as if all runs were of one kind, where they take turns.
pub(super) fn levelled(durations_ms: &[f64]) -> Option<Vec<f64>> {
    Rotation::of(durations_ms).map(|rotation| rotation.levelled(durations_ms))
}

/// The fewest kinds that explain enough, and about as much as any number.
fn number_of_kinds(logs: &[f64]) -> Option<usize> {
    let most = MOST_KINDS.min(logs.len() / FEWEST_TURNS);
    let left: Vec<f64> = (2..=most).map(|kinds| unexplained(logs, kinds)).collect();
    let least = left.iter().copied().fold(f64::INFINITY, f64::min);
    if least > 1.0 - EXPLAINED {
        return None;
    }
    let enough = (NOT_WORSE * least).max(least + 1e-9);
    left.iter()
        .position(|&share| share <= enough)
        .map(|at| at + 2)
}

/// Share of the variance within so many kinds, corrected for their number; 1 of equal runs.
fn unexplained(logs: &[f64], kinds: usize) -> f64 {
    let runs = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / runs;
    let mut sums = vec![(0.0, 0.0); kinds];
    let mut all = 0.0;
    for turn in logs.chunks(kinds) {
        for (log, (sum, count)) in turn.iter().zip(&mut sums) {
            let away = log - mean;
            all += away * away;
            *sum += away;
            *count += 1.0;
        }
    }
    if all <= runs * NO_VARIANCE {
        return 1.0;
    }
    let between: f64 = sums
        .iter()
        .map(|(sum, count)| sum * sum / f64::max(*count, 1.0))
        .sum();
    (all - between).max(0.0) / all * (runs - 1.0) / (runs - kinds as f64)
}

#[cfg(test)]
mod tests {
    use super::super::planted;
    use super::*;

    fn noise(run: usize) -> f64 {
        1.0 + planted::noise(run) / 10.0
    }

    #[test]
    fn kinds_that_take_turns_are_levelled() {
        let levels = [10.0, 40.0, 20.0];
        for first in [0, 1] {
            let runs = first..first + 601;
            let series: Vec<f64> = runs.map(|run| levels[run % 3] * noise(run)).collect();
            let found = Rotation::of(&series).unwrap();
            assert_eq!(found.factors.len(), 3);
            let even = found.levelled(&series);
            assert!(even.iter().all(|ms| (21.0..27.0).contains(ms)), "{even:?}");
        }
    }

    #[test]
    fn runs_of_one_kind_and_kinds_in_no_order_take_no_turns() {
        let one: Vec<f64> = (0..600).map(|run| 10.0 * noise(run)).collect();
        assert_eq!(Rotation::of(&one), None);
        let mixed: Vec<f64> = (0..600)
            .map(|run| if noise(run * 3 + 1) < 1.03 { 10.0 } else { 40.0 } * noise(run))
            .collect();
        assert_eq!(Rotation::of(&mixed), None);
        let step: Vec<f64> = (0..600)
            .map(|run| if run < 300 { 10.0 } else { 40.0 } * noise(run))
            .collect();
        assert_eq!(Rotation::of(&step), None);
        assert_eq!(Rotation::of(&[10.0; 100]), None);
        assert_eq!(Rotation::of(&[1.0, 2.0, 1.0, 2.0]), None);
    }
}
