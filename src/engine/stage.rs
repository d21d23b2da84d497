//! What is known of one stage name: its limits and what is normal for it.

use crate::engine::alert::{Alert, AlertKind, HIGH_ERROR_RATE};
use crate::engine::baseline::Baseline;
use crate::engine::figures::finite;
use crate::engine::history::{ExecutionRecord, SpanRecord};
use crate::engine::rollup::Rollups;

/// Limits set for a stage. NaN where none was set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Longest duration in ms.
    pub max_duration_ms: f64,
    /// Largest heap growth in bytes.
    pub max_memory: f64,
    /// When it was set, wall clock in ms.
    pub set_at_ms: f64,
    /// Mean duration when last learned.
    pub baseline_duration_ms: f64,
    /// Mean heap change when last learned.
    pub baseline_memory: f64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            max_duration_ms: f64::NAN,
            max_memory: f64::NAN,
            set_at_ms: f64::NAN,
            baseline_duration_ms: f64::NAN,
            baseline_memory: f64::NAN,
        }
    }
}

/// The mean of everything ever seen, and beside it a baseline an outlier cannot drag.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// Completions seen.
    pub count: f64,
    /// Sum of durations in ms.
    pub total_duration_ms: f64,
    /// Sum of heap changes, either way, in bytes.
    pub total_memory: f64,
    /// Median and spread that follow a lasting change.
    pub robust: Baseline,
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

    /// Mean heap change in bytes; 0 before the first.
    pub fn average_memory(&self) -> f64 {
        if self.count > 0.0 {
            self.total_memory / self.count
        } else {
            0.0
        }
    }
}

/// The figures of one completion that limits and baselines look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// Milliseconds.
    pub duration_ms: f64,
    /// Bytes.
    pub memory_delta: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
}

impl Completion {
    /// Of a completed stage.
    pub fn of_stage(record: &SpanRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: record.memory_delta,
            items: record.items,
            errors: record.errors,
        }
    }

    /// Of a completed pipeline.
    pub fn of_execution(record: &ExecutionRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: record.memory_delta,
            items: record.items,
            errors: record.errors,
        }
    }
}

/// One stage name.
#[derive(Debug, Default)]
pub struct Stage {
    /// As the caller wrote it.
    pub name: Box<str>,
    /// Its limits, if it has any entry among them.
    pub threshold: Option<Threshold>,
    /// What is normal, once it completed or was given.
    pub normal: Option<Normal>,
    /// How long its completions took.
    pub durations: Rollups,
}

impl Stage {
    /// Appends the limits that `completion` passes to `raised`.
    pub fn check(&self, completion: &Completion, baseline_factor: f64, raised: &mut Vec<Alert>) {
        let mut raise = |kind, actual: f64, threshold: f64| {
            if actual > threshold {
                raised.push(Alert {
                    kind,
                    actual,
                    threshold,
                });
            }
        };
        if let Some(limits) = &self.threshold {
            raise(
                AlertKind::DurationExceeded,
                completion.duration_ms,
                limits.max_duration_ms,
            );
            raise(
                AlertKind::MemoryExceeded,
                completion.memory_delta,
                limits.max_memory,
            );
        }
        if completion.errors > 0.0 {
            let items = if completion.items > 0.0 {
                completion.items
            } else {
                1.0
            };
            let rate = finite(completion.errors / items);
            raise(AlertKind::HighErrorRate, rate, HIGH_ERROR_RATE);
        }
        if let Some(normal) = &self.normal {
            if normal
                .robust
                .exceeds(completion.duration_ms, baseline_factor)
            {
                let level = normal.robust.alarm_level(baseline_factor);
                raise(AlertKind::BaselineExceeded, completion.duration_ms, level);
            }
        }
    }

    /// Learns from `completion`. Returns whether this is the stage's first baseline, and
    /// whether it is its first threshold entry.
    pub fn learn(&mut self, completion: &Completion) -> (bool, bool) {
        let first = (self.normal.is_none(), self.threshold.is_none());
        let normal = self.normal.get_or_insert_with(Normal::default);
        normal.count += 1.0;
        normal.total_duration_ms = finite(normal.total_duration_ms + completion.duration_ms);
        normal.total_memory = finite(normal.total_memory + completion.memory_delta.abs());
        normal.robust.record(completion.duration_ms);
        let threshold = self.threshold.get_or_insert_with(Threshold::default);
        threshold.baseline_duration_ms = normal.average_duration_ms();
        threshold.baseline_memory = normal.average_memory();
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Completion = Completion {
        duration_ms: 10.0,
        memory_delta: 0.0,
        items: 1.0,
        errors: 0.0,
    };

    fn kinds(stage: &Stage, completion: &Completion) -> Vec<AlertKind> {
        let mut raised = Vec::new();
        stage.check(completion, 2.0, &mut raised);
        raised.iter().map(|alert| alert.kind).collect()
    }

    fn limited() -> Stage {
        let threshold = Threshold {
            max_duration_ms: 100.0,
            max_memory: 1000.0,
            ..Threshold::default()
        };
        Stage {
            threshold: Some(threshold),
            ..Stage::default()
        }
    }

    #[test]
    fn only_growth_of_the_heap_raises_an_alert() {
        assert_eq!(
            kinds(
                &limited(),
                &Completion {
                    memory_delta: -5000.0,
                    ..QUIET
                }
            ),
            []
        );
        assert_eq!(
            kinds(
                &limited(),
                &Completion {
                    memory_delta: 5000.0,
                    ..QUIET
                }
            ),
            [AlertKind::MemoryExceeded]
        );
    }

    #[test]
    fn a_limit_that_is_met_is_not_passed() {
        assert_eq!(
            kinds(
                &limited(),
                &Completion {
                    duration_ms: 100.0,
                    ..QUIET
                }
            ),
            []
        );
    }

    #[test]
    fn one_error_without_items_is_a_high_rate() {
        assert_eq!(
            kinds(
                &Stage::default(),
                &Completion {
                    items: 0.0,
                    errors: 1.0,
                    ..QUIET
                }
            ),
            [AlertKind::HighErrorRate]
        );
        assert_eq!(
            kinds(
                &Stage::default(),
                &Completion {
                    items: 20.0,
                    errors: 1.0,
                    ..QUIET
                }
            ),
            []
        );
    }

    #[test]
    fn learning_makes_a_baseline_and_keeps_the_limits() {
        let mut stage = limited();
        assert_eq!(
            stage.learn(&Completion {
                memory_delta: -30.0,
                ..QUIET
            }),
            (true, false)
        );
        let learned = stage.threshold.unwrap();
        assert_eq!(
            (
                learned.max_duration_ms,
                learned.baseline_duration_ms,
                learned.baseline_memory
            ),
            (100.0, 10.0, 30.0)
        );
        for _ in 0..60 {
            stage.learn(&QUIET);
        }
        assert_eq!(
            kinds(
                &stage,
                &Completion {
                    duration_ms: 40.0,
                    ..QUIET
                }
            ),
            [AlertKind::BaselineExceeded]
        );
    }
}
