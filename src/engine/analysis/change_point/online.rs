//! Changes found while the runs come in: the offline verdict on a bounded window.

use std::collections::VecDeque;

use super::{change_points_at, ChangePoint};

/// Runs looked back on: enough to separate steps of half the noise's sigma.
const WINDOW: usize = 256;

/// Runs between two looks at the window.
const LOOK_EVERY: usize = 8;

/// Runs that must have followed a change before it is called lasting.
const LASTING: usize = 20;

/// Chance of a false alarm given to each look. A thousand runs have 125 of them, most on the
/// same runs: together they invent a change in fewer than 1 of 100 such series.
const FALSE_ALARM_PER_LOOK: f64 = 0.001;

/// Watches one series of durations, at constant memory (2 KiB).
#[derive(Clone, Debug, Default)]
pub struct ChangeDetector {
    window: VecDeque<f64>,
    /// Runs that have left the window.
    left: usize,
    recorded: usize,
}

impl ChangeDetector {
    /// A detector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next run's duration in ms, and says which changes it made certain: most often
    /// none. Each is reported once; the runs before it are then forgotten. Indices count every run
    /// recorded, finite or not.
    ///
    /// A change is reported no earlier than 20 runs after it; one of two sigmas of the noise within 30.
    /// Cost: every 8th run looks at the window (some 20 µs), the others are free.
    pub fn record(&mut self, duration_ms: f64) -> Vec<ChangePoint> {
        if self.window.len() == WINDOW {
            self.forget(1);
        }
        self.window.push_back(duration_ms);
        self.recorded += 1;
        if self.recorded.is_multiple_of(LOOK_EVERY) {
            self.look()
        } else {
            Vec::new()
        }
    }

    fn look(&mut self) -> Vec<ChangePoint> {
        let left = self.left;
        let mut changes = change_points_at(self.window.make_contiguous(), FALSE_ALARM_PER_LOOK);
        changes.retain(|change| change.runs_after >= LASTING);
        for change in &mut changes {
            change.move_by(left);
        }
        if let Some(last) = changes.last() {
            self.forget(last.index - left);
        }
        changes
    }

    fn forget(&mut self, runs: usize) {
        self.window.drain(..runs);
        self.left += runs;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(run: usize, level: f64) -> f64 {
        level + (run * 7 % 10) as f64 * 0.05
    }

    #[test]
    fn each_change_is_told_once_with_its_place_in_the_whole_series() {
        let mut detector = ChangeDetector::new();
        let reported: Vec<usize> = (0..2000)
            .flat_map(|run| detector.record(level(run, [10.0, 12.0, 9.0][run / 700])))
            .map(|change| change.index)
            .collect();
        assert_eq!(reported, [700, 1400]);
    }

    #[test]
    fn what_is_told_is_the_offline_verdict_on_the_window() {
        let series: Vec<f64> = (0..128)
            .map(|run| level(run, [10.0, 12.0][run / 100]))
            .collect();
        let mut detector = ChangeDetector::new();
        let reported: Vec<(usize, ChangePoint)> = series
            .iter()
            .enumerate()
            .flat_map(|(run, &duration)| {
                detector
                    .record(duration)
                    .into_iter()
                    .map(move |change| (run, change))
            })
            .collect();
        let [(run, change)] = reported[..] else {
            panic!("{reported:?}")
        };
        assert_eq!(
            change_points_at(&series[..=run], FALSE_ALARM_PER_LOOK),
            [change]
        );
        assert!(run < 100 + 30);
    }

    #[test]
    fn memory_stays_bounded() {
        let mut detector = ChangeDetector::new();
        (0..10_000).for_each(|run| drop(detector.record(level(run, 10.0))));
        assert!(detector.window.capacity() <= 2 * WINDOW);
    }

    #[test]
    fn runs_that_are_no_numbers_only_count() {
        let mut detector = ChangeDetector::new();
        let reported: Vec<usize> = (0..400)
            .flat_map(|run| {
                let duration = level(run, [10.0, 20.0][run / 200]);
                detector.record(if run % 2 == 0 { f64::NAN } else { duration })
            })
            .map(|change| change.index)
            .collect();
        assert_eq!(reported, [201]);
    }
}
