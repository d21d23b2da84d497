//! When an alert is raised: thresholds, learned baselines, and how often one is repeated.

pub mod alert;
pub mod alert_log;
pub mod baseline;
pub mod completion;
pub mod contexts;
pub mod evaluator;
pub mod hygiene;
pub mod level_shift;
pub mod normal;
pub mod tail;
pub mod threshold;
pub mod totals;
pub mod workload_class;
