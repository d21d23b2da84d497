//! Computes what making one stage faster gains for the whole, from the path, not from its share.
//!
//! The gain follows from the dependencies of [`schedule`](super::schedule): every span keeps its
//! lag behind the last span it waited for, only the spans of one stage take less. So a stage beside
//! the path gains nothing, and one on it no more than the next chain allows. For a span with
//! children, only its own work takes less.

use super::execution::Execution;
use super::sample::evenly_spread;
use super::schedule::{Node, Schedule};
use crate::engine::stats::distribution::student_t_quantile;
use crate::engine::stats::moments::Moments;

/// Executions that gains are sought in, an even sample of more.
const MAX_EXECUTIONS: usize = 2000;

/// Confidence of the interval of a gain.
const CONFIDENCE: f64 = 0.95;

/// Gain in ms of one execution had the spans of `stage` each taken `fraction` (0 to 1) less
/// time themselves. Never more than `fraction` of that time, which is Amdahl's bound. O(n log n).
pub fn what_if(execution: Execution<'_>, stage: u32, fraction: f64) -> f64 {
    gain(&mut Schedule::of(execution), stage, fraction)
}

/// Own time in ms of the spans of `stage` in one execution, without children; `None` if it did not
/// run.
pub fn own_time(execution: Execution<'_>, stage: u32) -> Option<f64> {
    let schedule = Schedule::of(execution);
    let mut own = schedule.nodes().filter(|node| node.stage == stage);
    let first = own.next()?;
    Some(own.fold(first.own_ms(), |sum, node| sum + node.own_ms()))
}

fn gain(schedule: &mut Schedule, stage: u32, fraction: f64) -> f64 {
    if schedule.wall() == 0.0 || !fraction.is_finite() {
        return 0.0;
    }
    let remaining = 1.0 - fraction.clamp(0.0, 1.0);
    let wall = schedule.wall_with(|node| {
        let duration = node.duration_ms();
        if node.stage == stage {
            duration * remaining
        } else {
            duration
        }
    });
    (schedule.wall() - wall).max(0.0)
}

/// What making one stage faster is worth per execution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// The number of the stage.
    pub stage: u32,
    /// Executions that the means are over, with those in which the stage did not run.
    pub executions: usize,
    /// Mean gain in ms.
    pub mean_ms: f64,
    /// Lower end of its 95 % interval.
    pub low_ms: f64,
    /// Upper end of its 95 % interval.
    pub high_ms: f64,
    /// Mean gain as a share of the mean wall time, in [0, 1].
    pub share: f64,
    /// Amdahl's bound: the mean time of the stage, on the path or not, times the fraction.
    pub bound_ms: f64,
}

/// Executions prepared for computing what faster stages gain.
#[derive(Debug)]
pub struct Whole {
    /// Those with a wall time.
    schedules: Vec<Schedule>,
}

impl Whole {
    /// Beyond 2,000 executions an even sample of them. O(n log n) in the spans of each.
    pub fn of(executions: &[Execution<'_>]) -> Self {
        let sampled = evenly_spread(executions.len(), MAX_EXECUTIONS);
        let schedules: Vec<Schedule> = sampled
            .map(|index| Schedule::of(executions[index]))
            .filter(|schedule| schedule.wall() > 0.0)
            .collect();
        Self { schedules }
    }

    /// Own time of a stage in all executions together, in ms.
    pub fn own_ms(&self, stage: u32) -> f64 {
        let nodes = self.schedules.iter().flat_map(Schedule::nodes);
        nodes.filter(|of| of.stage == stage).map(Node::own_ms).sum()
    }

    /// The mean gain of the newest `most` executions had the spans of `stage` each taken so much
    /// less time themselves: a fraction (0 to 1) for each execution, by how many came after it.
    /// `None` where the stage ran in too few for an interval. Cost: the spans.
    pub fn gain(
        &mut self,
        stage: u32,
        fraction_of: impl Fn(usize) -> f64,
        most: usize,
    ) -> Option<Gain> {
        let mut gains = Vec::with_capacity(self.schedules.len());
        let (mut ran, mut bound_ms) = (false, 0.0);
        let mut walls = Moments::new();
        let passed = self.schedules.len().saturating_sub(most);
        let newest = &mut self.schedules[passed..];
        for (after, schedule) in (0..newest.len()).rev().zip(newest) {
            let fraction = Some(fraction_of(after)).filter(|fraction| fraction.is_finite());
            let fraction = fraction.unwrap_or(0.0).clamp(0.0, 1.0);
            walls.record(schedule.wall());
            let mut runs_here = false;
            for node in schedule.nodes().filter(|node| node.stage == stage) {
                runs_here = true;
                bound_ms += fraction * node.own_ms();
            }
            ran |= runs_here;
            gains.push(if runs_here {
                gain(schedule, stage, fraction)
            } else {
                0.0
            });
        }
        let mean = Mean::of(&gains).filter(|_| ran)?;
        Some(Gain {
            stage,
            executions: gains.len(),
            mean_ms: mean.value,
            low_ms: (mean.value - mean.reach).max(0.0),
            high_ms: mean.value + mean.reach,
            share: (mean.value / walls.mean()?).min(1.0),
            bound_ms: bound_ms / gains.len() as f64,
        })
    }
}

/// A mean over executions in the order in which they ran, and how far it may be off.
struct Mean {
    value: f64,
    /// Half of the 95 % interval.
    reach: f64,
}

impl Mean {
    /// Executions that depend on the ones before them say less than as many independent ones: as
    /// much as `(1 - φ) / (1 + φ)` of them, of an autoregression of the first order (Bartlett,
    /// 1946), whose φ is corrected for its bias in few runs (Kendall, 1954).
    fn of(values: &[f64]) -> Option<Self> {
        let mut moments = Moments::new();
        for &value in values {
            moments.record(value);
        }
        let (value, deviation) = (moments.mean()?, moments.standard_deviation()?);
        let count = values.len() as f64;
        let worth = count
            / runs_for_one(values, value)
                .min(count / LEAST_WORTH)
                .max(1.0);
        // The spread, too, is that of values which resemble each other.
        let error = deviation * (1.0 / (worth - 1.0).max(1.0) * (count - 1.0) / count).sqrt();
        let quantile = student_t_quantile(0.5 + 0.5 * CONFIDENCE, (worth - 1.0).max(1.0));
        Some(Self {
            value,
            reach: error * quantile,
        })
    }
}

/// Independent executions that any number of dependent ones are taken to be worth at least.
const LEAST_WORTH: f64 = 4.0;

/// How many values in a row are worth an independent one.
fn runs_for_one(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let products: f64 = values
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean))
        .sum();
    if squares <= 0.0 {
        return 1.0;
    }
    let seen = products / squares;
    let coefficient = (seen + (1.0 + 3.0 * seen) / values.len() as f64).clamp(0.0, 0.95);
    (1.0 + coefficient) / (1.0 - coefficient)
}

#[cfg(test)]
mod tests {
    use super::super::execution::Span;
    use super::super::planted::span;
    use super::*;

    /// Stages 1 (3 ms) and 2 (`parallel_ms`) side by side, then 3 (4 ms).
    fn spans(parallel_ms: f64) -> Vec<Span> {
        let joined = parallel_ms.max(3.0);
        [
            (1, 0.0, 3.0),
            (2, 0.0, parallel_ms),
            (3, joined, joined + 4.0),
        ]
        .map(|(stage, start_ms, end_ms)| span(stage, start_ms, end_ms))
        .to_vec()
    }

    fn execution(spans: &[Span]) -> Execution<'_> {
        Execution {
            start_ms: 0.0,
            end_ms: spans[2].end_ms,
            spans,
        }
    }

    #[test]
    fn a_stage_beside_the_path_gains_nothing_and_one_on_it_up_to_the_next_chain() {
        let spans = spans(5.0);
        let gain = |stage, fraction| what_if(execution(&spans), stage, fraction);
        assert_eq!(gain(1, 1.0), 0.0);
        assert_eq!(gain(3, 0.5), 2.0);
        assert_eq!((gain(2, 0.2), gain(2, 0.4), gain(2, 1.0)), (1.0, 2.0, 2.0));
        assert_eq!(
            (gain(9, 1.0), gain(3, f64::NAN), gain(3, 7.0)),
            (0.0, 0.0, 4.0)
        );
    }

    #[test]
    fn gains_are_means_below_amdahls_bound_with_an_interval() {
        let runs: Vec<Vec<Span>> = (0..50).map(|run| spans(4.0 + f64::from(run % 3))).collect();
        let executions: Vec<Execution<'_>> = runs.iter().map(|spans| execution(spans)).collect();
        let mut whole = Whole::of(&executions);
        let gains = [3, 2, 1].map(|stage| whole.gain(stage, |_| 0.5, usize::MAX).unwrap());
        assert_eq!(
            (gains[0].mean_ms, gains[0].low_ms, gains[0].high_ms),
            (2.0, 2.0, 2.0)
        );
        // Of 4, 5 and 6 ms half would go, but no more than 1, 2 and 3 ms until stage 1 bounds.
        let mean = (17.0 * 1.0 + 17.0 * 2.0 + 16.0 * 3.0) / 50.0;
        assert!((gains[1].mean_ms - mean).abs() < 1e-12);
        assert!(gains[1].low_ms < mean && mean < gains[1].high_ms);
        assert!(gains.iter().all(|gain| gain.mean_ms <= gain.bound_ms));
        assert_eq!((gains[2].mean_ms, gains[2].share), (0.0, 0.0));
    }

    #[test]
    fn executions_without_the_stage_gain_nothing_from_it() {
        let run = spans(3.0);
        let other = [span(9, 0.0, 7.0)];
        let without = Execution {
            start_ms: 0.0,
            end_ms: 7.0,
            spans: &other,
        };
        let mut whole = Whole::of(&[execution(&run), without]);
        let third = whole.gain(3, |_| 1.0, usize::MAX).unwrap();
        assert_eq!(
            (third.executions, third.mean_ms, third.bound_ms),
            (2, 2.0, 2.0)
        );
        assert!((third.share - 2.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn one_execution_or_none_give_no_interval_and_so_no_gain() {
        let run = spans(3.0);
        for executions in [&[execution(&run)][..], &[]] {
            assert_eq!(Whole::of(executions).gain(3, |_| 0.5, usize::MAX), None);
        }
    }
}
