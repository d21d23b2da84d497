//! Measured data as text for other tools: pure functions, with one golden file each.

mod catalog;
mod chrome_trace;
mod exposed;
mod families;
mod open_metrics;
pub mod otlp;
mod page;

pub use chrome_trace::{chrome_trace, chrome_trace_of_file};
pub use exposed::{
    exposed, Diagnostic, Exemplar, Exposed, Part, Parts, StageFigures, BOUNDS_S, STAGES_A_PART,
};
pub use families::{families, families_of, Family};
pub use open_metrics::{render, Format};
pub use page::{execution, page_of_file, tick, urgent, Asked, Clocks, Page};
