//! One execution with its stages, ready to be drawn.

use crate::engine::analysis::critical_path::critical_path;
use crate::engine::analysis::execution::{Execution, Span};
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::history::{ExecutionRecord, ExecutionRef, SpanRecord, StageId};
use crate::engine::recorder::State;
use crate::engine::stats::order::sort_by_value;
use crate::engine::time::end_of;
use serde::Serialize;

/// Stages of an execution that are drawn; the others are counted.
const MOST_STAGES: usize = 400;

/// An execution; times in ms from its start.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waterfall {
    pub id: Box<str>,
    /// Why it is shown: `chosen`, `slowest`, `failed`, `typical`, `newest` or `cell`.
    pub why: &'static str,
    /// When it ended, wall clock in ms.
    at: f64,
    duration: f64,
    success: bool,
    errors: f64,
    items: f64,
    stages: Vec<Row>,
    /// Stages that are not among these.
    left_out: usize,
    /// Pieces of the critical path: place of the stage, or `null` for a gap, from, to.
    path: Vec<(Option<usize>, f64, f64)>,
    /// Heap in bytes where it was read, by when.
    heap: Vec<(f64, f64)>,
}

/// Stage, start, duration, what it took itself, stages around it, whether it succeeded, errors,
/// items.
#[derive(Debug, Serialize)]
struct Row(StageId, f64, f64, f64, usize, bool, f64, f64);

/// To a tenth of a microsecond: what a clock shows.
fn tenths(ms: f64) -> f64 {
    (ms * 1e4).round() / 1e4
}

impl Waterfall {
    /// Of a kept execution; `None` of one that a caller put in, which has no stages.
    pub fn of(state: &State, execution: ExecutionRef, why: &'static str) -> Option<Self> {
        if state.history.given_execution(execution).is_some() {
            return None;
        }
        let record = state.history.execution(execution);
        if !(record.duration_ms.is_finite() && record.start_ms.is_finite()) {
            return None;
        }
        let spans: Vec<SpanRecord> = state.history.spans_of(execution).collect();
        let id = state.history.execution_id(execution);
        Some(Self::new(&id, &record, &spans, why))
    }

    /// Of an execution with its stages in the order in which they started.
    pub fn new(
        id: &str,
        record: &ExecutionRecord,
        spans: &[SpanRecord],
        why: &'static str,
    ) -> Self {
        let runs = StageRuns::of(spans.iter().copied());
        let completed = spans.iter().filter(|span| span.completed);
        let stages = rows(&runs, completed, record.start_ms);
        let intervals: Vec<Span> = runs.iter().map(StageRun::span).collect();
        let path = critical_path(Execution {
            start_ms: record.start_ms,
            end_ms: end_of(record.start_ms, record.duration_ms),
            spans: &intervals,
        });
        let from = record.start_ms;
        let shown = stages.len().min(MOST_STAGES);
        let path = path.segments.iter().map(|part| {
            let place = part.span.filter(|&place| place < shown);
            (
                place,
                tenths(part.start_ms - from),
                tenths(part.end_ms - from),
            )
        });
        Self {
            id: id.into(),
            why,
            at: record.wall_ms,
            duration: record.duration_ms,
            success: record.success,
            errors: record.errors,
            items: record.items,
            path: path.take(2 * MOST_STAGES).collect(),
            heap: heap(spans, from),
            left_out: stages.len() - shown,
            stages: stages.into_iter().take(MOST_STAGES).collect(),
        }
    }
}

/// Stages in the order of their starts, a parent before what ran inside of it.
fn rows<'a>(
    runs: &StageRuns,
    completed: impl Iterator<Item = &'a SpanRecord>,
    from_ms: f64,
) -> Vec<Row> {
    let mut depths: Vec<usize> = Vec::with_capacity(runs.len());
    let mut rows = Vec::with_capacity(runs.len());
    for (run, span) in runs.iter().zip(completed) {
        let around = run
            .parent
            .and_then(|parent| depths.get(parent as usize).copied());
        let depth = around.map_or(0, |depth| depth + 1);
        depths.push(depth);
        rows.push(Row(
            run.stage,
            tenths(run.start_ms - from_ms),
            tenths(run.duration_ms),
            tenths(run.self_ms),
            depth,
            span.success,
            span.errors,
            span.items,
        ));
    }
    rows
}

/// The heap at starts and ends of the stages where it was read, in order of time.
fn heap(spans: &[SpanRecord], from_ms: f64) -> Vec<(f64, f64)> {
    let read = spans.iter().filter(|span| span.completed && span.heap_read);
    let ends = read.flat_map(|span| {
        let start = span.start_ms - from_ms;
        let end = start + span.duration_ms;
        let after = span.start_memory + span.memory_delta;
        [(tenths(start), span.start_memory), (tenths(end), after)]
    });
    let mut points: Vec<(f64, f64)> = ends.take(2 * MOST_STAGES).collect();
    sort_by_value(&mut points, |point| point.0);
    points
}
