//! Metrics and traces as requests of OTLP over HTTP, in its JSON form.
//!
//! Names of fields, hexadecimal ids and 64-bit integers as the specification of OTLP 1.x has
//! them. Times are decimal strings, counts of samples plain numbers, of which it accepts both:
//! decoders made of `opentelemetry-proto` for Rust lose a whole histogram whose counts are
//! strings (opentelemetry-rust, issue 3527).

mod exponential;
mod ids;
mod metrics;
mod parents;
mod selection;
mod spans;
mod traces;
mod values;

pub use exponential::Exponential;
pub use ids::{Ids, Key, SpanContext};
pub use metrics::{otlp_metrics, otlp_metrics_of, Times};
pub use parents::{Parents, SentExecutions};
pub use selection::{Criteria, Reason};
pub use traces::{otlp_traces, Since, TraceOptions, TraceRequest, Traces};
pub use values::Attributes;
