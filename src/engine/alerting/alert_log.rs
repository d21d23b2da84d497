//! The alerts raised recently.

use super::alert::Alert;
use super::totals::AlertTotals;
use crate::engine::history::StageId;
use crate::engine::time::Reading;
use std::collections::VecDeque;

/// An alert with where and when it was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct RaisedAlert {
    /// The alert.
    pub alert: Alert,
    /// The stage; the whole pipeline counts as one.
    pub stage: StageId,
    /// The execution, if any.
    pub execution_id: Option<Box<str>>,
    /// The execution of the first run of a new level, if known.
    pub since_execution_id: Option<Box<str>>,
    /// Both clocks at that moment.
    pub at: Reading,
}

/// The latest alerts, oldest first.
#[derive(Debug, Default)]
pub struct AlertLog {
    raised: VecDeque<RaisedAlert>,
    totals: AlertTotals,
}

impl AlertLog {
    /// Adds one, and retains at most `most`.
    pub fn push(&mut self, raised: RaisedAlert, most: usize) {
        self.totals.add(raised.alert.kind, raised.alert.severity);
        self.raised.push_back(raised);
        self.trim(most);
    }

    /// Drops the oldest beyond `most`.
    pub fn trim(&mut self, most: usize) {
        let beyond = self.raised.len().saturating_sub(most);
        self.raised.drain(..beyond);
    }

    /// Marks the alerts raised about the condition that `ended` ends.
    ///
    /// Cost: the alerts raised since then; all of them where some have been dropped.
    pub fn resolve(&mut self, stage: StageId, ended: &Alert) {
        let Some(resolution) = ended.resolution else {
            return;
        };
        let about_it = |raised: &&mut RaisedAlert| {
            let alert = &raised.alert;
            raised.stage == stage
                && (alert.kind, alert.context) == (ended.kind, ended.context)
                && alert.resolution.is_none()
        };
        let newest_first = self.raised.iter_mut().rev().filter(about_it);
        for raised in newest_first.take(resolution.alerts as usize) {
            raised.alert.resolution = ended.resolution;
        }
    }

    /// Drops those raised before `cutoff_ms` on the monotonic scale.
    pub fn evict_older(&mut self, cutoff_ms: f64) {
        self.raised
            .retain(|raised| raised.at.now.as_millis() >= cutoff_ms);
    }

    /// Number of alerts raised so far, including dropped ones.
    pub fn totals(&self) -> &AlertTotals {
        &self.totals
    }

    /// Those raised at `since_ms` or later on the monotonic scale, oldest first.
    pub fn since(&self, since_ms: f64) -> impl Iterator<Item = &RaisedAlert> {
        self.raised
            .iter()
            .filter(move |raised| raised.at.now.as_millis() >= since_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alerting::alert::{AlertKind, Resolution, Severity};

    #[test]
    fn the_end_of_a_condition_is_noted_on_its_alerts_alone() {
        let mut log = AlertLog::default();
        let alert = Alert::new(AlertKind::DurationExceeded, Severity::Warning, 9.0, 5.0);
        for _ in 0..3 {
            let raised = RaisedAlert {
                alert,
                stage: 0,
                execution_id: None,
                since_execution_id: None,
                at: Reading::default(),
            };
            log.push(raised, 10);
        }
        let resolution = Some(Resolution {
            at_ms: 1.0,
            lasted_ms: 1.0,
            runs: 2,
            alerts: 2,
        });
        // The first belongs to an earlier condition whose end was not reported.
        log.resolve(
            0,
            &Alert {
                resolution,
                ..alert
            },
        );
        let ends: Vec<_> = log.since(0.0).map(|of| of.alert.resolution).collect();
        assert_eq!(ends, [None, resolution, resolution]);
    }
}
