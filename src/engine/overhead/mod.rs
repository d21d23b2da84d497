//! The cost of measuring itself, from executions whose calls were timed.
//!
//! A garbage collection or an interruption during a call makes an execution expensive and
//! unrepresentative: so the cost of a stage is the median of the window, and the ratio leaves out
//! the most expensive sixteenth.

use crate::engine::stats::order::sort_by_value;
use crate::engine::stats::quantile::{finite, median};
use std::collections::VecDeque;

/// Timed executions in the window, enough for a median within some 15 % of a skewed cost.
pub const WINDOW: usize = 64;
/// The most expensive one in so many executions, rounded up, is left out of the ratio.
const TRIMMED: usize = 16;
/// Executions below which the median has no 95 % interval: even the widest covers less.
const LEAST_FOR_INTERVAL: usize = 6;

/// One execution whose calls were timed. Times in nanoseconds of the machine's own clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// What measuring it took.
    pub own_ns: f64,
    /// Stages completed; an execution without any counts as one of one stage.
    pub stages: f64,
    /// How long it took.
    pub observed_ns: f64,
}

impl Timed {
    fn a_stage(&self) -> f64 {
        self.own_ns / self.stages.max(1.0)
    }
}

/// The figures of the window. All 0 while it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Timed executions behind the figures, at most [`WINDOW`].
    pub samples: usize,
    /// Nanoseconds a stage: the median.
    pub stage_ns: f64,
    /// Ends of the 95 % interval of the median; 0 with fewer than six samples.
    pub interval_ns: (f64, f64),
    /// Nanoseconds a stage: all of the cost over all of the stages.
    pub mean_stage_ns: f64,
    /// Cost over time observed, without the most expensive sixteenth of the samples.
    pub ratio: f64,
}

/// The cost of one collector.
#[derive(Debug, Default)]
pub struct Overhead {
    window: VecDeque<Timed>,
    sampled: u64,
}

impl Overhead {
    /// Records one timed execution; one with a negative or NaN figure is left out.
    pub fn note(&mut self, timed: Timed) {
        let figures = [timed.own_ns, timed.stages, timed.observed_ns];
        if !figures.iter().all(|ns| (0.0..f64::INFINITY).contains(ns)) {
            return;
        }
        self.sampled += 1;
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(timed);
    }

    /// Executions timed so far.
    pub fn sampled(&self) -> u64 {
        self.sampled
    }

    /// The current figures of the window. Cost: sorts the window.
    pub fn figures(&self) -> Figures {
        let mut costs: Vec<Timed> = self.window.iter().copied().collect();
        let samples = costs.len();
        if samples == 0 {
            return Figures::default();
        }
        sort_by_value(&mut costs, Timed::a_stage);
        let stage_ns: Vec<f64> = costs.iter().map(Timed::a_stage).collect();
        let sum = |count: usize, field: fn(&Timed) -> f64| {
            costs.iter().take(count).map(field).sum::<f64>()
        };
        let counted = samples - trimmed(samples);
        let observed_ns = sum(counted, |cost| cost.observed_ns);
        Figures {
            samples,
            stage_ns: median(&finite(&stage_ns)).unwrap_or(0.0),
            interval_ns: interval_of_median(&stage_ns),
            mean_stage_ns: sum(samples, |cost| cost.own_ns)
                / sum(samples, |cost| cost.stages.max(1.0)),
            ratio: if observed_ns > 0.0 {
                sum(counted, |cost| cost.own_ns) / observed_ns
            } else {
                0.0
            },
        }
    }
}

/// Number of the most expensive samples to leave out; none of a single one.
fn trimmed(samples: usize) -> usize {
    samples.div_ceil(TRIMMED).min(samples - 1)
}

/// The 95 % interval of the median of sorted samples, by order statistics: half a binomial's
/// width of 1.96 standard deviations to either side, whatever the distribution.
fn interval_of_median(sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len();
    if n < LEAST_FOR_INTERVAL {
        return (0.0, 0.0);
    }
    let below = ((n as f64 - 1.96 * (n as f64).sqrt()) / 2.0).floor() as usize;
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    (at(below.min(n - 1)), at(n - 1 - below))
}

#[cfg(test)]
mod tests;
