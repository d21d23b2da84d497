//! Judges completions by what is normal for a stage, as a whole and in each context.

use super::alert::{Alert, AlertKind, Severity};
use super::baseline::{Baseline, Run};
use super::completion::Completion;
use super::contexts::Contexts;
use super::level_shift::{LevelShift, Place};
use super::repeated_alerts::{Condition, Hygiene};
use super::workload_class::ContextKey;
use crate::engine::config::Config;
use crate::engine::figures::finite;

/// Beyond its alarm level this many times over, a single run is an error: a collection or a
/// busy machine may double a run, hardly quadruple it (the level is at least twice the median).
const SEVERE_FACTOR: f64 = 2.0;

/// Runs in a row beyond the alarm level that are an error: chance makes one in 10,000, so a third
/// shows that the stage is slow, not a single run.
const LASTING_RUNS: u32 = 3;

/// Most runs in a row beyond the alarm level that raise an alert. Anything longer is a burst, or a
/// new level, which has its own alert.
const MOST_IN_A_ROW: u32 = 4;

/// Share of a whole execution from which on an excess is an error.
const SHARE_THAT_MATTERS: f64 = 0.05;

/// The mean of all completions, and a robust baseline beside it.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// Completions so far.
    pub count: f64,
    /// Sum of durations in ms.
    pub total_duration_ms: f64,
    /// Sum of heap changes, either way, in bytes.
    pub total_memory: f64,
    /// Completions in that sum: those whose heap was read.
    pub memory_count: f64,
    /// Median, spread and tail that follow a lasting change.
    pub robust: Baseline,
    /// The same by context.
    pub contexts: Contexts,
}

impl Normal {
    /// Mean duration in ms; 0 before the first.
    pub fn average_duration_ms(&self) -> f64 {
        if self.count > 0.0 {
            self.total_duration_ms / self.count
        } else {
            0.0
        }
    }

    /// Mean heap change in bytes; 0 before the first that was read.
    pub fn average_memory(&self) -> f64 {
        if self.memory_count > 0.0 {
            self.total_memory / self.memory_count
        } else {
            0.0
        }
    }
}

/// A level shift and its context; `None` for that of the whole stage.
pub type Shifted = (LevelShift, Option<ContextKey>);

/// How serious a run beyond its alarm level is, by how far, how long, and how much of the whole;
/// `in_a_row` counts this run.
fn severity(level_ms: f64, duration_ms: f64, in_a_row: u32, excess: Excess) -> Severity {
    let is_far = duration_ms > SEVERE_FACTOR * level_ms;
    if (is_far || in_a_row >= LASTING_RUNS) && excess.matters() {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// The time lost, and the typical duration of an execution.
#[derive(Clone, Copy, Debug)]
pub struct Excess {
    /// Milliseconds above normal.
    pub excess_ms: f64,
    /// Typical duration of an execution in ms; NaN if unknown.
    pub whole_ms: f64,
}

impl Excess {
    /// Whether it is a large share of the whole; true if unknown.
    pub fn matters(&self) -> bool {
        self.whole_ms.is_nan() || self.excess_ms >= SHARE_THAT_MATTERS * self.whole_ms
    }
}

impl Normal {
    /// Whether a duration is beyond what is normal in its context, or for the whole stage while
    /// that is not warm.
    #[inline(always)]
    pub fn exceeds(&mut self, completion: &Completion, config: &Config) -> bool {
        completion.duration_ms >= config.min_alert_duration_ms && {
            let own = self.contexts.warm(completion.context);
            let baseline = own.map_or(&self.robust, |own| &own.baseline);
            baseline.exceeds(completion.duration_ms, config.alert_threshold)
        }
    }

    /// For a run that [`Self::exceeds`] what is normal, or may end such an excess. It is judged by
    /// the duration expected for its size, too; returns whether it is beyond. `whole_ms` is what an
    /// execution typically takes, NaN where that is not known.
    pub fn raise_or_resolve(
        &mut self,
        completion: &Completion,
        hygiene: &mut Hygiene<'_>,
        of_stage: &mut Condition,
        exceeds: bool,
        whole_ms: f64,
    ) -> bool {
        let (key, duration_ms) = (completion.context, completion.duration_ms);
        let factor = hygiene.config.alert_threshold;
        let expected = if exceeds {
            self.contexts.expectation(key, factor)
        } else {
            None
        };
        let exceeds = exceeds && expected.is_none_or(|of| duration_ms > of.level_ms);
        let beyond = |baseline: &Baseline, in_a_row, context| {
            let (level, typical) = (baseline.alarm_level(factor), baseline.typical());
            let (level, typical) = expected.map_or((level, typical), |of| {
                (level.max(of.level_ms), of.typical_ms)
            });
            let excess = Excess {
                excess_ms: duration_ms - typical,
                whole_ms,
            };
            let severity = severity(level, duration_ms, in_a_row, excess);
            let kind = AlertKind::BaselineExceeded;
            Alert {
                context,
                ..Alert::new(kind, severity, duration_ms, level)
            }
        };
        let own = self.contexts.warm(key);
        let by_own = own.is_some();
        let (baseline, condition, context) = match own {
            Some(own) => (&own.baseline, &mut own.condition, Some(own.key)),
            None => (&self.robust, &mut *of_stage, None),
        };
        if exceeds {
            let alert = beyond(baseline, condition.next_run(), context);
            hygiene.raise(condition, alert, MOST_IN_A_ROW);
        } else {
            hygiene.resolve(condition, beyond(baseline, 1, context));
        }
        // A run with its own context raises nothing about the stage, but may show that the stage is
        // fast again.
        if by_own {
            hygiene.resolve(of_stage, beyond(&self.robust, 1, None));
        }
        exceeds
    }

    /// Learns from a completion. Returns a shift of the level of its context, or of the stage's
    /// while that has met only one: where contexts come by turns, the stage as a whole has no
    /// level.
    #[inline(always)]
    pub fn learn(&mut self, completion: &Completion, wall_ms: f64, factor: f64) -> Option<Shifted> {
        self.count += 1.0;
        self.total_duration_ms = finite(self.total_duration_ms + completion.duration_ms);
        if !completion.memory_delta.is_nan() {
            self.total_memory = finite(self.total_memory + completion.memory_delta.abs());
            self.memory_count += 1.0;
        }
        let run = Run {
            duration_ms: completion.duration_ms,
            place: Place {
                number: self.contexts.runs() as u32,
                wall_ms,
            },
        };
        let key = completion.context;
        let of_context = self.contexts.record(key, run, factor, &self.robust);
        let of_stage = self.robust.record(run, factor);
        if self.contexts.known().is_empty() {
            of_stage.map(|shift| (shift, None))
        } else {
            of_context.map(|shift| (shift, Some(key)))
        }
    }

    /// The largest duration in ms that exceeds no baseline, in whatever context.
    pub fn quiet_level(&self, factor: f64) -> f64 {
        let own = self.contexts.known().iter().map(|known| &known.baseline);
        own.chain(std::iter::once(&self.robust))
            .map(|baseline| baseline.quiet_level(factor))
            .fold(f64::INFINITY, f64::min)
    }
}
