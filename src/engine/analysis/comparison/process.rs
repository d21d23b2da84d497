//! The runs of one stage in one process.

use crate::engine::alerting::baseline::RESOLUTION_MS;
use crate::engine::analysis::ranks::ranks_in;
use crate::engine::analysis::scale::is_duration;
use crate::engine::analysis::warm_up::warm_up;
use crate::engine::stats::order::ascending;
use crate::engine::stats::quantile::{median_sorted, nearest_rank, nearest_rank_sorted, Quantile};
use crate::engine::stats::robust::spread;
use crate::engine::stats::serial::inflation;

/// Of a normal distribution, where 95 % lie within.
const WITHIN_95: f64 = 1.96;

/// Stretches of a series whose levels say how much a process drifts.
const STRETCHES: usize = 8;

/// Fewest runs of a stretch that show drift.
const LEAST_STRETCH: usize = 5;

/// The measure of a process's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Its median run.
    Median,
    /// The tenth of its runs that are fastest, which other work on the machine disturbs least.
    Fast,
}

/// Of a process, the quantile of its [`Level::Fast`].
const FAST: f64 = 0.1;

/// How many runs are the fastest of all: a single one scatters more.
const FASTEST: usize = 3;

/// Of a stretch of the series, the quantile that says what its runs take when undisturbed.
const UNDISTURBED: f64 = 0.25;

/// The runs of one process once it is warm.
pub(super) struct Process {
    /// Durations in ms, ascending, without those of the warm-up; zeros as `of` was given them.
    pub sorted: Vec<f64>,
    /// Of the durations as they were read, in ms.
    pub read_median_ms: f64,
    /// Of `sorted`, in ms.
    median_ms: f64,
    /// What the fastest tenth takes at most, in ms.
    pub fast_ms: f64,
    /// Mean of the fastest runs, on the logarithmic scale: a machine that is busy for most of the
    /// time of a process leaves some of them as they are.
    pub fastest: f64,
    /// First runs left out.
    pub warm_up: usize,
    /// Runs that equal one independent run.
    pub inefficiency: f64,
    /// Ends of the median's 95 % interval, in ms.
    pub interval_ms: (f64, f64),
    /// How far the next other duration lies from the median, on the logarithmic scale: the step of
    /// a coarse clock.
    pub step: f64,
    /// Standard deviation of the level over the time of the process, beyond what the noise of
    /// single runs explains, on the logarithmic scale.
    pub drift: f64,
}

/// Whether a clock cannot distinguish a duration from nothing.
pub(super) fn is_zero(duration_ms: f64) -> bool {
    duration_ms < RESOLUTION_MS
}

/// The value of zeros of a stage, in ms. If a process has other durations too, its clock is coarse,
/// and zeros count as half of the least other: a logarithm of zero would make its noise larger than
/// any change.
pub(super) fn zero_of(sides: &[Vec<&[f64]>; 2]) -> f64 {
    let mut least = f64::INFINITY;
    let mut is_coarse = false;
    for durations in sides.iter().flatten() {
        let known = || durations.iter().copied().filter(|&ms| is_duration(ms));
        let shortest = known().filter(|&ms| !is_zero(ms)).reduce(f64::min);
        is_coarse |= shortest.is_some() && known().any(is_zero);
        least = least.min(shortest.unwrap_or(least));
    }
    if is_coarse {
        0.5 * least
    } else {
        0.5 * RESOLUTION_MS
    }
}

impl Process {
    /// `None` without a duration; zeros count as `zero_ms`. Cost: O(n log n).
    pub fn of(durations_ms: &[f64], zero_ms: f64, is_autocorrelated: bool) -> Option<Self> {
        let mut durations: Vec<f64> = durations_ms.to_vec();
        durations.retain(|&duration| is_duration(duration));
        for zero in durations.iter_mut().filter(|duration| is_zero(**duration)) {
            *zero = zero_ms;
        }
        let warm_up = warm_up(&durations).map_or(0, |found| found.runs);
        durations.drain(..warm_up);
        let logs: Vec<f64> = durations.iter().map(|duration| duration.ln()).collect();
        let order = ascending(&durations);
        let inefficiency = if is_autocorrelated {
            inflation(&ranks_in(&order, &durations))
        } else {
            1.0
        };
        let durations: Vec<f64> = order
            .iter()
            .map(|&place| durations[place as usize])
            .collect();
        let median_ms = median_sorted(&durations)?;
        let as_read = |&duration: &f64| if duration > zero_ms { duration } else { 0.0 };
        let read: Vec<f64> = durations.iter().map(as_read).collect();
        let reach = WITHIN_95 * (durations.len() as f64 * inefficiency).sqrt() / 2.0;
        let below = (durations.len() as f64 / 2.0 - reach).floor().max(0.0) as usize;
        let (low, high) = (
            durations.get(below).copied()?,
            durations.iter().rev().nth(below).copied()?,
        );
        let mut process = Self {
            fast_ms: nearest_rank_sorted(&durations, Quantile::new(FAST)?)?,
            fastest: fastest(&durations),
            step: step(&durations, median_ms),
            sorted: durations,
            read_median_ms: median_sorted(&read)?,
            median_ms,
            warm_up,
            inefficiency,
            interval_ms: (low.min(median_ms), high.max(median_ms)),
            drift: 0.0,
        };
        // Independent runs alone let the level of a stretch scatter by as much.
        let by_chance = STRETCHES as f64 * process.error() * process.error() / inefficiency;
        process.drift = (spread_of_levels(&logs).powi(2) - by_chance)
            .max(0.0)
            .sqrt();
        Some(process)
    }

    /// Natural logarithm of a level.
    pub fn level(&self, level: Level) -> f64 {
        let level_ms = match level {
            Level::Median => self.median_ms,
            Level::Fast => self.fast_ms,
        };
        level_ms.ln()
    }

    /// Logarithm of the lower end of the median's interval.
    pub fn log_low(&self) -> f64 {
        self.interval_ms.0.ln()
    }

    /// Logarithm of the upper end of the median's interval.
    pub fn log_high(&self) -> f64 {
        self.interval_ms.1.ln()
    }

    /// Standard error of the level, from the runs of this process alone.
    fn error(&self) -> f64 {
        (self.log_high() - self.log_low()) / (2.0 * WITHIN_95)
    }

    /// Compared runs, as a number of independent ones.
    pub fn worth(&self) -> f64 {
        self.sorted.len() as f64 / self.inefficiency
    }
}

/// Mean logarithm of the fastest of ascending durations.
fn fastest(sorted: &[f64]) -> f64 {
    let fastest = &sorted[..FASTEST.min(sorted.len())];
    let logs = fastest.iter().map(|duration| duration.ln());
    logs.sum::<f64>() / fastest.len() as f64
}

/// Distance of the nearest duration that is another one, of ascending ones; 0 without any.
fn step(sorted: &[f64], median_ms: f64) -> f64 {
    let lower = sorted.partition_point(|&duration| duration < median_ms);
    let higher = sorted.partition_point(|&duration| duration <= median_ms);
    let below = lower.checked_sub(1).and_then(|place| sorted.get(place));
    let neighbours = [below, sorted.get(higher)].into_iter().flatten();
    let distances = neighbours.map(|&other| (other.ln() - median_ms.ln()).abs());
    distances.reduce(f64::min).unwrap_or(0.0)
}

/// Standard deviation of the levels of the stretches of a series, of which a few may be anywhere.
fn spread_of_levels(logs: &[f64]) -> f64 {
    let size = logs.len() / STRETCHES;
    if size < LEAST_STRETCH {
        return 0.0;
    }
    let levels: Vec<f64> = logs
        .chunks_exact(size)
        .filter_map(|stretch| nearest_rank(stretch, Quantile::new(UNDISTURBED)?))
        .collect();
    spread(&levels).map_or(0.0, |spread| spread.sigma())
}
