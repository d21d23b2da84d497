//! When an alert is raised: thresholds, learned baselines, and how often one is repeated.

pub mod alert;
pub mod baseline;
pub mod evaluator;
pub mod hygiene;
pub mod workload_class;
