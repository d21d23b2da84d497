//! One execution with its stages, ready to be drawn.

use crate::engine::analysis::critical_path::critical_path;
use crate::engine::analysis::execution::{Execution, Span};
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::history::{ExecutionRecord, ExecutionRef, SpanRecord};
use crate::engine::json::{list, object, Json, Written};
use crate::engine::recorder::State;
use crate::engine::stats::order::sort_by_value;
use crate::engine::time::end_of;

/// Most stages drawn per execution; the others are counted.
const MOST_STAGES: usize = 400;

/// An execution; times in ms from its start.
#[derive(Debug)]
pub struct Waterfall {
    pub id: Box<str>,
    text: Written,
}

impl Json for Waterfall {
    fn write(&self, to: &mut Written) {
        self.text.write(to);
    }
}

/// Rounds to a tenth of a microsecond.
fn tenths(ms: f64) -> f64 {
    (ms * 1e4).round() / 1e4
}

impl Waterfall {
    /// For a stored execution; `None` for one that a caller put in, which has no stages.
    pub fn of(state: &State, execution: ExecutionRef, why: &'static str) -> Option<Self> {
        if state.history.executions.given(execution).is_some() {
            return None;
        }
        let record = state.history.executions.record(execution);
        if !(record.duration_ms.is_finite() && record.start_ms.is_finite()) {
            return None;
        }
        let spans: Vec<SpanRecord> = state.history.spans_of(execution).collect();
        let id = state.history.executions.id(execution);
        Some(Self::new(&id, &record, &spans, why))
    }

    /// Of an execution with its stages in the order in which they started. `why` it is shown:
    /// `chosen`, `slowest`, `failed`, `typical`, `newest` or `cell`. Pieces of its path are the
    /// place of a stage, or `null` for a gap, from and to; its heap is in bytes, by when.
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
        let path = path.segments.iter().take(2 * MOST_STAGES).map(|part| {
            let place = part.span.filter(|&place| place < shown);
            let [start, end] = [part.start_ms, part.end_ms].map(|ms| tenths(ms - from));
            list(&[&place, &start, &end])
        });
        let text = object(&[
            ("id", &id),
            ("why", &why),
            ("at", &record.wall_ms),
            ("duration", &record.duration_ms),
            ("success", &record.success),
            ("errors", &record.errors),
            ("items", &record.items),
            ("stages", &&stages[..shown]),
            ("leftOut", &(stages.len() - shown)),
            ("path", &path.collect::<Vec<_>>()),
            ("heap", &heap(spans, from)),
        ]);
        let id = id.into();
        Self { id, text }
    }
}

/// For each: stage, start, duration, own time, number of ancestors, success, errors and items.
/// Stages in the order of their starts, a parent before what ran inside of it.
fn rows<'a>(
    runs: &StageRuns,
    completed: impl Iterator<Item = &'a SpanRecord>,
    from_ms: f64,
) -> Vec<Written> {
    let mut depths: Vec<usize> = Vec::with_capacity(runs.len());
    let mut rows = Vec::with_capacity(runs.len());
    for (run, span) in runs.iter().zip(completed) {
        let around = run
            .parent
            .and_then(|parent| depths.get(parent as usize).copied());
        let depth = around.map_or(0, |depth| depth + 1);
        depths.push(depth);
        rows.push(list(&[
            &run.stage,
            &tenths(run.start_ms - from_ms),
            &tenths(run.duration_ms),
            &tenths(run.self_ms),
            &depth,
            &span.success,
            &span.errors,
            &span.items,
        ]));
    }
    rows
}

/// The heap at starts and ends of the stages where it was read, in order of time.
fn heap(spans: &[SpanRecord], from_ms: f64) -> Vec<[f64; 2]> {
    let read = spans.iter().filter(|span| span.completed && span.heap_read);
    let ends = read.flat_map(|span| {
        let start = span.start_ms - from_ms;
        let end = start + span.duration_ms;
        let after = span.start_memory + span.memory_delta;
        [[tenths(start), span.start_memory], [tenths(end), after]]
    });
    let mut points: Vec<[f64; 2]> = ends.take(2 * MOST_STAGES).collect();
    sort_by_value(&mut points, |point| point[0]);
    points
}
