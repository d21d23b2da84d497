//! Analysis of recorded times: pure, deterministic functions of slices and small structs.
//!
//! Nothing here reads a store, a clock or a random source. Every result carries its evidence:
//! sample sizes, intervals, p-values, indices into the input.

pub mod aggregate;
pub mod anomaly;
mod autocorrelation;
pub mod bottleneck;
pub mod breakdown;
pub mod change_point;
pub mod comparison;
pub mod critical_path;
pub mod execution;
pub mod explanation;
pub mod findings;
pub mod forecast;
mod nested;
pub mod path_share;
pub mod pattern;
#[cfg(test)]
mod planted;
mod ranks;
pub mod recent_trend;
mod rotation;
mod sample;
mod scale;
pub mod scaling;
pub mod schedule;
pub mod stage_runs;
pub mod trend;
pub mod warm_up;
pub mod what_if;
pub mod work;
