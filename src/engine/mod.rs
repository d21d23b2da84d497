//! Clock, spans, history, statistics and analysis: no napi, no I/O, no JavaScript words.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod baseline;
pub mod stats;
