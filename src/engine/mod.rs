//! Clock, spans, history, statistics and analysis: no napi, no I/O, no JavaScript words.
#![forbid(unsafe_code)]

pub mod aggregate;
pub mod alert;
pub mod analysis;
pub mod baseline;
pub mod condition;
pub mod config;
pub mod context;
pub mod figures;
pub mod history;
pub mod insight;
pub mod overhead;
pub mod recorder;
pub mod rollup;
pub mod stage;
pub mod stats;
pub mod time;
