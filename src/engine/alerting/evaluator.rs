//! The state of one stage name: thresholds, baselines, and the alerts that a completion raises.

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
    /// Its thresholds, if it has an entry.
    pub threshold: Option<Threshold>,
    /// What is normal, once it completed or a caller set it.
    pub normal: Option<Normal>,
    /// Durations of its completions.
    pub durations: Rollups,
    /// What they come to.
    pub totals: Totals,
    /// Thresholds being exceeded, by kind of alert.
    conditions: [Condition; AlertKind::COUNT],
    /// Whether any of them is ongoing.
    is_alerting: bool,
    alerts: AlertHistory,
}

/// The largest figures of a completion without errors that cannot change a stage's alerts: it
/// raises and resolves none, in any context. They hold until the stage learns or its settings
/// change. The only alert they do not cover is the level of a context that has just become known.
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

/// The kind of entry a stage got its first of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firsts {
    /// A baseline.
    pub normal: bool,
    /// An entry among the thresholds.
    pub threshold: bool,
}

impl Stage {
    /// A stage with nothing but a name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Adds a recorded completion to the quantiles and totals. Cost: a few ns.
    #[inline(always)]
    pub fn count(&mut self, completion: &Completion, at: Reading, config: &Config) {
        self.durations.record(completion.duration_ms, at, config);
        self.totals.add(completion);
    }

    /// Forgets what [`Self::count`] added.
    pub fn forget_counts(&mut self) {
        self.durations = Rollups::default();
        self.totals = Totals::default();
    }

    /// Checks a completion against thresholds and baseline, appends the alerts to `raised`,
    /// and then learns from it.
    ///
    /// `whole_ms` is what an execution typically takes, NaN where that is not known. Cost: about
    /// 30 ns when nothing is raised.
    #[inline(always)]
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

    /// Most completions exceed nothing while nothing is exceeded: a few comparisons.
    #[inline(always)]
    fn check(
        &mut self,
        completion: &Completion,
        at: Reading,
        whole_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
    ) {
        let (max_duration, max_memory) = self.thresholds();
        let exceeds_normal = match &mut self.normal {
            Some(normal) => normal.exceeds(completion, config),
            None => false,
        };
        // A figure that is NaN, or that has no threshold, exceeds nothing.
        if self.is_alerting
            || exceeds_normal
            || completion.duration_ms > max_duration
            || completion.memory_delta > max_memory
            || completion.error_rate() > HIGH_ERROR_RATE
        {
            self.raise_or_resolve(completion, at, whole_ms, config, raised, exceeds_normal);
        }
    }

    /// Longest duration and largest growth; NaN where none was set.
    #[inline(always)]
    fn thresholds(&self) -> (f64, f64) {
        match &self.threshold {
            Some(found) => (found.max_duration_ms, found.max_memory),
            None => (f64::NAN, f64::NAN),
        }
    }

    #[cold]
    fn raise_or_resolve(
        &mut self,
        completion: &Completion,
        at: Reading,
        whole_ms: f64,
        config: &Config,
        raised: &mut Vec<Alert>,
        exceeds_normal: bool,
    ) {
        let (max_duration, max_memory) = self.thresholds();
        let [duration, memory, errors, baseline, _] = &mut self.conditions;
        let mut hygiene = Hygiene {
            config,
            at,
            history: &mut self.alerts,
            raised,
        };
        // One flag for all: most completions exceed nothing, and look at no condition.
        let was_alerting = self.is_alerting;
        let mut see = |condition: &mut Condition, is_beyond, figure: Alert| {
            if is_beyond {
                self.is_alerting = true;
                hygiene.raise(condition, figure, u32::MAX);
            } else if was_alerting {
                hygiene.resolve(condition, figure);
            }
        };
        let figure = Alert::new(
            AlertKind::DurationExceeded,
            Severity::Warning,
            completion.duration_ms,
            max_duration,
        );
        see(duration, completion.duration_ms > max_duration, figure);
        // A heap that was not read is neither beyond its threshold nor back under it.
        if !completion.memory_delta.is_nan() {
            let figure = Alert::new(
                AlertKind::MemoryExceeded,
                Severity::Warning,
                completion.memory_delta,
                max_memory,
            );
            see(memory, completion.memory_delta > max_memory, figure);
        }
        let figure = Alert::new(
            AlertKind::HighErrorRate,
            Severity::Error,
            completion.error_rate(),
            HIGH_ERROR_RATE,
        );
        see(errors, completion.error_rate() > HIGH_ERROR_RATE, figure);
        if let Some(normal) = &mut self.normal {
            self.is_alerting |= (exceeds_normal || was_alerting)
                && normal.raise_or_resolve(
                    completion,
                    &mut hygiene,
                    baseline,
                    exceeds_normal,
                    whole_ms,
                );
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

    #[inline(always)]
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
        let normal = self.normal.get_or_insert_default();
        let shifted = normal.learn(completion, wall_ms, factor);
        let threshold = self.threshold.get_or_insert_default();
        threshold.baseline_duration_ms = normal.average_duration_ms();
        threshold.baseline_memory = normal.average_memory();
        (first, shifted)
    }
}

/// The alert of a level that was taken over; none if it is too short for alerts and known to be a
/// negligible part of an execution.
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
mod tests;
