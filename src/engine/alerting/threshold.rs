//! Thresholds: those that a caller sets for a stage, and that of the error rate.

/// Errors for each item beyond which a stage's error rate is high.
pub const HIGH_ERROR_RATE: f64 = 0.05;

/// Thresholds set for a stage. NaN where none was set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Longest duration in ms.
    pub max_duration_ms: f64,
    /// Largest heap growth in bytes.
    pub max_memory: f64,
    /// When it was set, wall clock in ms.
    pub set_at_ms: f64,
    /// Mean duration when last learned.
    pub baseline_duration_ms: f64,
    /// Mean heap change when last learned.
    pub baseline_memory: f64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            max_duration_ms: f64::NAN,
            max_memory: f64::NAN,
            set_at_ms: f64::NAN,
            baseline_duration_ms: f64::NAN,
            baseline_memory: f64::NAN,
        }
    }
}
