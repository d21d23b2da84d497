//! Trend, anomalies and the next value of one series of durations.

use super::anomaly::{anomalies, Anomaly};
use super::change_point::levels;
use super::forecast::{forecast, Prediction, CONFIDENCE};
use super::recent_trend::Direction;
use super::trend::{trend, FEWEST_RUNS};
use crate::engine::stats::quantile;
use crate::engine::stats::trend::{MannKendall, TheilSen};

/// The pattern of a series of durations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// The direction; `None` with fewer than eight runs.
    pub direction: Option<Direction>,
    /// The test behind the direction.
    pub test: Option<MannKendall>,
    /// The slope in ms per run.
    pub slope: Option<TheilSen>,
    /// Runs out of the ordinary.
    pub anomalies: Vec<Anomaly>,
    /// The expected next duration; `None` without a forecast.
    pub next: Option<Prediction>,
}

/// Finds the pattern of durations in ms, oldest first; other numbers are left out.
pub fn pattern(durations_ms: &[f64]) -> Pattern {
    let durations = quantile::finite(durations_ms);
    if durations.len() < FEWEST_RUNS {
        return Pattern::default();
    }
    let found = trend(&durations);
    Pattern {
        direction: Some(found.map_or(Direction::Stable, |trend| trend.direction)),
        next: forecast(&durations, CONFIDENCE).map(|model| model.predict(1)),
        anomalies: anomalies(&durations, &levels(&durations).starts),
        test: found.map(|trend| trend.test),
        slope: found.map(|trend| trend.line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
