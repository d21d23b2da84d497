//! Pipeline performance metrics: where a pipeline spends its time, what got slower and why.
//!
//! Layers, arrows pointing down only: `binding` turns numbers from JavaScript into calls of
//! `engine`; `engine` is pure Rust and knows nothing of Node.js. Each crate is a part that is
//! optimized as a whole: see the profiles in `Cargo.toml`.
#![forbid(unsafe_code)]

/// Clock, spans, history, statistics and analysis: no napi, no I/O, no JavaScript words.
pub mod engine {
    pub use pipeline_performance_metrics_engine::*;

    pub mod export;
    pub mod json;
    pub mod query;
}
