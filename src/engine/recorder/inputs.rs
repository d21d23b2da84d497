//! A caller's data about starting and ending executions and stages.

use crate::engine::history::{LabelId, StageId};

/// A time in ms. NaN: read the system's clock.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// On the scale of `performance.now()`.
    pub now_ms: f64,
    /// Since 1970 UTC.
    pub wall_ms: f64,
}

/// Resource use of the thread so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThreadUsage {
    /// CPU time in ms.
    pub cpu_ms: f64,
    /// Block I/O operations.
    pub io_operations: f64,
}

/// A caller's data about a starting execution. Heap in bytes, NaN if not read.
#[derive(Clone, Copy, Debug)]
pub struct PipelineStart {
    /// Both clocks at that moment.
    pub at: At,
    /// Heap in use.
    pub heap: f64,
    /// Actions to be processed.
    pub action_count: f64,
    /// Verbosity label.
    pub verbosity: LabelId,
    /// Environment label.
    pub environment: LabelId,
}

/// A caller's data about a starting stage.
#[derive(Clone, Copy, Debug)]
pub struct StageStart {
    /// Both clocks at that moment.
    pub at: At,
    /// Heap in use, NaN if not read.
    pub heap: f64,
    /// The number of the stage.
    pub stage: StageId,
    /// Number of its parent span in the same execution. If that has ended, the innermost open span
    /// around it is used.
    pub parent: Option<u32>,
    /// Input size.
    pub input_size: f64,
    /// Expected output size.
    pub expected_output_size: f64,
    /// Complexity label.
    pub complexity: LabelId,
    /// Configuration label.
    pub configuration: LabelId,
    /// What the thread used so far, where captured.
    pub usage: Option<ThreadUsage>,
}

/// A caller's data about a completed stage.
#[derive(Clone, Copy, Debug)]
pub struct StageEnd {
    /// Both clocks at that moment.
    pub at: At,
    /// Heap in use, NaN if not read.
    pub heap: f64,
    /// Whether it succeeded.
    pub success: bool,
    /// Size of what came out.
    pub output_size: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Warnings reported.
    pub warnings: f64,
    /// Retries reported.
    pub retries: f64,
    /// Bytes moved; NaN if not given.
    pub bytes: f64,
    /// What the thread used so far, where captured.
    pub usage: Option<ThreadUsage>,
}

/// A caller's data about a completed execution.
#[derive(Clone, Copy, Debug)]
pub struct PipelineEnd {
    /// Both clocks at that moment.
    pub at: At,
    /// Heap in use, NaN if not read.
    pub heap: f64,
    /// Whether it succeeded.
    pub success: bool,
    /// Items processed.
    pub items: f64,
    /// Size of what came out.
    pub output_size: f64,
    /// Errors of the whole run.
    pub errors: f64,
}

impl PipelineStart {
    /// An execution with nothing but its start.
    pub fn at(at: At) -> Self {
        Self {
            at,
            heap: f64::NAN,
            action_count: 0.0,
            verbosity: 0,
            environment: 0,
        }
    }
}

impl StageStart {
    /// A stage with nothing but its name and start.
    pub fn new(stage: StageId, at: At) -> Self {
        Self {
            at,
            heap: f64::NAN,
            stage,
            parent: None,
            input_size: 0.0,
            expected_output_size: 0.0,
            complexity: 0,
            configuration: 0,
            usage: None,
        }
    }
}

impl StageEnd {
    /// A success of which nothing more is known.
    pub fn succeeded(at: At) -> Self {
        Self {
            at,
            heap: f64::NAN,
            success: true,
            output_size: 0.0,
            items: 0.0,
            errors: 0.0,
            warnings: 0.0,
            retries: 0.0,
            bytes: f64::NAN,
            usage: None,
        }
    }
}

impl PipelineEnd {
    /// A success of which nothing more is known.
    pub fn succeeded(at: At) -> Self {
        Self {
            at,
            heap: f64::NAN,
            success: true,
            items: 0.0,
            output_size: 0.0,
            errors: 0.0,
        }
    }
}

pub(super) fn or_zero(value: f64) -> f64 {
    if value.is_finite() {
        value
    } else {
        0.0
    }
}

/// Heap growth, and whether it was read; 0 unless both readings are there.
#[inline]
pub(super) fn growth(from: f64, to: f64) -> (f64, bool) {
    let growth = to - from;
    if growth.is_finite() {
        (growth, true)
    } else {
        (0.0, from.is_finite() && to.is_finite())
    }
}
