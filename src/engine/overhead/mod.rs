//! What measuring itself costs, told from a sample of the executions, and what to capture so
//! that it stays within a budget.
//!
//! One execution in [`ONE_IN`] has every call timed. Its figures enter a window of the last
//! [`WINDOW`] such executions, all of them measured at the detail in force: a change of detail
//! or of thinning empties the window. Until it is full, one in [`ONE_IN_AT_FIRST`] is timed. A collection of garbage or an interruption that falls into a call makes
//! that sample dear, which must not stand for the others: the cost of a stage is the median of
//! the window, and the ratio leaves out the dearest sixteenth.

mod policy;
mod stagger;

pub use policy::{Change, Detail, Policy, Request, MOST_THINNING};
pub use stagger::{Stagger, ONE_IN, ONE_IN_AT_FIRST};

use crate::engine::stats::quantile::{finite, median};
use std::collections::VecDeque;

/// Sampled executions that figures are made of, and that must have been measured at a detail
/// before the next change: enough for a median within some 15 % of a skewed cost.
pub const WINDOW: usize = 64;
/// Samples between two looks at the figures: sorting the window costs more than one sample does.
const LOOK_EVERY: u64 = 8;
/// The dearest one in so many samples, rounded up, is left out of the ratio.
const TRIMMED: usize = 16;
/// Samples below which the median has no 95 % interval: even the widest covers less.
const LEAST_FOR_INTERVAL: usize = 6;

/// The calls of one execution, timed. Times in nanoseconds of the machine's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timed {
    /// Within the calls, without the caller's logger and event bus.
    pub own_ns: f64,
    /// Intervals that `own_ns` adds up, each of which holds the cost of one reading.
    pub sections: f64,
    /// Stages completed; an execution without any counts as one of one stage.
    pub stages: f64,
    /// From the end of the call that started the execution to the call that completed it.
    pub observed_ns: f64,
    /// Readings of the clock between these two that are there for the timing alone.
    pub readings: f64,
    /// What one reading took just before, found by two of them back to back.
    pub reading_ns: f64,
}

/// One execution's cost, without that of timing it.
#[derive(Clone, Copy, Debug)]
struct Cost {
    own_ns: f64,
    stages: f64,
    observed_ns: f64,
}

impl Cost {
    /// Of an execution that was timed by readings that take `reading_ns` each.
    fn of(timed: &Timed, reading_ns: f64) -> Self {
        let net = |ns: f64, readings: f64| (ns - readings * reading_ns).max(0.0);
        Self {
            own_ns: net(timed.own_ns, timed.sections),
            stages: timed.stages.max(1.0),
            observed_ns: net(timed.observed_ns, timed.readings),
        }
    }

    fn a_stage(&self) -> f64 {
        self.own_ns / self.stages
    }
}

/// What the window says. All 0 while it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Sampled executions behind the figures, at most [`WINDOW`].
    pub samples: usize,
    /// Nanoseconds a stage: the median.
    pub stage_ns: f64,
    /// Ends of the 95 % interval of the median; 0 with fewer than six samples.
    pub interval_ns: (f64, f64),
    /// Nanoseconds a stage: all of the cost over all of the stages.
    pub mean_stage_ns: f64,
    /// Cost over time observed, without the dearest sixteenth of the samples.
    pub ratio: f64,
    /// Nanoseconds observed a stage, without the same samples.
    pub observed_stage_ns: f64,
}

/// The own cost of one collector.
#[derive(Debug, Default)]
pub struct Overhead {
    window: VecDeque<Timed>,
    /// What readings took, of the last executions sampled at whatever detail.
    readings: VecDeque<f64>,
    sampled: u64,
    policy: Policy,
    stagger: Stagger,
}

fn push_bounded<T>(to: &mut VecDeque<T>, value: T) {
    if to.len() == WINDOW {
        to.pop_front();
    }
    to.push_back(value);
}

impl Overhead {
    /// Takes in one sampled execution, which was started at `detail`, and answers a change that
    /// follows from it. Cost: some 10 ns, and a few microseconds more at every eighth.
    pub fn note(&mut self, timed: &Timed, detail: Detail, request: Request) -> Option<Change> {
        push_bounded(&mut self.readings, timed.reading_ns);
        self.sampled += 1;
        if detail != self.policy.detail() {
            return None;
        }
        push_bounded(&mut self.window, *timed);
        let looks = self.policy.count().is_multiple_of(LOOK_EVERY);
        if !looks || self.window.len() < WINDOW || !self.policy.acts() {
            return None;
        }
        let change = self.policy.judge(&self.figures(), request);
        if change.is_some() {
            self.window.clear();
        }
        change
    }

    /// Puts another budget in force: the ratio from which detail steps down, infinite for
    /// never. Where it is, everything asked for is captured again from the next execution on.
    pub fn set_budget(&mut self, budget: f64) {
        if self.policy.set_budget(budget) {
            self.window.clear();
        }
    }

    /// Lets executions go unrecorded where measuring takes more than its budget without any detail
    /// to drop, or records every one of them from the next on.
    pub fn let_thin(&mut self, may_thin: bool) {
        self.policy.let_thin(may_thin);
    }

    /// How few executions are recorded, as a binary logarithm: one in `2^thinning`.
    pub fn thinning(&self) -> u8 {
        self.policy.thinning()
    }

    /// A ratio of recorded executions as one of all of them: the others count as free.
    pub fn of_all(&self, ratio: f64) -> f64 {
        self.policy.of_all(ratio)
    }

    /// What the next execution captures at most.
    pub fn detail(&self) -> Detail {
        self.policy.detail()
    }

    /// Executions sampled so far.
    pub fn sampled(&self) -> u64 {
        self.sampled
    }

    /// Executions to pass by before the next is sampled.
    pub fn next_gap(&mut self) -> u32 {
        let is_full = self.window.len() == WINDOW;
        let block = if is_full { ONE_IN } else { ONE_IN_AT_FIRST };
        self.stagger.next_gap(block)
    }

    /// What one reading takes: the median, of a few the least, which no interruption makes dear.
    fn reading_ns(&self) -> f64 {
        let readings: Vec<f64> = self.readings.iter().copied().collect();
        if readings.len() < LEAST_FOR_INTERVAL {
            readings.into_iter().reduce(f64::min).unwrap_or(0.0)
        } else {
            median(&readings).unwrap_or(0.0)
        }
    }

    /// What the window says now.
    pub fn figures(&self) -> Figures {
        let reading_ns = self.reading_ns();
        let costs = self.window.iter().map(|timed| Cost::of(timed, reading_ns));
        let mut costs: Vec<Cost> = costs.collect();
        let samples = costs.len();
        if samples == 0 {
            return Figures::default();
        }
        costs.sort_unstable_by(|a, b| a.a_stage().total_cmp(&b.a_stage()));
        let stage_ns: Vec<f64> = costs.iter().map(Cost::a_stage).collect();
        let sum = |of: &[Cost], field: fn(&Cost) -> f64| of.iter().map(field).sum::<f64>();
        let kept = &costs[..samples - trimmed(samples)];
        let observed_ns = sum(kept, |cost| cost.observed_ns);
        Figures {
            samples,
            stage_ns: median(&finite(&stage_ns)).unwrap_or(0.0),
            interval_ns: interval_of_median(&stage_ns),
            mean_stage_ns: sum(&costs, |cost| cost.own_ns) / sum(&costs, |cost| cost.stages),
            ratio: if observed_ns > 0.0 {
                sum(kept, |cost| cost.own_ns) / observed_ns
            } else {
                0.0
            },
            observed_stage_ns: observed_ns / sum(kept, |cost| cost.stages),
        }
    }
}

/// How many of the dearest samples to leave out: none of a single one.
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
    (sorted[below.min(n - 1)], sorted[n - 1 - below])
}

#[cfg(test)]
mod tests;
