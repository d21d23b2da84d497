//! Settings and their defaults.

/// Settings of one collector. Every field takes effect at the next call.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Age in ms above which records are evicted.
    pub retention_period_ms: f64,
    /// Width in ms of the windows of quantiles.
    pub aggregation_interval_ms: f64,
    /// A stage this many times over its baseline raises an alert.
    pub alert_threshold: f64,
    /// Most records stored per stage, executions, and alerts.
    pub max_history_size: usize,
    /// Most executions running at once; one more abandons the oldest.
    pub max_active_executions: usize,
    /// Most spans of one execution; further stages share one row of it.
    pub max_stages_per_execution: usize,
    /// Shortest duration in ms that exceeds a baseline.
    pub min_alert_duration_ms: f64,
    /// Milliseconds for which a stage raises no second alert of a kind; 0 for none.
    pub alert_cooldown_ms: f64,
    /// Share of its threshold that a figure must fall below it for its alert to be over, in [0, 1).
    /// Above 0, an ongoing alert is not raised again, except after the cooldown.
    pub alert_hysteresis: f64,
    /// Whether the end of an alert is reported.
    pub alert_resolved: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retention_period_ms: 24.0 * 60.0 * 60.0 * 1000.0,
            aggregation_interval_ms: 5.0 * 60.0 * 1000.0,
            alert_threshold: 2.0,
            max_history_size: 10_000,
            max_active_executions: 10_000,
            max_stages_per_execution: 10_000,
            min_alert_duration_ms: 1.0,
            alert_cooldown_ms: 0.0,
            alert_hysteresis: 0.0,
            alert_resolved: false,
        }
    }
}
