//! How long a threshold has been exceeded, and which alerts about it are worth raising.
//!
//! A condition begins with the first completion beyond its threshold and ends with the first one
//! that is back under it. By default every completion beyond a threshold raises an alert;
//! [`Config`] has settings that reduce them, off by default.

use super::alert::{Alert, AlertKind, Resolution, Severity};
use crate::engine::config::Config;
use crate::engine::time::Reading;

/// A threshold that is being exceeded, at one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Condition {
    /// Completions beyond the threshold since it began; 0 while it is not exceeded.
    runs: u32,
    /// Alerts raised about them.
    alerts: u32,
    /// Completion of the first, on the monotonic scale.
    began_ms: f64,
    /// The threshold that the last of them exceeded.
    threshold: f64,
    /// The worst of its alerts.
    severity: Severity,
}

impl Condition {
    /// One that has just begun.
    #[cfg(test)]
    pub fn ongoing() -> Self {
        Self {
            runs: 1,
            ..Self::default()
        }
    }

    /// Whether the threshold is being exceeded.
    pub fn is_ongoing(&self) -> bool {
        self.runs > 0
    }

    /// Which completion beyond the threshold the next one would be, from 1.
    pub fn next_run(&self) -> u32 {
        self.runs.saturating_add(1)
    }

    fn extend(&mut self, alert: &Alert, now_ms: f64) {
        if !self.is_ongoing() {
            *self = Self {
                began_ms: now_ms,
                ..Self::default()
            };
        }
        self.runs = self.next_run();
        self.threshold = alert.threshold;
        self.severity = self.severity.max(alert.severity);
    }
}

/// When an alert of one kind was last raised at a stage, and how many were not since then.
#[derive(Clone, Copy, Debug)]
struct LastRaised {
    now_ms: f64,
    suppressed: u32,
}

/// The last alerts raised at a stage, by kind.
#[derive(Clone, Debug)]
pub struct AlertHistory([LastRaised; AlertKind::COUNT]);

impl Default for AlertHistory {
    fn default() -> Self {
        let never = LastRaised {
            now_ms: f64::NEG_INFINITY,
            suppressed: 0,
        };
        Self([never; AlertKind::COUNT])
    }
}

/// Decides which alerts of one completion are raised.
#[derive(Debug)]
pub struct Hygiene<'a> {
    /// Settings in force.
    pub config: &'a Config,
    /// When it completed.
    pub at: Reading,
    /// What was raised at the stage before.
    pub history: &'a mut AlertHistory,
    /// Takes the alerts.
    pub raised: &'a mut Vec<Alert>,
}

impl Hygiene<'_> {
    /// A figure beyond its threshold: raised, or counted as suppressed. Of one condition at most
    /// `most` are raised, unless a cooldown says how often.
    pub fn raise(&mut self, condition: &mut Condition, alert: Alert, most: u32) {
        let now_ms = self.at.now.as_millis();
        condition.extend(&alert, now_ms);
        let Some(last) = self.history.0.get_mut(alert.kind as usize) else {
            return;
        };
        let cooldown = self.config.alert_cooldown_ms;
        let is_suppressed = if cooldown > 0.0 {
            now_ms - last.now_ms < cooldown
        } else {
            condition.alerts >= most || (self.config.alert_hysteresis > 0.0 && condition.alerts > 0)
        };
        if is_suppressed {
            last.suppressed = last.suppressed.saturating_add(1);
            return;
        }
        condition.alerts = condition.alerts.saturating_add(1);
        last.now_ms = now_ms;
        self.raised.push(Alert {
            suppressed: std::mem::take(&mut last.suppressed),
            ..alert
        });
    }

    /// A figure that does not exceed its threshold, as the alert it would have been: ends the
    /// condition, unless the figure is still within the hysteresis. Removing a threshold ends it,
    /// too.
    pub fn resolve(&mut self, condition: &mut Condition, figure: Alert) {
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
            threshold: ended.threshold,
            resolution: Some(Resolution {
                at_ms: self.at.wall_ms,
                lasted_ms: (self.at.now.as_millis() - ended.began_ms).max(0.0),
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
    use crate::engine::time::Nanos;

    /// Both clocks at the same number of ms.
    fn at(ms: f64) -> Reading {
        Reading {
            now: Nanos::from_millis(ms).unwrap(),
            wall_ms: ms,
        }
    }

    /// One threshold of one stage, and its alerts.
    struct Watched {
        config: Config,
        history: AlertHistory,
        condition: Condition,
        raised: Vec<Alert>,
    }

    impl Watched {
        fn by(config: Config) -> Self {
            Self {
                config,
                history: AlertHistory::default(),
                condition: Condition::default(),
                raised: Vec::new(),
            }
        }

        fn hygiene(&mut self, at: Reading) -> (Hygiene<'_>, &mut Condition) {
            let hygiene = Hygiene {
                config: &self.config,
                at,
                history: &mut self.history,
                raised: &mut self.raised,
            };
            (hygiene, &mut self.condition)
        }

        fn raise(&mut self, at: Reading, alert: Alert, most: u32) {
            let (mut hygiene, condition) = self.hygiene(at);
            hygiene.raise(condition, alert, most);
        }

        fn resolve(&mut self, at: Reading, figure: Alert) {
            let (mut hygiene, condition) = self.hygiene(at);
            hygiene.resolve(condition, figure);
        }
    }

    /// What a threshold of 100 makes of durations at one each 10 ms: `!` an alert, with how many
    /// were suppressed before it, `-` nothing, `/` resolved, with its runs.
    fn picture_of(config: &Config, durations: &[f64]) -> String {
        let mut watched = Watched::by(config.clone());
        let mut picture = String::new();
        for (run, &actual) in durations.iter().enumerate() {
            let now = at(run as f64 * 10.0);
            let kind = AlertKind::DurationExceeded;
            let figure = Alert::new(kind, Severity::Warning, actual, 100.0);
            if actual > 100.0 {
                watched.raise(now, figure, u32::MAX);
            } else {
                watched.resolve(now, figure);
            }
            match std::mem::take(&mut watched.raised).as_slice() {
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
    fn by_default_every_completion_beyond_the_threshold_raises_an_alert_and_none_is_resolved() {
        assert_eq!(picture_of(&Config::default(), &FLAPPING), "!!-!-!--");
    }

    #[test]
    fn within_the_cooldown_alerts_are_counted_and_the_next_one_says_how_many() {
        let config = Config {
            alert_cooldown_ms: 30.0,
            ..Config::default()
        };
        assert_eq!(picture_of(&config, &FLAPPING), "!--!1----");
        assert_eq!(picture_of(&config, &[150.0; 7]), "!--!2--!2");
    }

    #[test]
    fn with_hysteresis_a_condition_raises_one_alert_until_it_falls_clearly_below_the_threshold() {
        let config = Config {
            alert_hysteresis: 0.1,
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(picture_of(&config, &FLAPPING), "!---/3!2/1-");
        assert_eq!(picture_of(&config, &[150.0, 90.0]), "!/1");
    }

    #[test]
    fn a_condition_that_ends_has_the_worst_severity_of_its_alerts() {
        let mut watched = Watched::by(Config {
            alert_resolved: true,
            ..Config::default()
        });
        let alert =
            |severity, actual| Alert::new(AlertKind::BaselineExceeded, severity, actual, 5.0);
        watched.raise(at(0.0), alert(Severity::Error, 60.0), u32::MAX);
        watched.raise(at(0.0), alert(Severity::Warning, 6.0), u32::MAX);
        watched.resolve(at(0.0), alert(Severity::Warning, 1.0));
        let ended = watched.raised.last().map(|ended| ended.severity);
        assert_eq!(ended, Some(Severity::Error));
    }

    #[test]
    fn a_condition_that_ends_is_resolved_once_with_the_runs_it_lasted() {
        let config = Config {
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(picture_of(&config, &FLAPPING), "!!/2!/1!/1-");
    }

    #[test]
    fn a_condition_that_raised_nothing_has_nothing_to_resolve() {
        let config = Config {
            alert_cooldown_ms: 1000.0,
            alert_resolved: true,
            ..Config::default()
        };
        assert_eq!(picture_of(&config, &[150.0, 50.0, 150.0, 50.0]), "!/1--");
    }

    #[test]
    fn a_wall_clock_that_is_set_neither_ends_nor_lengthens_a_cooldown() {
        let mut watched = Watched::by(Config {
            alert_cooldown_ms: 1000.0,
            ..Config::default()
        });
        let mut counts = Vec::new();
        for (now_ms, wall_ms) in [(0.0, 5e4), (100.0, 9e9), (200.0, 1e4), (1e3, 1e4 + 800.0)] {
            let now = Reading {
                wall_ms,
                ..at(now_ms)
            };
            let alert = Alert::new(AlertKind::DurationExceeded, Severity::Warning, 2.0, 1.0);
            watched.raise(now, alert, u32::MAX);
            counts.push(watched.raised.len());
        }
        assert_eq!(counts, [1, 1, 1, 2]);
    }

    #[test]
    fn a_threshold_taken_away_ends_the_condition() {
        let mut watched = Watched::by(Config {
            alert_resolved: true,
            ..Config::default()
        });
        let alert =
            |threshold| Alert::new(AlertKind::MemoryExceeded, Severity::Warning, 9.0, threshold);
        watched.raise(at(0.0), alert(5.0), u32::MAX);
        watched.resolve(at(0.0), alert(f64::NAN));
        assert_eq!(watched.raised.len(), 2);
        assert_eq!(watched.raised[1].threshold, 5.0);
    }

    #[test]
    fn of_a_condition_only_so_many_alerts_are_raised_as_are_allowed() {
        let mut watched = Watched::by(Config::default());
        for run in 0..5 {
            let alert = Alert::new(AlertKind::BaselineExceeded, Severity::Warning, 2.0, 1.0);
            watched.raise(at(f64::from(run)), alert, 3);
        }
        assert_eq!(watched.raised.len(), 3);
        assert_eq!(watched.condition.next_run(), 6);
    }
}
