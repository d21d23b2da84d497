//! What is known of one stage name: its thresholds, what is normal for it, and which alerts a
//! completion raises.

use super::alert::{Alert, AlertKind, Severity};
use super::baseline::Baseline;
use super::baseline_exceeded::{Excess, Normal, Shifted};
use super::completion::Completion;
use super::repeated_alerts::{AlertHistory, Condition, Hygiene};
use super::threshold::{Threshold, HIGH_ERROR_RATE};
use super::totals::Totals;
use crate::engine::config::Config;
use crate::engine::stats::rollup::Rollups;
use crate::engine::time::Reading;

/// One stage name.
#[derive(Debug, Default)]
pub struct Stage {
    /// As the caller wrote it.
    pub name: Box<str>,
    /// Its thresholds, if it has any entry among them.
    pub threshold: Option<Threshold>,
    /// What is normal, once it completed or was given.
    pub normal: Option<Normal>,
    /// How long its completions took.
    pub durations: Rollups,
    /// What they come to.
    pub totals: Totals,
    /// Thresholds being exceeded, by kind of alert.
    conditions: [Condition; AlertKind::COUNT],
    /// Whether any of them lasts.
    is_alerting: bool,
    alerts: AlertHistory,
}

/// The largest figures of a completion without errors that can change nothing about a stage's
/// alerts: it raises none and resolves none, whatever its context. They hold until the stage
/// learns or its settings change. The one alert that they do not foresee is the level of a context
/// that has just become known.
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
    /// An entry among the thresholds.
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

    /// Takes a completion that is recorded into the quantiles and the totals. Cost: a few ns.
    #[inline]
    pub fn count(&mut self, completion: &Completion, at: Reading, config: &Config) {
        self.durations.record(completion.duration_ms, at, config);
        self.totals.add(completion);
    }

    /// Forgets what [`Self::count`] took in.
    pub fn forget_counts(&mut self) {
        self.durations = Rollups::default();
        self.totals = Totals::default();
    }

    /// Checks a completion against thresholds and baseline, appends the alerts to `raised`,
    /// and then learns from it.
    ///
    /// `whole_ms` is what an execution typically takes, NaN where that is not known. Cost: about
    /// 30 ns when nothing is raised.
    pub fn judge(
        &mut self,
        completion: &Completion,
        at: Reading,
        whole_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
    ) -> Firsts {
        self.check(completion, at, whole_ms, config, raised);
        let (firsts, shifted) = self.learn_at(completion, at.wall_ms, config.alert_threshold);
        if let Some(shifted) = shifted {
            raised.extend(level_shift(shifted, whole_ms, config));
        }
        firsts
    }

    /// Median duration in ms; NaN before the baseline is warm.
    pub fn typical_ms(&self) -> f64 {
        let warm = self.normal.as_ref().map(|normal| &normal.robust);
        warm.filter(|baseline| baseline.is_warm())
            .map_or(f64::NAN, Baseline::typical)
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
            normal.quiet_level(config.alert_threshold)
        });
        // Below the shortest duration that is alerted, only a new level is.
        let learned = if learned < 0.0 {
            learned
        } else {
            learned.max(config.min_alert_duration_ms.next_down())
        };
        QuietBounds {
            duration_ms: learned.min(threshold.max_duration_ms),
            memory_bytes: f64::INFINITY.min(threshold.max_memory),
        }
    }

    fn check(
        &mut self,
        completion: &Completion,
        at: Reading,
        whole_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
    ) {
        let [duration, memory, errors, baseline, _] = &mut self.conditions;
        let mut hygiene = Hygiene {
            config,
            at,
            history: &mut self.alerts,
            raised,
        };
        // One flag for all: most completions exceed nothing, and look at no condition.
        let was_alerting = self.is_alerting;
        let mut see = |condition: &mut Condition, kind, severity, actual: f64, threshold: f64| {
            let figure = Alert::new(kind, severity, actual, threshold);
            if actual > threshold {
                self.is_alerting = true;
                hygiene.raise(condition, figure, u32::MAX);
            } else if was_alerting {
                hygiene.resolve(condition, figure);
            }
        };
        let (max_duration, max_memory) = match &self.threshold {
            Some(found) => (found.max_duration_ms, found.max_memory),
            None => (f64::NAN, f64::NAN),
        };
        see(
            duration,
            AlertKind::DurationExceeded,
            Severity::Warning,
            completion.duration_ms,
            max_duration,
        );
        // A heap that was not read is neither beyond its threshold nor back under it.
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
            self.is_alerting |=
                normal.judge(completion, &mut hygiene, baseline, was_alerting, whole_ms);
        }
        if was_alerting {
            self.is_alerting = self.conditions.iter().any(Condition::is_ongoing)
                || self
                    .normal
                    .as_ref()
                    .is_some_and(|normal| normal.contexts.is_any_exceeded());
        }
    }

    /// Learns from a completion that is not judged.
    pub fn learn(&mut self, completion: &Completion, wall_ms: f64, config: &Config) -> Firsts {
        self.learn_at(completion, wall_ms, config.alert_threshold).0
    }

    fn learn_at(
        &mut self,
        completion: &Completion,
        wall_ms: f64,
        factor: f64,
    ) -> (Firsts, Option<Shifted>) {
        let first = Firsts {
            normal: self.normal.is_none(),
            threshold: self.threshold.is_none(),
        };
        let normal = self.normal.get_or_insert_with(Normal::default);
        let shifted = normal.learn(completion, wall_ms, factor);
        let threshold = self.threshold.get_or_insert_with(Threshold::default);
        threshold.baseline_duration_ms = normal.average_duration_ms();
        threshold.baseline_memory = normal.average_memory();
        (first, shifted)
    }
}

/// The alert of a level that was taken over; none where it is shorter than what is alerted and
/// is known to be no part of an execution that matters.
fn level_shift((shift, context): Shifted, whole_ms: f64, config: &Config) -> Option<Alert> {
    let matters = Excess {
        excess_ms: shift.to_ms - shift.from_ms,
        whole_ms,
    }
    .matters();
    if shift.to_ms < config.min_alert_duration_ms && !matters {
        return None;
    }
    let severity = if matters {
        Severity::Error
    } else {
        Severity::Warning
    };
    let threshold = config.alert_threshold * shift.from_ms;
    Some(Alert {
        context,
        shift: Some(shift),
        ..Alert::new(AlertKind::LevelShift, severity, shift.to_ms, threshold)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alerting::workload_class::ContextKey;

    const QUIET: Completion = Completion {
        duration_ms: 10.0,
        memory_delta: 0.0,
        items: 1.0,
        errors: 0.0,
        context: ContextKey::NONE,
    };

    fn alerts(stage: &mut Stage, completion: &Completion) -> Vec<Alert> {
        let mut raised = Vec::new();
        stage.judge(
            completion,
            Reading::default(),
            f64::NAN,
            &Config::default(),
            &mut raised,
        );
        raised
    }

    fn learn(stage: &mut Stage, completion: &Completion) -> Firsts {
        stage.learn(completion, 0.0, &Config::default())
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
    fn a_threshold_that_is_met_is_not_exceeded() {
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
    fn learning_makes_a_baseline_and_keeps_the_thresholds() {
        let mut stage = limited();
        assert_eq!(
            learn(
                &mut stage,
                &Completion {
                    memory_delta: -30.0,
                    ..QUIET
                }
            ),
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
            learn(&mut stage, &QUIET);
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
        learn(&mut cold, &QUIET);
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
            learn(
                &mut stage,
                &Completion {
                    duration_ms: 10.0 + f64::from(run * 7919 % 101) * 0.01,
                    ..QUIET
                },
            );
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
            learn(
                &mut stage,
                &in_context(size, size * (1.0 + f64::from(run % 7) * 0.01)),
            );
        }
        for size in [10.0, 10_000.0, 77.0] {
            let quiet = bounds(&stage).duration_ms;
            assert!((15.0..60.0).contains(&quiet), "{quiet}");
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
            stage.judge(
                &completion,
                Reading::default(),
                f64::NAN,
                &Config::default(),
                &mut Vec::new(),
            );
            assert_eq!(bounds(&stage) != QuietBounds::NONE, is_quiet);
        }
    }

    #[test]
    fn a_stage_that_stays_slow_is_an_error_from_the_third_run_on_and_one_run_between_starts_anew() {
        let mut stage = Stage::default();
        for _ in 0..60 {
            learn(&mut stage, &QUIET);
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

    fn warm_stage(typical_ms: f64) -> Stage {
        let mut stage = Stage::default();
        for _ in 0..100 {
            let duration_ms = typical_ms;
            learn(
                &mut stage,
                &Completion {
                    duration_ms,
                    ..QUIET
                },
            );
        }
        stage
    }

    fn judged(stage: &mut Stage, duration_ms: f64, whole_ms: f64, config: &Config) -> Vec<Alert> {
        let completion = Completion {
            duration_ms,
            ..QUIET
        };
        let mut raised = Vec::new();
        stage.judge(
            &completion,
            Reading::default(),
            whole_ms,
            config,
            &mut raised,
        );
        raised
    }

    #[test]
    fn a_run_shorter_than_the_shortest_that_is_alerted_exceeds_no_baseline() {
        let config = Config::default();
        let unlimited = Config {
            min_alert_duration_ms: 0.0,
            ..config.clone()
        };
        let count =
            |duration_ms, config| judged(&mut warm_stage(0.1), duration_ms, f64::NAN, config).len();
        assert_eq!((count(0.99, &config), count(1.0, &config)), (0, 1));
        assert_eq!(count(0.99, &unlimited), 1);
    }

    #[test]
    fn an_excess_is_an_error_only_where_it_is_a_twentieth_of_the_whole() {
        let config = Config::default();
        let severity = |whole_ms| {
            let raised = judged(&mut warm_stage(10.0), 60.0, whole_ms, &config);
            raised.first().map(|alert| alert.severity)
        };
        let (low, high) = (Some(Severity::Warning), Some(Severity::Error));
        assert_eq!([1000.0, 1001.0, f64::NAN].map(severity), [high, low, high]);
    }

    #[test]
    fn a_lasting_slowdown_raises_four_alerts_and_then_one_of_its_new_level() {
        let (config, mut stage) = (Config::default(), warm_stage(10.0));
        let mut kinds = Vec::new();
        for _ in 0..500 {
            kinds.extend(
                judged(&mut stage, 30.0, 100.0, &config)
                    .iter()
                    .map(|a| a.kind),
            );
        }
        let (run, level) = (AlertKind::BaselineExceeded, AlertKind::LevelShift);
        assert_eq!(kinds, [run, run, run, run, level]);
    }

    #[test]
    fn a_new_level_says_from_where_to_where_and_is_an_error_where_it_matters() {
        let config = Config::default();
        let shift_of = |typical_ms: f64, whole_ms| {
            let mut stage = warm_stage(typical_ms);
            (0..100)
                .flat_map(|_| judged(&mut stage, 3.0 * typical_ms, whole_ms, &config))
                .find(|alert| alert.kind == AlertKind::LevelShift)
        };
        let alert = shift_of(10.0, 100.0).unwrap();
        assert_eq!(alert.actual, 30.0);
        assert!((alert.threshold - 20.0).abs() < 0.01, "{alert:?}");
        assert_eq!(alert.severity, Severity::Error);
        let minor = shift_of(10.0, 1000.0).unwrap();
        assert_eq!(minor.severity, Severity::Warning);
        assert_eq!(
            shift_of(0.1, 1000.0),
            None,
            "too short, and no part of the whole"
        );
        assert!(shift_of(0.1, 1.0).is_some(), "a fifth of the whole");
    }

    #[test]
    fn a_stage_whose_sizes_grow_has_no_new_level() {
        let (config, mut stage, mut raised) = (Config::default(), Stage::default(), Vec::new());
        for run in 0..600 {
            let size = if run < 300 { 10.0 } else { 100.0 };
            let completion = Completion {
                duration_ms: size,
                context: ContextKey::of(1, size),
                ..QUIET
            };
            stage.judge(
                &completion,
                Reading::default(),
                f64::NAN,
                &config,
                &mut raised,
            );
        }
        assert!(
            raised
                .iter()
                .all(|alert| alert.kind != AlertKind::LevelShift),
            "{raised:?}"
        );
    }

    #[test]
    fn no_completion_is_quiet_when_a_new_level_is_about_to_be_taken_over() {
        let (config, mut stage) = (Config::default(), Stage::default());
        for run in 0..100 {
            let duration_ms = 10.0 + f64::from(run * 7919 % 101) * 0.2;
            learn(
                &mut stage,
                &Completion {
                    duration_ms,
                    ..QUIET
                },
            );
        }
        for _ in 0..60 {
            let quiet = bounds(&stage).duration_ms;
            let raised = judged(&mut stage, 45.0, f64::NAN, &config);
            assert!(raised.is_empty() || quiet < 45.0, "{quiet}: {raised:?}");
        }
    }
}
