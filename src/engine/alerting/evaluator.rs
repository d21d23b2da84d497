//! What is known of one stage name: its limits and what is normal for it.

use crate::engine::alerting::alert::{Alert, AlertKind, Severity, HIGH_ERROR_RATE};
use crate::engine::alerting::baseline::Baseline;
use crate::engine::alerting::hygiene::{Condition, Desk, Memory};
use crate::engine::alerting::workload_class::{ContextKey, Contexts};
use crate::engine::config::Config;
use crate::engine::figures::finite;
use crate::engine::history::{ExecutionRecord, SpanRecord};
use crate::engine::stats::rollup::Rollups;

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
    /// Completions that the sum is of: those whose heap was read.
    pub memory_count: f64,
    /// Median and spread that follow a lasting change.
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

impl Normal {
    /// Judges a duration by its context, by the whole stage while that is not warm. Returns
    /// whether it is beyond what is normal.
    fn judge(
        &mut self,
        completion: &Completion,
        desk: &mut Desk<'_>,
        of_stage: &mut Condition,
        was_alerting: bool,
    ) -> bool {
        let factor = desk.config.alert_threshold;
        let duration_ms = completion.duration_ms;
        let beyond = |baseline: &Baseline, in_a_row, context| {
            let severity = baseline.severity(duration_ms, factor, in_a_row);
            let level = baseline.alarm_level(factor);
            let kind = AlertKind::BaselineExceeded;
            Alert {
                context,
                ..Alert::new(kind, severity, duration_ms, level)
            }
        };
        let own = self.contexts.warm(completion.context);
        let by_own = own.is_some();
        let (baseline, condition, context) = match own {
            Some(own) => (&own.baseline, &mut own.condition, Some(own.key)),
            None => (&self.robust, &mut *of_stage, None),
        };
        let exceeds = baseline.exceeds(duration_ms, factor);
        if exceeds {
            desk.pass(condition, beyond(baseline, condition.next_run(), context));
        } else if was_alerting {
            desk.settle(condition, beyond(baseline, 1, context));
        }
        // A run with a context of its own raises nothing about the stage, but may show that
        // the stage is fast again.
        if by_own && was_alerting {
            desk.settle(of_stage, beyond(&self.robust, 1, None));
        }
        exceeds
    }
}

/// The figures of one completion that limits and baselines look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// Milliseconds.
    pub duration_ms: f64,
    /// Bytes; NaN where the heap was not read.
    pub memory_delta: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// What it is like: runs are compared with those of the same context.
    pub context: ContextKey,
}

fn if_read(memory_delta: f64, read_heap: bool) -> f64 {
    if read_heap {
        memory_delta
    } else {
        f64::NAN
    }
}

impl Completion {
    /// Of a completed stage, whose record does not tell whether the heap was read.
    pub fn of_stage(record: &SpanRecord, read_heap: bool) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: if_read(record.memory_delta, read_heap),
            items: record.items,
            errors: record.errors,
            context: ContextKey::of(record.complexity, record.input_size),
        }
    }

    /// Of a completed pipeline, whose size is the number of its actions.
    pub fn of_execution(record: &ExecutionRecord, read_heap: bool) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: if_read(record.memory_delta, read_heap),
            items: record.items,
            errors: record.errors,
            context: ContextKey::of(0, record.action_count),
        }
    }
}

impl Completion {
    /// Errors for each item; where no item was processed, for one.
    fn error_rate(&self) -> f64 {
        if self.errors > 0.0 {
            let items = if self.items > 0.0 { self.items } else { 1.0 };
            finite(self.errors / items)
        } else {
            0.0
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
    /// Limits being passed, by kind of alert.
    conditions: [Condition; AlertKind::COUNT],
    /// Whether any of them lasts.
    is_alerting: bool,
    told: Memory,
}

/// The largest figures of a completion without errors that can change nothing about a stage's
/// alerts: it raises none and resolves none, whatever its context. They hold until the stage
/// learns or its settings change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuietBounds {
    /// Milliseconds; infinite where no duration raises an alert, negative where every completion
    /// has to be evaluated.
    pub duration_ms: f64,
    /// Growth of the heap in bytes; infinite where none raises an alert.
    pub memory_bytes: f64,
}

impl QuietBounds {
    /// No completion is quiet.
    pub const NONE: Self = Self {
        duration_ms: -1.0,
        memory_bytes: f64::NEG_INFINITY,
    };
}

/// What a stage got its first of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firsts {
    /// A baseline.
    pub normal: bool,
    /// An entry among the limits.
    pub threshold: bool,
}

impl Stage {
    /// A stage of which nothing but the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Checks a completion against limits and baseline, appends what it passes to `raised`,
    /// and then learns from it. All that a completion does to its stage is done here.
    ///
    /// Cost: about 20 ns when nothing is raised.
    pub fn judge(
        &mut self,
        completion: &Completion,
        wall_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
    ) -> Firsts {
        self.check(completion, wall_ms, config, raised);
        self.durations
            .record(completion.duration_ms, wall_ms, config);
        self.learn(completion)
    }

    /// The figures within which a completion need not be evaluated at once.
    ///
    /// While an alert is ongoing no completion is quiet, because any may resolve it. Errors above
    /// 0 never are. Cost: a few ns, and two for each known context.
    pub fn quiet_bounds(&self, config: &Config) -> QuietBounds {
        if self.is_alerting {
            return QuietBounds::NONE;
        }
        // `min` ignores the NaN of a threshold that was not set.
        let threshold = self.threshold.unwrap_or_default();
        let learned = self.normal.as_ref().map_or(f64::INFINITY, |normal| {
            let own = normal.contexts.known().iter().map(|known| &known.baseline);
            own.chain(std::iter::once(&normal.robust))
                .map(|baseline| baseline.quiet_level(config.alert_threshold))
                .fold(f64::INFINITY, f64::min)
        });
        QuietBounds {
            duration_ms: learned.min(threshold.max_duration_ms),
            memory_bytes: f64::INFINITY.min(threshold.max_memory),
        }
    }

    fn check(
        &mut self,
        completion: &Completion,
        wall_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
    ) {
        let [duration, memory, errors, baseline] = &mut self.conditions;
        let mut desk = Desk {
            config,
            wall_ms,
            memory: &mut self.told,
            raised,
        };
        // One flag for all: most completions pass nothing, and look at no condition.
        let was_alerting = self.is_alerting;
        let mut see = |condition: &mut Condition, kind, severity, actual: f64, limit: f64| {
            let figure = Alert::new(kind, severity, actual, limit);
            if actual > limit {
                self.is_alerting = true;
                desk.pass(condition, figure);
            } else if was_alerting {
                desk.settle(condition, figure);
            }
        };
        let (max_duration, max_memory) = match &self.threshold {
            Some(limits) => (limits.max_duration_ms, limits.max_memory),
            None => (f64::NAN, f64::NAN),
        };
        see(
            duration,
            AlertKind::DurationExceeded,
            Severity::Warning,
            completion.duration_ms,
            max_duration,
        );
        // A heap that was not read is neither beyond its limit nor back under it.
        if !completion.memory_delta.is_nan() {
            see(
                memory,
                AlertKind::MemoryExceeded,
                Severity::Warning,
                completion.memory_delta,
                max_memory,
            );
        }
        see(
            errors,
            AlertKind::HighErrorRate,
            Severity::Error,
            completion.error_rate(),
            HIGH_ERROR_RATE,
        );
        if let Some(normal) = &mut self.normal {
            self.is_alerting |= normal.judge(completion, &mut desk, baseline, was_alerting);
        }
        if was_alerting {
            self.is_alerting = self.conditions.iter().any(Condition::is_ongoing)
                || self
                    .normal
                    .as_ref()
                    .is_some_and(|normal| normal.contexts.is_any_exceeded());
        }
    }

    /// Learns from `completion`.
    pub fn learn(&mut self, completion: &Completion) -> Firsts {
        let first = Firsts {
            normal: self.normal.is_none(),
            threshold: self.threshold.is_none(),
        };
        let normal = self.normal.get_or_insert_with(Normal::default);
        normal.count += 1.0;
        normal.total_duration_ms = finite(normal.total_duration_ms + completion.duration_ms);
        if !completion.memory_delta.is_nan() {
            normal.total_memory = finite(normal.total_memory + completion.memory_delta.abs());
            normal.memory_count += 1.0;
        }
        let duration_ms = completion.duration_ms;
        let Normal {
            robust, contexts, ..
        } = normal;
        contexts.record(completion.context, duration_ms, robust);
        robust.record(duration_ms);
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
        context: ContextKey::NONE,
    };

    fn alerts(stage: &mut Stage, completion: &Completion) -> Vec<Alert> {
        let mut raised = Vec::new();
        stage.judge(completion, 0.0, &Config::default(), &mut raised);
        raised
    }

    fn kinds(stage: &mut Stage, completion: &Completion) -> Vec<AlertKind> {
        let raised = alerts(stage, completion);
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
                &mut limited(),
                &Completion {
                    memory_delta: -5000.0,
                    ..QUIET
                }
            ),
            []
        );
        assert_eq!(
            kinds(
                &mut limited(),
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
                &mut limited(),
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
                &mut Stage::default(),
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
                &mut Stage::default(),
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
            Firsts {
                normal: true,
                threshold: false
            }
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
                &mut stage,
                &Completion {
                    duration_ms: 40.0,
                    ..QUIET
                }
            ),
            [AlertKind::BaselineExceeded]
        );
    }

    fn bounds(stage: &Stage) -> QuietBounds {
        stage.quiet_bounds(&Config::default())
    }

    #[test]
    fn a_stage_that_can_exceed_nothing_is_quiet_at_any_duration_and_growth() {
        let unbounded = QuietBounds {
            duration_ms: f64::INFINITY,
            memory_bytes: f64::INFINITY,
        };
        assert_eq!(bounds(&Stage::default()), unbounded);
        let mut cold = Stage::default();
        cold.learn(&QUIET);
        assert_eq!(bounds(&cold), unbounded);
    }

    #[test]
    fn the_quiet_bounds_are_the_thresholds_where_nothing_is_learned() {
        let quiet = bounds(&limited());
        assert_eq!((quiet.duration_ms, quiet.memory_bytes), (100.0, 1000.0));
    }

    #[test]
    fn a_duration_within_the_quiet_bounds_raises_no_alert() {
        let mut stage = limited();
        for run in 0..300 {
            stage.learn(&Completion {
                duration_ms: 10.0 + f64::from(run * 7919 % 101) * 0.01,
                ..QUIET
            });
        }
        for share in [0.0, 0.5, 1.0] {
            let quiet = bounds(&stage).duration_ms;
            assert!((15.0..30.0).contains(&quiet), "{quiet}");
            let completion = Completion {
                duration_ms: quiet * share,
                ..QUIET
            };
            assert_eq!(kinds(&mut stage, &completion), []);
        }
    }

    #[test]
    fn the_quiet_bounds_hold_in_every_context_that_is_warm_and_in_those_that_are_not() {
        let in_context = |size: f64, duration_ms: f64| Completion {
            duration_ms,
            context: ContextKey::of(1, size),
            ..QUIET
        };
        let mut stage = Stage::default();
        for run in 0..400 {
            let size = if run % 2 == 0 { 10.0 } else { 10_000.0 };
            stage.learn(&in_context(size, size * (1.0 + f64::from(run % 7) * 0.01)));
        }
        for size in [10.0, 10_000.0, 77.0] {
            let quiet = bounds(&stage).duration_ms;
            assert!((15.0..30.0).contains(&quiet), "{quiet}");
            assert_eq!(kinds(&mut stage, &in_context(size, quiet)), []);
        }
    }

    #[test]
    fn no_completion_is_quiet_while_an_alert_is_ongoing() {
        let mut stage = limited();
        for (duration_ms, is_quiet) in [(1.0, true), (100.1, false), (1.0, true)] {
            let completion = Completion {
                duration_ms,
                ..QUIET
            };
            stage.judge(&completion, 0.0, &Config::default(), &mut Vec::new());
            assert_eq!(bounds(&stage) != QuietBounds::NONE, is_quiet);
        }
    }

    #[test]
    fn a_stage_that_stays_slow_is_an_error_from_the_third_run_on_and_one_run_between_starts_anew() {
        let mut stage = Stage::default();
        for _ in 0..60 {
            stage.learn(&QUIET);
        }
        let severities = [30.0, 30.0, 10.0, 30.0, 30.0, 30.0, 30.0].map(|duration_ms| {
            let completion = Completion {
                duration_ms,
                ..QUIET
            };
            alerts(&mut stage, &completion).first().map(|a| a.severity)
        });
        let (low, high) = (Some(Severity::Warning), Some(Severity::Error));
        assert_eq!(severities, [low, low, None, low, low, high, high]);
    }
}
