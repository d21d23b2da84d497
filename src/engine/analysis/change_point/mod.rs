//! Finds since when a stage takes a different time, and how sure that is.
//!
//! The plan is that of E-divisive as used by Hunter (Fleming and others, 2023) and Apache
//! Otava: split, test the neighbouring segments with a t-test, keep what is significant. Split
//! and test here work on ranks (module `search`), so that neither a spike nor a heavy tail is a
//! change, and the place is found from the likelihood (module `location`). Every test counts as
//! many runs as the runs are worth where they depend on each other (module `autocorrelation`). Kinds of
//! runs that take turns are brought to one level first (module `rotation`).

mod location;
mod search;

use super::autocorrelation::Autocorrelation;
use super::rotation::levelled;
use super::scale::{logarithm, logarithms, places_of_durations};
use crate::engine::alerting::baseline::RESOLUTION_MS;
use crate::engine::stats::distribution::{student_t_quantile, welch_freedom};
use crate::engine::stats::robust::midmean_with_error;

use location::locate;
use search::{RankSums, Split, MIN_SIDE};
use std::ops::Range;

/// Chance of finding any change in a series that has none.
pub const FALSE_ALARM: f64 = 0.01;

/// Runs next to the change, on either side, that its size is measured on.
pub const SIZE_RUNS: usize = 500;

/// Relative change of level that sums of durations may show where there is none.
const ROUNDING: f64 = 1e-9;

/// A lasting change of level. Indices count the input, first run 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// First run of the new level.
    pub index: usize,
    /// With 95 % probability the new level began from here ...
    pub earliest: usize,
    /// ... to here.
    pub latest: usize,
    /// Runs between the change before, or the start, and this one.
    pub runs_before: usize,
    /// Runs from this change to the next one, or to the end.
    pub runs_after: usize,
    /// Mean in ms of the middle half of the last 500 runs before, or fewer.
    pub before_ms: f64,
    /// Mean in ms of the middle half of the first 500 runs after, or fewer.
    pub after_ms: f64,
    /// `after_ms` over `before_ms`, less 1: 0.2 is 20 % slower.
    pub change: f64,
    /// Lower end of its 95 % interval, as wide as that of Hodges and Lehmann's shift of the
    /// logarithms.
    pub change_low: f64,
    /// Upper end of its 95 % interval.
    pub change_high: f64,
    /// Chance of so clear a split anywhere in a series without change.
    pub p_value: f64,
}

impl ChangePoint {
    /// Moves the places by some runs that were not examined.
    pub(super) fn move_by(&mut self, runs: usize) {
        self.index += runs;
        self.earliest += runs;
        self.latest += runs;
    }
}

/// Finds the lasting changes of level in a series of durations in ms, oldest first. Numbers that
/// are no durations are skipped. In a series without change the chance of finding one is below
/// [`FALSE_ALARM`]. Fewer than 16 runs hold no change, and a burst of fewer than eight is none.
///
/// Cost: O(n log n).
pub fn change_points(durations_ms: &[f64]) -> Vec<ChangePoint> {
    change_points_at(durations_ms, FALSE_ALARM)
}

/// The levels of a series: where they begin, and how the last of them came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// First run of each level but the first.
    pub starts: Vec<usize>,
    /// The last change.
    pub last: Option<ChangePoint>,
}

/// The [`change_points`], without the cost of describing all but the last.
pub fn levels(durations_ms: &[f64]) -> Levels {
    let found = Found::of(durations_ms, FALSE_ALARM);
    let starts = found.splits.iter().map(|&at| found.places[at]);
    let last = found.splits.len().checked_sub(1);
    Levels {
        starts: starts.collect(),
        last: last.and_then(|index| found.describe(index)),
    }
}

impl From<&[ChangePoint]> for Levels {
    fn from(changes: &[ChangePoint]) -> Self {
        Self {
            starts: changes.iter().map(|change| change.index).collect(),
            last: changes.last().copied(),
        }
    }
}

/// [`change_points`] with another chance of a false alarm.
fn change_points_at(durations_ms: &[f64], false_alarm: f64) -> Vec<ChangePoint> {
    let found = Found::of(durations_ms, false_alarm);
    (0..found.splits.len())
        .filter_map(|index| found.describe(index))
        .collect()
}

/// The indices alone of the [`change_points`] of finite durations.
pub(super) fn change_places(durations_ms: &[f64]) -> Vec<usize> {
    let logs = logarithms(durations_ms);
    Search::of(durations_ms, &logs, FALSE_ALARM).splits().0
}

/// The runs next to a split, on either side of it, that its size is measured on.
fn around(splits: &[usize], index: usize, runs: usize) -> (Range<usize>, Range<usize>) {
    let (low, high) = neighbours(splits, index, runs);
    let at = splits[index];
    (
        at.saturating_sub(SIZE_RUNS).max(low)..at,
        at..(at + SIZE_RUNS).min(high),
    )
}

/// Ends of the two segments that meet at a split.
fn neighbours(splits: &[usize], index: usize, runs: usize) -> (usize, usize) {
    let low = index.checked_sub(1).map_or(0, |before| splits[before]);
    (low, splits.get(index + 1).copied().unwrap_or(runs))
}

fn retest(ranks: &RankSums, splits: &[usize], index: usize, runs: usize) -> Split {
    let (low, high) = neighbours(splits, index, runs);
    ranks.at(low, high, splits[index])
}

/// A search for changes in some logarithms.
struct Search<'a> {
    durations: &'a [f64],
    logs: &'a [f64],
    ranks: RankSums,
    autocorrelation: Autocorrelation,
    false_alarm: f64,
}

impl<'a> Search<'a> {
    fn of(durations: &'a [f64], logs: &'a [f64], false_alarm: f64) -> Self {
        Self {
            durations,
            logs,
            ranks: RankSums::of(logs),
            autocorrelation: Autocorrelation::of(logs),
            false_alarm,
        }
    }

    /// Where the level changes, and how many runs are worth one independent run.
    fn splits(&self) -> (Vec<usize>, f64) {
        let mut splits = self.significant();
        let inefficiency = self.autocorrelation.without(&splits);
        let inefficiency = inefficiency.unwrap_or_else(|| self.autocorrelation.inefficiency());
        for index in 0..splits.len() {
            let (low, high) = neighbours(&splits, index, self.logs.len());
            let (logs, at) = (&self.logs[low..high], splits[index] - low);
            splits[index] = low + locate(logs, at, MIN_SIDE, inefficiency).at;
        }
        self.confirm(&mut splits, inefficiency);
        while self.drop_levels_alike(&mut splits, inefficiency) {
            self.confirm(&mut splits, inefficiency);
        }
        (splits, inefficiency)
    }

    /// Takes the strongest split, then the strongest whose interval it does not cut, and so on:
    /// the most of them that are all significant if the level changes there. Autocorrelation is
    /// everywhere, changes are in few places: leaving those out does not make it go away.
    fn significant(&self) -> Vec<usize> {
        let mut candidates = self.ranks.candidates();
        let (mut chain, mut taken) = (Vec::new(), 0);
        let mut rest = self.autocorrelation.rest();
        while let Some(best) = candidates.first().copied() {
            chain.push(best.at);
            rest.leave_out(best.at);
            let Some(inefficiency) = rest.inefficiency() else {
                break;
            };
            if best.p_value(self.logs.len(), inefficiency) <= self.false_alarm
                && self.is_lasting(&chain, inefficiency)
            {
                taken = chain.len();
            }
            candidates.retain(|split| best.at <= split.low || split.high <= best.at);
        }
        chain.truncate(taken);
        chain.sort_unstable();
        chain
    }

    /// Whether every level is worth [`MIN_SIDE`] independent runs: less is a burst. Of a series too short
    /// for that, so many runs.
    fn is_lasting(&self, splits: &[usize], inefficiency: f64) -> bool {
        let each = if self.autocorrelation.is_of_few() {
            1.0
        } else {
            inefficiency
        };
        let least = MIN_SIDE as f64 * each;
        let mut sorted = splits.to_vec();
        sorted.sort_unstable();
        let ends = sorted.iter().copied().chain([self.logs.len()]);
        let mut starts = std::iter::once(0).chain(sorted.iter().copied());
        ends.zip(&mut starts)
            .all(|(end, start)| (end - start) as f64 >= least)
    }

    /// Drops the weakest split as long as its two segments do not differ significantly.
    fn confirm(&self, splits: &mut Vec<usize>, inefficiency: f64) {
        let runs = self.logs.len();
        loop {
            let tests =
                (0..splits.len()).map(|index| (index, retest(&self.ranks, splits, index, runs)));
            let weakest = tests.min_by(|a, b| a.1.strength.total_cmp(&b.1.strength));
            match weakest {
                Some((index, test)) if test.p_value(runs, inefficiency) > self.false_alarm => {
                    splits.remove(index)
                }
                _ => return,
            };
        }
    }

    /// Drops the first split whose size may be none, and says whether there was one: ranks differ
    /// by how often slow runs are met, too, and those of all runs by more than those next to it.
    fn drop_levels_alike(&self, splits: &mut Vec<usize>, inefficiency: f64) -> bool {
        let is_alike = |index: usize| {
            let size = Size::of(self.durations, splits, index, inefficiency);
            !size.is_some_and(|size| size.ratio.abs() > size.reach.max(ROUNDING))
        };
        let alike = (0..splits.len()).find(|&index| is_alike(index));
        alike.map(|index| splits.remove(index)).is_some()
    }
}

/// How much the level changes at a split.
struct Size {
    before_ms: f64,
    after_ms: f64,
    /// Logarithm of the one over the other, and how far its 95 % interval reaches to either side.
    ratio: f64,
    reach: f64,
}

impl Size {
    fn of(durations: &[f64], splits: &[usize], index: usize, inefficiency: f64) -> Option<Self> {
        let (before, after) = around(splits, index, durations.len());
        let (before_ms, of_before) = level(&durations[before])?;
        let (after_ms, of_after) = level(&durations[after])?;
        let quantile = student_t_quantile(0.975, welch_freedom(of_before, of_after));
        Some(Self {
            before_ms,
            after_ms,
            ratio: logarithm(after_ms) - logarithm(before_ms),
            // Wider where runs depend on each other.
            reach: quantile * (inefficiency * (of_before.0 + of_after.0)).sqrt(),
        })
    }
}

/// A series with the places where it changes.
struct Found {
    /// Places of the durations in the input.
    places: Vec<usize>,
    durations: Vec<f64>,
    logs: Vec<f64>,
    ranks: RankSums,
    /// Runs that are worth one independent run.
    inefficiency: f64,
    splits: Vec<usize>,
}

impl Found {
    fn of(durations_ms: &[f64], false_alarm: f64) -> Self {
        let places = places_of_durations(durations_ms);
        let durations: Vec<f64> = places.iter().map(|&index| durations_ms[index]).collect();
        let durations = levelled(&durations).unwrap_or(durations);
        let logs = logarithms(&durations);
        let search = Search::of(&durations, &logs, false_alarm);
        let (splits, inefficiency) = search.splits();
        let ranks = search.ranks;
        Self {
            places,
            durations,
            logs,
            ranks,
            inefficiency,
            splits,
        }
    }

    fn describe(&self, index: usize) -> Option<ChangePoint> {
        let runs = self.durations.len();
        let (low, high) = neighbours(&self.splits, index, runs);
        let at = self.splits[index];
        let range = locate(&self.logs[low..high], at - low, MIN_SIDE, self.inefficiency);
        let size = Size::of(&self.durations, &self.splits, index, self.inefficiency)?;
        let Size { ratio, reach, .. } = size;
        let first = self.places[at];
        Some(ChangePoint {
            index: first,
            earliest: self.places[low + range.earliest].min(first),
            latest: self.places[low + range.latest].max(first),
            runs_before: at - low,
            runs_after: high - at,
            before_ms: size.before_ms,
            after_ms: size.after_ms,
            change: ratio.exp_m1(),
            change_low: (ratio - reach).exp_m1(),
            change_high: (ratio + reach).exp_m1(),
            p_value: retest(&self.ranks, &self.splits, index, runs)
                .p_value(runs, self.inefficiency),
        })
    }
}

/// Mean of the middle half of some durations, and its squared error as a share of it with the number of
/// runs behind it.
fn level(durations_ms: &[f64]) -> Option<(f64, (f64, f64))> {
    let (mean, squared_error, count) = midmean_with_error(durations_ms)?;
    let share = squared_error / mean.max(RESOLUTION_MS).powi(2);
    Some((mean, (share, count)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::planted::{noise, uniform};

    fn series(levels: &[(usize, f64)]) -> Vec<f64> {
        let levels = levels.iter().flat_map(|&(runs, level)| vec![level; runs]);
        levels
            .enumerate()
            .map(|(run, level)| level * (1.0 + noise(run) / 10.0))
            .collect()
    }

    fn found_at(durations: &[f64]) -> Vec<usize> {
        change_points(durations)
            .iter()
            .map(|change| change.index)
            .collect()
    }

    #[test]
    fn every_lasting_change_is_found_in_its_place() {
        let levels = [(200, 10.0), (60, 15.0), (300, 10.0), (25, 12.0), (25, 14.0)];
        assert_eq!(found_at(&series(&levels)), [200, 260, 560, 585]);
    }

    #[test]
    fn the_levels_are_those_between_the_changes() {
        let mut durations = series(&[(200, 10.0), (60, 15.0), (300, 10.0)]);
        durations[20] = f64::NAN;
        let changes = change_points(&durations);
        assert_eq!(changes.len(), 2);
        assert_eq!(super::levels(&durations), Levels::from(&changes[..]));
        assert_eq!(super::levels(&[1.0; 50]), Levels::default());
    }

    #[test]
    fn a_change_shows_what_it_rests_on() {
        let found = change_points(&series(&[(200, 10.0), (100, 12.0)]));
        let [change] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((change.runs_before, change.runs_after), (200, 100));
        assert!((change.before_ms - 10.5).abs() < 0.1 && (change.after_ms - 12.6).abs() < 0.1);
        assert!(change.change_low < 0.2 && 0.2 < change.change_high);
        assert!((change.change - 0.2).abs() < 0.01);
        assert!(change.earliest <= 200 && 200 <= change.latest);
        assert!(change.p_value < 1e-20);
    }

    #[test]
    fn spikes_and_short_bursts_are_no_change_however_high() {
        let mut durations = series(&[(300, 10.0)]);
        for run in [50, 150, 151, 152, 299] {
            durations[run] *= 1e9;
        }
        assert_eq!(found_at(&durations), [0usize; 0]);
        let mut constant = vec![10.0; 60];
        constant[30..37].fill(20.0);
        assert_eq!(found_at(&constant), [0usize; 0]);
    }

    #[test]
    fn durations_that_are_not_finite_are_passed_over_but_counted() {
        let mut durations = series(&[(100, 10.0), (100, 20.0)]);
        durations.insert(50, f64::NAN);
        durations.insert(120, f64::INFINITY);
        assert_eq!(found_at(&durations), [101]);
        assert_eq!(found_at(&[f64::NAN; 50]), [0usize; 0]);
    }

    #[test]
    fn equal_runs_have_no_change_however_their_pauses_come() {
        // Pauses only in the last fifty runs: the level is the same.
        let mut durations = vec![20.0; 1000];
        for run in (0..1000).filter(|run| run % 4 == 0 && *run >= 950) {
            durations[run] = 100.0;
        }
        assert_eq!(found_at(&durations), [0usize; 0]);
        durations[950..].fill(100.0);
        assert_eq!(found_at(&durations), [950]);
    }

    #[test]
    fn the_interval_of_a_change_excludes_none_and_holds_its_size() {
        let mut uniform = uniform();
        let mut found = 0;
        for series in 0..400 {
            // Steps of 0 to 15 % in noise with a tail; in every other series slow runs are rarer
            // after the step, and the level drifts back.
            let step = 0.01 * f64::from(series % 16);
            let durations: Vec<f64> = (0..1200)
                .map(|run| {
                    let is_after = run >= 400;
                    let rate = if is_after && series % 2 == 0 {
                        0.2
                    } else {
                        0.45
                    };
                    let slow = if uniform() < rate { 0.4 } else { 0.0 };
                    let back = (f64::from(run) - 400.0).max(0.0) / 800.0 * step;
                    let level = if is_after { step - back } else { 0.0 };
                    10.0 * (level + slow + 0.15 * -uniform().ln()).exp()
                })
                .collect();
            for change in change_points(&durations) {
                let (low, size, high) = (change.change_low, change.change, change.change_high);
                assert!(low <= size && size <= high, "{change:?}");
                assert!(low > 0.0 || high < 0.0, "{change:?}");
                found += 1;
            }
        }
        assert!(found > 100, "{found}");
    }

    #[test]
    fn few_runs_equal_runs_and_zeros_have_no_change() {
        assert_eq!(found_at(&[]), [0usize; 0]);
        assert_eq!(
            found_at(&[1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0]),
            [0usize; 0]
        );
        assert_eq!(found_at(&[0.0; 100]), [0usize; 0]);
    }
}
