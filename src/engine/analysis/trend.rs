//! Determines whether a series of durations gets slower, by how much, and how sure that is.

use super::autocorrelation::Autocorrelation;
use super::recent_trend::Direction;
use super::rotation::levelled;
use super::scale::durations_of;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::midmean;
use crate::engine::stats::trend::{mann_kendall, theil_sen, MannKendall, TheilSen};
use std::borrow::Cow;

/// Fewest runs in which a trend can show at the chance of error below.
pub const FEWEST_RUNS: usize = 8;

/// Chance of calling a trend where there is none.
const SIGNIFICANCE: f64 = 0.01;

/// Least change from the first quarter of the runs to the last that is reported, as a share.
const WORTH_A_WORD: f64 = 0.05;

/// Levels that a slope is found from: twice as many would cost four times as much.
const SLOPE_RUNS: usize = 500;

/// Confidence of the interval of a slope.
pub const SLOPE_CONFIDENCE: f64 = 0.95;

/// How the level of a stage moves over some runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// The direction, if significant.
    pub direction: Direction,
    /// Mann and Kendall's test, its variance that of dependent runs.
    pub test: MannKendall,
    /// The line through the runs, in ms per run.
    pub line: TheilSen,
    /// Level of the last quarter of the runs over that of the first, less 1, never below -1;
    /// `None` where the first is 0.
    pub change: Option<f64>,
}

/// The trend of durations in ms, oldest first; numbers that are no durations are skipped. Kinds of
/// runs that take turns are judged each within itself. `None` below [`FEWEST_RUNS`].
///
/// The variance of the test and the interval of the slope are scaled by what the runs depend on
/// each other (Hamed and Rao, 1998). Cost: O(n log n).
pub fn trend(durations_ms: &[f64]) -> Option<Trend> {
    let durations = judged(durations_ms)?;
    trend_of(&durations, change_of(&durations))
}

/// The change of a significant trend; changes too small to report are not tested, as most stages are
/// steady.
pub fn sure_change(durations_ms: &[f64]) -> Option<f64> {
    let durations = judged(durations_ms)?;
    let change = change_of(&durations).filter(|change| change.abs() > WORTH_A_WORD)?;
    let found = trend_of(&durations, Some(change))?;
    (found.direction != Direction::Stable).then_some(change)
}

/// Durations, each within its kind where kinds take turns; `None` of fewer than [`FEWEST_RUNS`].
fn judged(durations_ms: &[f64]) -> Option<Cow<'_, [f64]>> {
    let durations = durations_of(durations_ms);
    let is_enough = durations.len() >= FEWEST_RUNS;
    is_enough.then(|| levelled(&durations).map_or(durations, Cow::Owned))
}

/// As [`Trend::change`].
fn change_of(durations: &[f64]) -> Option<f64> {
    let quarter = durations.len().div_ceil(4);
    let first = midmean(&durations[..quarter])?;
    let last = midmean(&durations[durations.len() - quarter..])?;
    (first > 0.0).then(|| last / first - 1.0)
}

fn trend_of(durations: &[f64], change: Option<f64>) -> Option<Trend> {
    let line = slope(durations)?;
    let inefficiency = inefficiency_about(durations, line.slope);
    let test = mann_kendall(durations)?.with_inefficiency(inefficiency);
    // A line that may be level shows no trend, however sure the test is.
    let is_sure = test.p_value < SIGNIFICANCE && (line.low > 0.0 || line.high < 0.0);
    let direction = match change {
        Some(change) if is_sure && change > WORTH_A_WORD && test.z > 0.0 => Direction::Degrading,
        Some(change) if is_sure && change < -WORTH_A_WORD && test.z < 0.0 => Direction::Improving,
        _ => Direction::Stable,
    };
    Some(Trend {
        direction,
        test,
        line,
        change,
    })
}

/// Standard errors of a slope that is significant.
pub(super) const RISING: f64 = 2.6;

/// What a line leaves below this share of a duration is rounding.
const ROUNDING: f64 = 1e-9;

/// Runs that are worth one independent run, in what a line of this slope leaves of them: a
/// trend is no autocorrelation.
fn inefficiency_about(durations: &[f64], slope: f64) -> f64 {
    let middle = durations.len() / 2;
    let (centre, origin) = (durations[middle], middle as f64);
    let left = (0_u32..).zip(durations).map(|(run, ms)| {
        let left = ms - centre - slope * (f64::from(run) - origin);
        if left.abs() < ROUNDING * centre {
            0.0
        } else {
            left
        }
    });
    Autocorrelation::of(&left.collect::<Vec<_>>()).inefficiency()
}

/// Whether some durations rise or fall about a line of this slope, their dependence allowed for.
pub(super) fn is_sure_of_trend(durations: &[f64], slope: f64) -> bool {
    let inefficiency = inefficiency_about(durations, slope);
    let test = mann_kendall(durations).map(|test| test.with_inefficiency(inefficiency));
    test.is_some_and(|test| test.p_value < SIGNIFICANCE)
}

/// The line through the runs, beyond 500 through the medians of as many stretches of neighbours, so
/// that every run counts. Its interval is as wide as what the line leaves of those depends on each other.
fn slope(durations: &[f64]) -> Option<TheilSen> {
    let stretches = durations.len().min(SLOPE_RUNS);
    let start = |stretch: usize| stretch * durations.len() / stretches;
    let (places, levels): (Vec<f64>, Vec<f64>) = (0..stretches)
        .filter_map(|stretch| {
            let runs = start(stretch)..start(stretch + 1);
            let place = (runs.start + runs.end - 1) as f64 / 2.0;
            Some((place, median(durations.get(runs)?)?))
        })
        .unzip();
    let line = theil_sen(&places, &levels, SLOPE_CONFIDENCE)?;
    let between = durations.len() as f64 / stretches as f64;
    let wider = inefficiency_about(&levels, line.slope * between).sqrt();
    Some(TheilSen {
        low: line.slope - wider * (line.slope - line.low),
        high: line.slope + wider * (line.high - line.slope),
        ..line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wobble(run: u32) -> f64 {
        f64::from((run * 7) % 5) * 0.25
    }

    fn direction_of(series: impl Fn(u32) -> f64) -> Option<Direction> {
        trend(&(0..60).map(series).collect::<Vec<_>>()).map(|trend| trend.direction)
    }

    #[test]
    fn a_series_that_only_wobbles_is_stable() {
        assert_eq!(
            direction_of(|run| 20.0 + wobble(run)),
            Some(Direction::Stable)
        );
    }

    #[test]
    fn growth_is_degrading_and_shrinking_improving() {
        let growing = |run: u32| 20.0 + f64::from(run) + wobble(run);
        assert_eq!(direction_of(growing), Some(Direction::Degrading));
        assert_eq!(
            direction_of(|run| growing(59 - run)),
            Some(Direction::Improving)
        );
    }

    #[test]
    fn the_change_is_that_of_the_last_quarter_against_the_first() {
        let halving: Vec<f64> = (0..400).map(|run| 20.0 - f64::from(run) / 40.0).collect();
        let found = trend(&halving).unwrap();
        // 18.76 in the first hundred, 11.26 in the last.
        assert!((found.change.unwrap() + 0.4).abs() < 0.01, "{found:?}");
        let to_nothing: Vec<f64> = (0..400)
            .map(|run| (300.0 - f64::from(run)).max(0.0))
            .collect();
        assert_eq!(trend(&to_nothing).unwrap().change, Some(-1.0));
    }

    #[test]
    fn four_times_the_runs_make_the_interval_of_a_slope_eight_times_as_narrow() {
        let width = |runs: u32| {
            let noise = |run: u32| f64::from(run.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
            let series: Vec<f64> = (0..runs).map(|run| 20.0 + noise(run)).collect();
            let line = trend(&series).unwrap().line;
            line.high - line.low
        };
        let ratio = width(500) / width(2000);
        assert!((7.0..9.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn too_few_runs_show_nothing() {
        assert_eq!(trend(&[1.0; 7]), None);
        assert_eq!(trend(&[f64::NAN; 20]), None);
    }
}
