//! Clock, spans, history, statistics and analysis: no napi, no I/O, no JavaScript words.
#![forbid(unsafe_code)]

pub mod alerting;
pub mod analysis;
pub mod config;
pub mod export;
pub mod figures;
pub mod history;
pub mod journal;
pub mod overhead;
pub mod query;
pub mod recorder;
pub mod stats;
pub mod time;
