//! The settings that cross, and their defaults.

use crate::engine::config::Config;
use napi_derive::napi;

/// The settings that the engine uses, times in ms; see `Config` in the engine.
#[napi(object)]
pub struct Settings {
    /// Age above which records are evicted.
    pub retention_period: f64,
    /// Width of the windows of quantiles.
    pub aggregation_interval: f64,
    /// Factor over the baseline that raises an alert.
    pub alert_threshold: f64,
    /// Most records stored per stage.
    pub max_history_size: f64,
    /// Most executions running at once.
    pub max_active_executions: f64,
    /// Most spans of one execution.
    pub max_stages_per_execution: f64,
    /// Least time between two alerts.
    pub alert_cooldown: f64,
    /// Shortest duration that exceeds a baseline.
    pub min_alert_duration: f64,
    /// Hysteresis, as a share of the threshold.
    pub alert_hysteresis: f64,
    /// Whether the end of an alert is reported.
    pub alert_resolved: bool,
}

impl From<Settings> for Config {
    fn from(settings: Settings) -> Self {
        Self {
            retention_period_ms: settings.retention_period,
            aggregation_interval_ms: settings.aggregation_interval,
            alert_threshold: settings.alert_threshold,
            max_history_size: settings.max_history_size as usize,
            max_active_executions: settings.max_active_executions as usize,
            max_stages_per_execution: settings.max_stages_per_execution as usize,
            alert_cooldown_ms: settings.alert_cooldown,
            min_alert_duration_ms: settings.min_alert_duration,
            alert_hysteresis: settings.alert_hysteresis,
            alert_resolved: settings.alert_resolved,
        }
    }
}

impl From<Config> for Settings {
    fn from(config: Config) -> Self {
        Self {
            retention_period: config.retention_period_ms,
            aggregation_interval: config.aggregation_interval_ms,
            alert_threshold: config.alert_threshold,
            max_history_size: config.max_history_size as f64,
            max_active_executions: config.max_active_executions as f64,
            max_stages_per_execution: config.max_stages_per_execution as f64,
            alert_cooldown: config.alert_cooldown_ms,
            min_alert_duration: config.min_alert_duration_ms,
            alert_hysteresis: config.alert_hysteresis,
            alert_resolved: config.alert_resolved,
        }
    }
}

/// The settings in force until a caller changes them. The build writes them to
/// `native/default-settings.js`, so that the stand-in has them without the addon.
#[napi(catch_unwind)]
pub fn default_settings() -> Settings {
    Config::default().into()
}
