//! Trend, anomalies and the next value of one series of durations.

use super::anomaly::{anomalies, Anomaly};
use super::change_point::levels;
use super::forecast::{forecast, Prediction, CONFIDENCE};
use super::recent_trend::Direction;
use crate::engine::stats::quantile;
use crate::engine::stats::trend::{mann_kendall, theil_sen, MannKendall, TheilSen};

/// Runs from which a pattern can be told.
pub const FEWEST_RUNS: usize = 8;
/// Chance of calling a trend where there is none.
const SIGNIFICANCE: f64 = 0.01;
/// Change over the whole series, as a share of its median, that is worth a word.
const WORTH_A_WORD: f64 = 0.05;

/// What a series of durations shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// Which way it goes; `None` with fewer than [`FEWEST_RUNS`] runs.
    pub direction: Option<Direction>,
    /// The test behind the direction.
    pub test: Option<MannKendall>,
    /// The slope in ms a run.
    pub slope: Option<TheilSen>,
    /// Runs out of the ordinary.
    pub anomalies: Vec<Anomaly>,
    /// What to expect next; `None` where there is no forecast.
    pub next: Option<Prediction>,
}

/// Looks at durations in ms, oldest first; those that are no duration are left out.
pub fn pattern(durations_ms: &[f64]) -> Pattern {
    let durations = quantile::finite(durations_ms);
    if durations.len() < FEWEST_RUNS {
        return Pattern::default();
    }
    let runs: Vec<f64> = (0..durations.len()).map(|run| run as f64).collect();
    let slope = theil_sen(&runs, &durations, CONFIDENCE);
    let test = mann_kendall(&durations);
    Pattern {
        direction: Some(direction(&durations, test.as_ref(), slope.as_ref())),
        next: forecast(&durations, CONFIDENCE).map(|model| model.predict(1)),
        anomalies: anomalies(&durations, &levels(&durations).starts),
        test,
        slope,
    }
}

fn direction(durations: &[f64], test: Option<&MannKendall>, slope: Option<&TheilSen>) -> Direction {
    let (Some(test), Some(slope)) = (test, slope) else {
        return Direction::Stable;
    };
    let typical = quantile::median(durations).unwrap_or(0.0);
    let change = slope.slope * durations.len() as f64;
    if test.p_value >= SIGNIFICANCE || change.abs() <= WORTH_A_WORD * typical {
        Direction::Stable
    } else if change > 0.0 {
        Direction::Degrading
    } else {
        Direction::Improving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wobble(run: u32) -> f64 {
        f64::from((run * 7) % 5) * 0.25
    }

    fn direction_of(series: impl Fn(u32) -> f64) -> Option<Direction> {
        pattern(&(0..60).map(series).collect::<Vec<_>>()).direction
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
    fn the_next_run_of_a_line_lies_on_it() {
        let next = pattern(&(0..40).map(f64::from).collect::<Vec<_>>())
            .next
            .unwrap();
        assert!((next.expected_ms - 40.0).abs() < 1e-9);
        assert!(next.low_ms <= next.expected_ms && next.expected_ms <= next.high_ms);
    }

    #[test]
    fn too_few_runs_show_nothing() {
        assert_eq!(pattern(&[1.0; 7]), Pattern::default());
        assert_eq!(pattern(&[f64::NAN; 20]), Pattern::default());
        let few = pattern(&[1.0; 19]);
        assert!(few.direction.is_some() && few.next.is_none());
    }
}
