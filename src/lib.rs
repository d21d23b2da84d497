//! Pipeline performance metrics: where a pipeline spends its time, what got slower and why.
//!
//! Two layers, arrows pointing down only: `binding` turns numbers from JavaScript into calls
//! of `engine`; `engine` is pure Rust and knows nothing of Node.js.

pub mod engine;

#[cfg(feature = "binding")]
mod binding;
