//! The records of the history: full precision, one meaning per field.

use crate::engine::time::Nanos;

/// Index of an interned stage name.
pub type StageId = u32;

/// Index of an interned label: a complexity, an environment, a verbosity, a hash.
pub type LabelId = u32;

/// Index of a stored execution.
pub type ExecutionRef = u32;

/// No execution: the span was recorded manually.
pub const NO_EXECUTION: ExecutionRef = u32::MAX;

/// The base of the spans of one execution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Base {
    /// Start on the scale of `performance.now()`, in ms.
    pub start_ms: f64,
    /// The same in whole ns.
    pub start: Nanos,
    /// Wall clock at the start, whole ms since 1970 UTC.
    pub wall_ms: f64,
    /// Heap in use at the start.
    pub memory: f64,
}

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its number among the spans of the execution, in the order in which they started.
    pub span: u32,
    /// The same counted from the span that started before: 1 is that one, 2 what that one ran
    /// inside of, and so on; [`Parent::FAR`] where it is none of the nearest.
    pub steps: u8,
}

impl Parent {
    /// Steps that are not counted.
    pub const FAR: u8 = 8;
}

/// One completed (or, in an execution that ended around it, unfinished) stage.
///
/// Times and durations in milliseconds, memory and sizes in bytes. A figure that was never
/// given is NaN; every other figure is finite.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, packed into one bit"
)]
pub struct SpanRecord {
    /// The number of the stage.
    pub stage: StageId,
    /// When it started, on the scale of `performance.now()`; of one that a caller put in, when
    /// its age counts from.
    pub start_ms: f64,
    /// How long it took.
    pub duration_ms: f64,
    /// Wall clock at completion, whole ms since 1970 UTC.
    pub wall_ms: f64,
    /// Heap in use at the start.
    pub start_memory: f64,
    /// Heap growth; negative where a collection freed more.
    pub memory_delta: f64,
    /// Input size.
    pub input_size: f64,
    /// Expected output size.
    pub expected_output_size: f64,
    /// Output size.
    pub output_size: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Warnings reported.
    pub warnings: f64,
    /// Retries reported.
    pub retries: f64,
    /// Bytes moved, where the caller said so; NaN otherwise.
    pub bytes: f64,
    /// CPU time of the thread; NaN unless captured.
    pub cpu_ms: f64,
    /// Block I/O operations of the thread; NaN unless captured.
    pub io_operations: f64,
    /// Items a second as given by a caller who put the entry in manually; NaN otherwise,
    /// when it follows from `items` and `duration_ms`.
    pub given_items_per_second: f64,
    /// Complexity, as the caller gave it.
    pub complexity: LabelId,
    /// Configuration the caller ran with.
    pub configuration: LabelId,
    /// Its parent, if it is read with all spans of its execution.
    pub parent: Option<Parent>,
    /// Whether it succeeded.
    pub success: bool,
    /// Whether it completed.
    pub completed: bool,
    /// Whether the heap was read at its start and, once it completed, at its end; otherwise the
    /// memory figures say nothing.
    pub heap_read: bool,
    /// Whether a caller put it in manually.
    pub is_manual: bool,
    /// Whether it ended after its execution had.
    pub late: bool,
}

impl SpanRecord {
    /// A span that has just started, with every count at zero.
    pub fn started(stage: StageId, start_ms: f64, start_memory: f64) -> Self {
        Self {
            stage,
            start_ms,
            duration_ms: 0.0,
            wall_ms: 0.0,
            start_memory,
            memory_delta: 0.0,
            input_size: 0.0,
            expected_output_size: 0.0,
            output_size: 0.0,
            items: 0.0,
            errors: 0.0,
            warnings: 0.0,
            retries: 0.0,
            bytes: f64::NAN,
            cpu_ms: f64::NAN,
            io_operations: f64::NAN,
            given_items_per_second: f64::NAN,
            complexity: 0,
            configuration: 0,
            parent: None,
            success: true,
            completed: false,
            heap_read: true,
            is_manual: false,
            late: false,
        }
    }

    /// When it ended, on the scale of `performance.now()`: what its age counts from.
    pub fn ended_ms(&self) -> f64 {
        if self.is_manual {
            self.start_ms
        } else {
            crate::engine::time::end_of(self.start_ms, self.duration_ms)
        }
    }

    /// Items a second: as given manually, else from items and duration.
    pub fn items_per_second(&self) -> f64 {
        if self.is_manual {
            self.given_items_per_second
        } else {
            crate::engine::figures::Throughput::of(self.items, self.input_size, self.duration_ms)
                .items_per_second
        }
    }
}

/// The figures of a span without its execution, cheap to read for very many spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanFigures {
    /// How long it took, in ms.
    pub duration_ms: f64,
    /// Size of what went in, in bytes.
    pub input_size: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Retries reported.
    pub retries: f64,
    /// Complexity, as the caller gave it.
    pub complexity: LabelId,
    /// Configuration the caller ran with.
    pub configuration: LabelId,
    /// Whether it succeeded.
    pub success: bool,
}

impl From<&SpanRecord> for SpanFigures {
    fn from(record: &SpanRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            input_size: record.input_size,
            items: record.items,
            errors: record.errors,
            retries: record.retries,
            complexity: record.complexity,
            configuration: record.configuration,
            success: record.success,
        }
    }
}

/// One pipeline run; while it runs, only the fields known at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExecutionRecord {
    /// When it started, on the scale of `performance.now()`; of one that a caller put in, when
    /// its age counts from.
    pub start_ms: f64,
    /// How long it took.
    pub duration_ms: f64,
    /// Wall clock at the start, whole ms since 1970 UTC.
    pub start_wall_ms: f64,
    /// Wall clock at completion, or at the start while it runs.
    pub wall_ms: f64,
    /// Heap in use at the start.
    pub start_memory: f64,
    /// Heap growth over the run.
    pub memory_delta: f64,
    /// Actions the caller announced.
    pub action_count: f64,
    /// Items processed by the whole run.
    pub items: f64,
    /// Output size.
    pub output_size: f64,
    /// Errors of the whole run.
    pub errors: f64,
    /// Verbosity the caller announced.
    pub verbosity: LabelId,
    /// Environment the caller announced.
    pub environment: LabelId,
    /// Whether it succeeded.
    pub success: bool,
    /// Whether the heap was read at its start and, once it completed, at its end; otherwise the
    /// memory figures say nothing.
    pub heap_read: bool,
}

/// Stages of one execution beyond the most spans that it stores.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overflow {
    /// Number of completed ones.
    pub count: u32,
    /// Sum of their durations in ms.
    pub duration_ms: f64,
}

impl ExecutionRecord {
    /// The base of its spans.
    pub fn base(&self) -> Base {
        Base {
            start_ms: self.start_ms,
            start: Nanos::from_millis(self.start_ms).unwrap_or_default(),
            wall_ms: self.start_wall_ms,
            memory: self.start_memory,
        }
    }
}
