//! One execution and the spans of its stages, as the analyses of its schedule take it.

use super::scale::is_duration;

/// The timed interval of one stage in one execution. Times in ms, on any common scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The number of the stage, shared by its spans.
    pub stage: u32,
    /// When it started.
    pub start_ms: f64,
    /// When it ended.
    pub end_ms: f64,
    /// Position in [`Execution::spans`] of its parent, which comes before its own.
    pub parent: Option<usize>,
}

impl Span {
    /// Whether both times are finite and in order. Other spans are left out of every analysis.
    pub fn is_valid(&self) -> bool {
        self.start_ms.is_finite() && self.end_ms.is_finite() && self.start_ms <= self.end_ms
    }
}

/// One pipeline execution with its spans, in any order with parents before their children. Parts of
/// a span outside the execution are cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Execution<'a> {
    /// When the execution started, in ms.
    pub start_ms: f64,
    /// When it ended, in ms.
    pub end_ms: f64,
    /// The spans of its stages.
    pub spans: &'a [Span],
}

impl Execution<'_> {
    /// Wall time in ms; 0 where start and end are no interval.
    pub fn wall_ms(&self) -> f64 {
        let wall = self.end_ms - self.start_ms;
        if is_duration(wall) {
            wall
        } else {
            0.0
        }
    }
}
