//! The figures by which a completion is judged.

use super::workload_class::ContextKey;
use crate::engine::figures::finite;
use crate::engine::history::{ExecutionRecord, SpanRecord};

/// The figures of one completion that thresholds and baselines look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// Milliseconds.
    pub duration_ms: f64,
    /// Bytes; NaN where the heap was not read.
    pub memory_delta: f64,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Runs are compared with those of the same context.
    pub context: ContextKey,
}

fn if_read(memory_delta: f64, heap_read: bool) -> f64 {
    if heap_read {
        memory_delta
    } else {
        f64::NAN
    }
}

impl Completion {
    /// Of a completed stage.
    pub fn of_stage(record: &SpanRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: if_read(record.memory_delta, record.heap_read),
            items: record.items,
            errors: record.errors,
            context: ContextKey::of(record.complexity, record.input_size),
        }
    }

    /// Of a completed pipeline, whose size is the number of its actions.
    pub fn of_execution(record: &ExecutionRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            memory_delta: if_read(record.memory_delta, record.heap_read),
            items: record.items,
            errors: record.errors,
            context: ContextKey::of(0, record.action_count),
        }
    }

    /// Errors per item; if none was processed, as for one item.
    pub fn error_rate(&self) -> f64 {
        if self.errors > 0.0 {
            let items = if self.items > 0.0 { self.items } else { 1.0 };
            finite(self.errors / items)
        } else {
            0.0
        }
    }
}
