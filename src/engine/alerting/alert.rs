//! Alerts: a threshold that was exceeded, and by how much.

use super::level_shift::LevelShift;
use super::workload_class::ContextKey;

/// Which threshold was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// The configured duration.
    DurationExceeded = 0,
    /// The configured heap growth.
    MemoryExceeded = 1,
    /// One error in twenty items.
    HighErrorRate = 2,
    /// The learned baseline.
    BaselineExceeded = 3,
    /// A lasting rise of the level, to at least `alertThreshold` times the one before.
    LevelShift = 4,
}

impl AlertKind {
    /// Number of kinds.
    pub const COUNT: usize = 5;
}

/// How serious an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Warning = 0,
    /// Worth acting on.
    Error = 1,
}

/// The end of an alert: its threshold is no longer exceeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Completion of the run that ended it, wall clock in ms since 1970 UTC.
    pub at_ms: f64,
    /// Milliseconds since the first run beyond the threshold.
    pub lasted_ms: f64,
    /// Runs beyond the threshold.
    pub runs: u32,
    /// Alerts raised about them.
    pub alerts: u32,
}

/// A threshold that was exceeded, or no longer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// Which threshold was exceeded.
    pub kind: AlertKind,
    /// How serious it is.
    pub severity: Severity,
    /// What was measured: ms, bytes or errors for each item.
    pub actual: f64,
    /// The threshold, in the same unit.
    pub threshold: f64,
    /// The context it was judged in; `None` if judged by all runs of the stage, or by a threshold.
    pub context: Option<ContextKey>,
    /// Alerts of this kind at this stage suppressed since the last one raised.
    pub suppressed: u32,
    /// When it ended, if it has.
    pub resolution: Option<Resolution>,
    /// The levels before and after, for a shift.
    pub shift: Option<LevelShift>,
}

impl Alert {
    /// `actual` exceeds `threshold`.
    pub fn new(kind: AlertKind, severity: Severity, actual: f64, threshold: f64) -> Self {
        Self {
            kind,
            severity,
            actual,
            threshold,
            context: None,
            suppressed: 0,
            resolution: None,
            shift: None,
        }
    }
}
