//! What is measured as text that other tools read: pure functions, with one golden file each.

mod chrome_trace;
mod exposed;
mod families;
mod open_metrics;
pub mod otlp;
mod page;

pub use chrome_trace::chrome_trace;
pub use exposed::{exposed, Diagnostic, Exemplar, Exposed, StageFigures, BOUNDS_S};
pub use families::{families, Family};
pub use open_metrics::{render, Format};
pub use page::{execution, page_of_file, Asked, Clocks, Page, Tick};
