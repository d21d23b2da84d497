//! When an alert is raised: thresholds, learned baselines, and how often one is repeated.
#![expect(
    clippy::inline_always,
    reason = "what every completion goes through is one function, not a chain of calls"
)]

pub mod alert;
pub mod alert_log;
pub mod baseline;
pub mod baseline_exceeded;
pub mod completion;
pub mod contexts;
pub mod evaluator;
pub mod level_shift;
pub mod repeated_alerts;
mod scaling;
pub mod tail;
pub mod threshold;
pub mod totals;
pub mod workload_class;
