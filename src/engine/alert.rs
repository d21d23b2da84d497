//! Alerts: a limit that was passed, and by how much.

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

/// How serious a passed limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Warning = 0,
    /// Worth acting on.
    Error = 1,
}

/// A limit that was passed.
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
