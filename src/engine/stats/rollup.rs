//! How long a stage took, all-time and window by window: quantiles at constant memory.
//!
//! Durations wait in a small buffer and reach a sketch two dozen at a time, or when a caller
//! asks. A window that has passed is folded into the past; the windows themselves stay as long
//! as records do, so that a question about the last hours merges a few hundred sketches.

use crate::engine::config::Config;
use crate::engine::stats::sketch::Sketch;
use crate::engine::time::Reading;
use std::collections::VecDeque;

/// Windows stored: 24 hours of 5 minutes, and the one that is being filled. Where the settings
/// ask for more, each window becomes wider.
pub const MAX_WINDOWS: usize = 289;

/// Durations that wait: 192 bytes, three cache lines.
const PENDING: usize = 24;

#[derive(Debug)]
struct Window {
    /// Bounds on the monotonic scale.
    start_ms: f64,
    end_ms: f64,
    /// Wall clock at the start, as it is shown.
    start_wall_ms: f64,
    sketch: Sketch,
}

/// The durations of one stage. Some 300 bytes for each window in which it ran.
#[derive(Debug)]
pub struct Rollups {
    pending: [f64; PENDING],
    waiting: u8,
    /// Until when the newest window is filled, on the monotonic scale.
    end_ms: f64,
    /// Wall clock before which a completion belongs to no window that is being filled.
    start_wall_ms: f64,
    /// Every window but the newest, including those no longer stored.
    past: Sketch,
    /// Oldest first; the newest is being filled.
    windows: VecDeque<Window>,
}

impl Default for Rollups {
    fn default() -> Self {
        Self {
            pending: [0.0; PENDING],
            waiting: 0,
            end_ms: f64::NEG_INFINITY,
            start_wall_ms: f64::NEG_INFINITY,
            past: Sketch::new(),
            windows: VecDeque::new(),
        }
    }
}

/// Durations merged from some windows.
#[derive(Debug, PartialEq)]
pub struct Merged {
    /// Their durations in ms.
    pub sketch: Sketch,
    /// Start of the oldest window merged, on the monotonic scale; `None` for all-time.
    pub start_ms: Option<f64>,
    /// The same by the wall clock; the earliest where that was set.
    pub start_wall_ms: Option<f64>,
}

impl Rollups {
    /// Takes one duration that was completed at `at`. A window lasts as long as the monotonic
    /// clock says; where the wall clock shows less than its start, another begins, so that no
    /// window is shown to start after what it holds.
    ///
    /// Cost: a store and three comparisons; every 24th time some 100 ns.
    #[inline]
    pub fn record(&mut self, duration_ms: f64, at: Reading, config: &Config) {
        if at.now.as_millis() >= self.end_ms || at.wall_ms < self.start_wall_ms {
            self.open_window(at, config);
        }
        if let Some(slot) = self.pending.get_mut(usize::from(self.waiting)) {
            *slot = duration_ms;
            self.waiting += 1;
        }
        if usize::from(self.waiting) == PENDING {
            self.flush();
        }
    }

    /// Everything completed in windows that end after `since_ms` on the monotonic scale; all
    /// there ever was for minus infinity.
    pub fn since(&mut self, since_ms: f64) -> Merged {
        self.flush();
        let all = since_ms == f64::NEG_INFINITY;
        let mut merged = Merged {
            sketch: if all {
                self.past.clone()
            } else {
                Sketch::new()
            },
            start_ms: None,
            start_wall_ms: None,
        };
        let newest = self.windows.len().saturating_sub(1);
        for (place, window) in self.windows.iter().enumerate() {
            let wanted = if all {
                place == newest
            } else {
                window.end_ms > since_ms
            };
            if wanted {
                merged.sketch.merge(&window.sketch);
                if !all {
                    merged.start_ms.get_or_insert(window.start_ms);
                    let earliest = merged.start_wall_ms.get_or_insert(window.start_wall_ms);
                    *earliest = earliest.min(window.start_wall_ms);
                }
            }
        }
        merged
    }

    /// Drops windows that ended before `cutoff_ms` on the monotonic scale.
    pub fn evict_older(&mut self, cutoff_ms: f64) {
        while self.windows.len() > 1
            && self
                .windows
                .front()
                .is_some_and(|window| window.end_ms < cutoff_ms)
        {
            self.windows.pop_front();
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let windows = self
            .windows
            .iter()
            .map(|window| size_of::<Window>() - size_of::<Sketch>() + window.sketch.memory_bytes());
        size_of::<Self>() - size_of::<Sketch>() + self.past.memory_bytes() + windows.sum::<usize>()
    }

    #[cold]
    fn open_window(&mut self, at: Reading, config: &Config) {
        self.flush();
        let now_ms = at.now.as_millis();
        if let Some(newest) = self.windows.back_mut() {
            self.past.merge(&newest.sketch);
            newest.end_ms = newest.end_ms.min(now_ms);
        }
        let least = config.retention_period_ms / (MAX_WINDOWS - 1) as f64;
        let width = config.aggregation_interval_ms.max(least);
        self.start_wall_ms = (at.wall_ms / width).floor() * width;
        let start_ms = now_ms - (at.wall_ms - self.start_wall_ms);
        self.end_ms = start_ms + width;
        self.windows.push_back(Window {
            start_ms,
            end_ms: self.end_ms,
            start_wall_ms: self.start_wall_ms,
            sketch: Sketch::new(),
        });
        self.evict_older(now_ms - config.retention_period_ms);
        // Settings that changed may have left narrower windows than fit: the oldest give way.
        while self.windows.len() > MAX_WINDOWS {
            self.windows.pop_front();
        }
    }

    fn flush(&mut self) {
        if let Some(newest) = self.windows.back_mut() {
            let waiting = self.pending.get(..usize::from(self.waiting));
            for &duration_ms in waiting.unwrap_or_default() {
                newest.sketch.record(duration_ms);
            }
        }
        self.waiting = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stats::quantile::Quantile;
    use crate::engine::time::Nanos;

    const MINUTE: f64 = 60_000.0;

    fn reading(now_ms: f64, wall_ms: f64) -> Reading {
        Reading {
            now: Nanos::from_millis(now_ms).unwrap(),
            wall_ms,
        }
    }

    fn of(runs: impl Iterator<Item = (f64, f64)>, config: &Config) -> Rollups {
        let mut rollups = Rollups::default();
        for (duration_ms, at_ms) in runs {
            rollups.record(duration_ms, reading(at_ms, at_ms), config);
        }
        rollups
    }

    #[test]
    fn all_time_equals_one_sketch_of_everything() {
        let config = Config::default();
        let runs = || (0..5_000).map(|run| (f64::from(run % 97) + 0.5, f64::from(run) * MINUTE));
        let mut whole = Sketch::new();
        for (duration_ms, _) in runs() {
            whole.record(duration_ms);
        }
        let mut rollups = of(runs(), &config);
        assert_eq!(rollups.since(f64::NEG_INFINITY).sketch, whole);
        // Asking changes nothing.
        assert_eq!(rollups.since(f64::NEG_INFINITY).sketch, whole);
    }

    #[test]
    fn a_range_holds_the_windows_that_reach_into_it() {
        let config = Config::default();
        let runs = (0..60).map(|run| (f64::from(run), f64::from(run) * MINUTE));
        let merged = of(runs, &config).since(42.0 * MINUTE);
        assert_eq!(merged.start_ms, Some(40.0 * MINUTE));
        assert_eq!(
            (merged.sketch.min(), merged.sketch.max()),
            (Some(40.0), Some(59.0))
        );
    }

    #[test]
    fn a_day_takes_constant_memory_however_short_the_interval() {
        let config = Config {
            aggregation_interval_ms: 1_000.0,
            ..Config::default()
        };
        let day = |days: u32| {
            let runs =
                (0..days * 8_640).map(|run| (10.0 + f64::from(run % 7), f64::from(run) * 10_000.0));
            of(runs, &config)
        };
        let (one, three) = (day(1), day(3));
        assert!(three.windows.len() <= MAX_WINDOWS && one.windows.len() <= MAX_WINDOWS);
        assert!(three.memory_bytes() < one.memory_bytes() * 11 / 10);
        assert!(one.memory_bytes() < 80_000, "{} bytes", one.memory_bytes());
    }

    #[test]
    fn a_wall_clock_set_back_loses_nothing() {
        let config = Config::default();
        let mut rollups = Rollups::default();
        rollups.record(1.0, reading(100.0 * MINUTE, 100.0 * MINUTE), &config);
        rollups.record(2.0, reading(101.0 * MINUTE, 0.0), &config);
        rollups.record(3.0, reading(102.0 * MINUTE, MINUTE), &config);
        assert_eq!(
            rollups.windows.len(),
            2,
            "none is shown to start after its runs"
        );
        let merged = rollups.since(f64::NEG_INFINITY);
        assert_eq!(merged.sketch.count(), 3);
        let middle = merged.sketch.quantile(Quantile::P50).unwrap();
        assert!((middle - 2.0).abs() <= 0.02);
        // The first window ended where the second began, and the range begins with the earlier of their walls.
        assert_eq!(rollups.since(101.0 * MINUTE).sketch.count(), 2);
        assert_eq!(rollups.since(0.0).start_wall_ms, Some(0.0));
    }

    #[test]
    fn settings_that_change_leave_no_more_windows_than_there_may_be() {
        let second = 1_000.0;
        let narrow = Config {
            aggregation_interval_ms: second,
            retention_period_ms: (MAX_WINDOWS - 1) as f64 * second,
            ..Config::default()
        };
        let mut rollups = of((0..400).map(|run| (1.0, f64::from(run) * second)), &narrow);
        assert_eq!(rollups.windows.len(), MAX_WINDOWS);
        let at_ms = 401.0 * second;
        rollups.record(1.0, reading(at_ms, at_ms), &Config::default());
        assert_eq!(rollups.windows.len(), MAX_WINDOWS);
    }

    #[test]
    fn a_reading_from_the_future_neither_drops_windows_nor_holds_one_open() {
        let config = Config::default();
        let mut rollups = Rollups::default();
        let year = 365.0 * 24.0 * 60.0 * MINUTE;
        for minute in 0..120 {
            let at_ms = f64::from(minute) * MINUTE;
            let ahead = if minute == 60 { 70.0 * year } else { 0.0 };
            rollups.record(f64::from(minute), reading(at_ms, at_ms + ahead), &config);
        }
        let merged = rollups.since(110.0 * MINUTE);
        assert_eq!(
            (merged.sketch.count(), merged.start_wall_ms),
            (10, Some(110.0 * MINUTE))
        );
        assert_eq!(rollups.since(0.0).sketch.count(), 120);
    }

    #[test]
    fn windows_past_the_retention_go_but_count_to_all_time() {
        let config = Config {
            retention_period_ms: 10.0 * MINUTE,
            ..Config::default()
        };
        let mut rollups = of((0..100).map(|run| (1.0, f64::from(run) * MINUTE)), &config);
        assert!(rollups.windows.len() <= 4);
        assert_eq!(rollups.since(f64::NEG_INFINITY).sketch.count(), 100);
        assert!(rollups.since(0.0).sketch.count() <= 20);
    }
}
