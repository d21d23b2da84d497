//! How long a limit has been passed, and which alerts about it are worth raising.
//!
//! A condition begins with the first completion beyond its limit and ends with the first one
//! that is back under it. By default every completion beyond a limit raises an alert; what
//! keeps them few is set in [`Config`], and off until then.

use super::alert::{Alert, AlertKind, Resolution, Severity};
use crate::engine::config::Config;

/// A limit that is being passed, at one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Condition {
    /// Completions beyond the limit since it began; 0 while it does not last.
    runs: u32,
    /// Alerts raised of them.
    alerts: u32,
    /// Completion of the first, wall clock in ms.
    began_ms: f64,
    /// The limit that the last of them passed.
    limit: f64,
    /// The worst of its alerts.
    severity: Severity,
}

impl Condition {
    /// Whether it lasts.
    pub fn is_ongoing(&self) -> bool {
        self.runs > 0
    }

    /// Which completion beyond the limit the next one would be, from 1.
    pub fn next_run(&self) -> u32 {
        self.runs.saturating_add(1)
    }

    fn pass(&mut self, alert: &Alert, wall_ms: f64) {
        if !self.is_ongoing() {
            *self = Self {
                began_ms: wall_ms,
                ..Self::default()
            };
        }
        self.runs = self.next_run();
        self.limit = alert.threshold;
        self.severity = self.severity.max(alert.severity);
    }
}

/// When an alert of one kind was last raised at a stage, and how many were not since then.
#[derive(Clone, Copy, Debug)]
struct Told {
    raised_ms: f64,
    suppressed: u32,
}

/// What was last told of a stage, by kind of alert.
#[derive(Clone, Debug)]
pub struct Memory([Told; AlertKind::COUNT]);

impl Default for Memory {
    fn default() -> Self {
        Self(
            [Told {
                raised_ms: f64::NEG_INFINITY,
                suppressed: 0,
            }; AlertKind::COUNT],
        )
    }
}

/// Decides about the alerts of one completion.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Settings in force.
    pub config: &'a Config,
    /// Completion, wall clock in ms.
    pub wall_ms: f64,
    /// What was told of the stage before.
    pub memory: &'a mut Memory,
    /// Takes what is to be told.
    pub raised: &'a mut Vec<Alert>,
}

impl Desk<'_> {
    /// A figure beyond its limit: raised, or counted as suppressed.
    pub fn pass(&mut self, condition: &mut Condition, alert: Alert) {
        condition.pass(&alert, self.wall_ms);
        let Some(told) = self.memory.0.get_mut(alert.kind as usize) else {
            return;
        };
        let cooldown = self.config.alert_cooldown_ms;
        let is_suppressed = if cooldown > 0.0 {
            // A wall clock that was set back must not silence a stage for longer.
            (0.0..cooldown).contains(&(self.wall_ms - told.raised_ms))
        } else {
            self.config.alert_hysteresis > 0.0 && condition.alerts > 0
        };
        if is_suppressed {
            told.suppressed = told.suppressed.saturating_add(1);
            return;
        }
        condition.alerts += 1;
        told.raised_ms = self.wall_ms;
        self.raised.push(Alert {
            suppressed: std::mem::take(&mut told.suppressed),
            ..alert
        });
    }

    /// A figure that does not pass its limit, as the alert that it is not: ends the condition,
    /// unless the figure is still within the hysteresis. One that has no limit any more ends it.
    pub fn settle(&mut self, condition: &mut Condition, figure: Alert) {
        let still_beyond = figure.threshold * (1.0 - self.config.alert_hysteresis);
        if !condition.is_ongoing() || figure.actual > still_beyond {
            return;
        }
        let ended = std::mem::take(condition);
        if !self.config.alert_resolved || ended.alerts == 0 {
            return;
        }
        self.raised.push(Alert {
            severity: ended.severity,
            threshold: ended.limit,
            resolution: Some(Resolution {
                at_ms: self.wall_ms,
                lasted_ms: (self.wall_ms - ended.began_ms).max(0.0),
                runs: ended.runs,
                alerts: ended.alerts,
            }),
            ..figure
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a limit of 100 makes of durations at one each 10 ms: `!` an alert, with how many
    /// were suppressed before it, `-` nothing, `/` resolved, with its runs.
    fn told(config: &Config, durations: &[f64]) -> String {
        let (mut memory, mut condition) = (Memory::default(), Condition::default());
        let mut picture = String::new();
        for (run, &actual) in durations.iter().enumerate() {
            let mut raised = Vec::new();
            let mut desk = Desk {
                config,
                wall_ms: run as f64 * 10.0,
                memory: &mut memory,
                raised: &mut raised,
            };
            let kind = AlertKind::DurationExceeded;
            let figure = Alert::new(kind, Severity::Warning, actual, 100.0);
            if actual > 100.0 {
                desk.pass(&mut condition, figure);
            } else {
                desk.settle(&mut condition, figure);
            }
            match raised.as_slice() {
                [] => picture.push('-'),
                [alert] => {
                    let (sign, count) = match alert.resolution {
                        Some(resolution) => ('/', resolution.runs),
                        None => ('!', alert.suppressed),
                    };
                    picture.push(sign);
                    picture.extend((count > 0).then(|| count.to_string()));
                }
                _ => panic!("one figure has one outcome"),
            }
        }
        picture
    }

    const FLAPPING: [f64; 8] = [150.0, 150.0, 95.0, 150.0, 80.0, 150.0, 50.0, 50.0];

    #[test]
    fn by_default_every_completion_beyond_the_limit_raises_an_alert_and_none_is_resolved() {
        assert_eq!(told(&Config::default(), &FLAPPING), "!!-!-!--");
    }

    #[test]
    fn within_the_cooldown_alerts_are_counted_and_the_next_one_says_how_many() {
        let config = Config {
            alert_cooldown_ms: 30.0,
            ..Config::default()
        };
        assert_eq!(told(&config, &FLAPPING), "!--!1----");
        assert_eq!(told(&config, &[150.0; 7]), "!--!2--!2");
    }

    #[test]
    fn with_hysteresis_a_condition_raises_one_alert_until_it_falls_clearly_below_the_limit() {
        let config = Config {
            alert_hysteresis: 0.1,
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(told(&config, &FLAPPING), "!---/3!2/1-");
    }

    #[test]
    fn a_condition_that_ends_is_resolved_once_with_the_runs_it_lasted() {
        let config = Config {
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(told(&config, &FLAPPING), "!!/2!/1!/1-");
    }

    #[test]
    fn a_condition_that_raised_nothing_has_nothing_to_resolve() {
        let config = Config {
            alert_cooldown_ms: 1000.0,
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(told(&config, &[150.0, 50.0, 150.0, 50.0]), "!/1--");
    }

    #[test]
    fn a_wall_clock_set_back_ends_the_cooldown() {
        let config = Config {
            alert_cooldown_ms: 1000.0,
            ..Config::default()
        };
        let (mut memory, mut condition) = (Memory::default(), Condition::default());
        let mut raised = Vec::new();
        for wall_ms in [50_000.0, 50_100.0, 10_000.0] {
            let mut desk = Desk {
                config: &config,
                wall_ms,
                memory: &mut memory,
                raised: &mut raised,
            };
            let alert = Alert::new(AlertKind::DurationExceeded, Severity::Warning, 2.0, 1.0);
            desk.pass(&mut condition, alert);
        }
        assert_eq!(raised.len(), 2);
    }

    #[test]
    fn a_limit_taken_away_ends_the_condition() {
        let config = Config {
            alert_resolved: true,
            ..Config::default()
        };
        let (mut memory, mut condition) = (Memory::default(), Condition::default());
        let mut raised = Vec::new();
        let mut desk = Desk {
            config: &config,
            wall_ms: 0.0,
            memory: &mut memory,
            raised: &mut raised,
        };
        let kind = AlertKind::MemoryExceeded;
        desk.pass(
            &mut condition,
            Alert::new(kind, Severity::Warning, 9.0, 5.0),
        );
        desk.settle(
            &mut condition,
            Alert::new(kind, Severity::Warning, 9.0, f64::NAN),
        );
        assert_eq!(raised.len(), 2);
        assert_eq!(raised[1].threshold, 5.0);
    }
}
