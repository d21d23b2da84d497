//! Clock, records, statistics and analysis: the parts that run with a pipeline, and those that compute.
#![forbid(unsafe_code)]

pub mod alerting;
pub mod analysis;
pub mod bounded_text;
pub mod chart;
pub mod config;
pub mod figures;
pub mod hash;
pub mod history;
pub mod journal;
pub mod overhead;
pub mod recorder;
pub mod series;
pub mod sorted_map;
pub mod stats;
pub mod time;

/// Modules have the same paths here and in the crate above.
use crate as engine;
