//! The border to Node.js: the only place that knows napi.
//!
//! Numbers in, numbers out. The hot path crosses through raw functions over one slab ([`hot`]);
//! everything else is an ordinary exported method that returns an array of numbers and, where there
//! is text, a JSON text beside it. The facade turns them into objects of the caller's realm.
#![expect(
    clippy::needless_pass_by_value,
    reason = "napi hands arguments over by value"
)]
#![cfg_attr(
    test,
    allow(dead_code, reason = "napi registers exports outside of tests only")
)]

use pipeline_performance_metrics::engine;
use pipeline_performance_metrics_hot::{encode, hot, hot_calls, labels, layout};

mod calculations;
mod collector;
mod export;
mod figures_writer;
mod manual;
mod overhead;
mod page;
mod query;
mod questions;
mod rows;
mod settings;
mod table;
