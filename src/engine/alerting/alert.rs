//! Alerts: a limit that was passed, and by how much.

use crate::engine::alerting::workload_class::ContextKey;
use crate::engine::history::StageId;
use std::collections::VecDeque;

/// Errors for each item past which a stage's error rate is high.
pub const HIGH_ERROR_RATE: f64 = 0.05;

/// Which limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// The configured duration.
    DurationExceeded = 0,
    /// The configured heap growth.
    MemoryExceeded = 1,
    /// One error in twenty items.
    HighErrorRate = 2,
    /// What the stage normally takes.
    BaselineExceeded = 3,
}

impl AlertKind {
    /// How many there are.
    pub const COUNT: usize = 4;
}

/// How serious a passed limit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Warning = 0,
    /// Worth acting on.
    Error = 1,
}

/// That a limit is not passed any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Completion of the run that ended it, wall clock in ms since 1970 UTC.
    pub at_ms: f64,
    /// Milliseconds since the first run beyond the limit.
    pub lasted_ms: f64,
    /// Runs beyond the limit.
    pub runs: u32,
    /// Alerts raised of them.
    pub alerts: u32,
}

/// A limit that was passed, or is not passed any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// Which limit.
    pub kind: AlertKind,
    /// How serious it is.
    pub severity: Severity,
    /// What was measured: ms, bytes or errors for each item.
    pub actual: f64,
    /// The limit, in the same unit.
    pub threshold: f64,
    /// The context it was judged in; `None` where by all runs of the stage, or by a limit.
    pub context: Option<ContextKey>,
    /// Alerts of this kind at this stage that were not raised since the last that was.
    pub suppressed: u32,
    /// Where it tells that the limit is not passed any more, or is known not to be.
    pub resolution: Option<Resolution>,
}

impl Alert {
    /// That `actual` passes `threshold`.
    pub fn new(kind: AlertKind, severity: Severity, actual: f64, threshold: f64) -> Self {
        Self {
            kind,
            severity,
            actual,
            threshold,
            context: None,
            suppressed: 0,
            resolution: None,
        }
    }
}

/// An alert with where and when it was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct RaisedAlert {
    /// The alert.
    pub alert: Alert,
    /// The stage; the whole pipeline counts as one.
    pub stage: StageId,
    /// The execution, where there was one.
    pub execution_id: Option<Box<str>>,
    /// Wall clock in ms since 1970 UTC.
    pub wall_ms: f64,
}

/// The latest alerts, oldest first.
#[derive(Debug, Default)]
pub struct AlertLog {
    raised: VecDeque<RaisedAlert>,
}

impl AlertLog {
    /// Keeps one, and at most `limit`.
    pub fn push(&mut self, raised: RaisedAlert, limit: usize) {
        self.raised.push_back(raised);
        while self.raised.len() > limit {
            self.raised.pop_front();
        }
    }

    /// Notes that what `ended` tells of is over in the alerts that were raised about it.
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

    /// Drops those raised before `cutoff_ms`.
    pub fn evict_older(&mut self, cutoff_ms: f64) {
        self.raised.retain(|raised| raised.wall_ms >= cutoff_ms);
    }

    /// Those raised at `since_ms` or later, oldest first.
    pub fn since(&self, since_ms: f64) -> impl Iterator<Item = &RaisedAlert> {
        self.raised
            .iter()
            .filter(move |raised| raised.wall_ms >= since_ms)
    }
}
