//! What is measured as text that other tools read: pure functions, with one golden file each.

mod chrome_trace;
mod exposed;
mod open_metrics;

pub use chrome_trace::chrome_trace;
pub use exposed::{exposed, Diagnostic};
pub use open_metrics::{render, Exemplar, Exposed, Format, StageFigures, BOUNDS_S};
