//! What can be set, and what is allowed.

/// Settings of one collector. Every field takes effect at the next call.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Age in milliseconds past which records go.
    pub retention_period_ms: f64,
    /// Width in milliseconds of the windows that quantiles are kept in.
    pub aggregation_interval_ms: f64,
    /// A stage this many times over its baseline raises an alert.
    pub alert_threshold: f64,
    /// Records kept a stage, executions kept, and alerts kept.
    pub max_history_size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retention_period_ms: 24.0 * 60.0 * 60.0 * 1000.0,
            aggregation_interval_ms: 5.0 * 60.0 * 1000.0,
            alert_threshold: 2.0,
            max_history_size: 10_000,
        }
    }
}
