//! The part of the border that pipelines cross, with all unsafe code ([`hot`]), and the layout of the
//! numbers that cross ([`layout`], [`encode`]).
#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    reason = "for the crate of the border alone, which is not published"
)]

pub mod encode;
pub mod hot;
pub mod hot_calls;
pub mod journal;
pub mod labels;
pub mod layout;

use pipeline_performance_metrics::engine;
