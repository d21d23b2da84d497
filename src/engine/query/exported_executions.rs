//! Executions with their stages in a history as text.

use crate::engine::history::{ExecutionRecord, ExecutionRef, Parent, SpanRecord, StageId};
use crate::engine::json::{IfAny, Json, Written};
use crate::engine::recorder::State;
use crate::engine::sorted_map::SortedMap;
use serde::Deserialize;

/// Most executions in a history, the newest.
const MOST_EXECUTIONS: usize = 10_000;
/// Most stages of them together, about 80 bytes each.
const MOST_SPANS: usize = 100_000;

/// Executions, oldest first. Times are in ms on the scale of `performance.now()`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedExecutions {
    /// Names of stages, each once; spans have places among them.
    pub stage_names: Vec<Box<str>>,
    /// The executions.
    pub list: Vec<ExportedExecution>,
}

/// One execution.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedExecution {
    /// Its id, as the caller has it.
    pub id: Box<str>,
    /// When it started.
    pub start: f64,
    /// How long it took.
    pub duration: f64,
    /// When it completed, wall clock in ms.
    pub completed_at: f64,
    /// Whether it succeeded.
    pub success: bool,
    /// Items processed.
    pub items: f64,
    /// Errors reported.
    pub errors: f64,
    /// Heap at its start and how much it grew, in bytes; not written where it was not read.
    #[serde(default)]
    pub heap: Option<(f64, f64)>,
    /// Its stages in the order in which they started.
    pub stages: Vec<ExportedSpan>,
}

/// Place of the name, start, duration (`None` where it did not complete), place of the stage that
/// it ran inside of, whether it succeeded, items, errors, input size, and heap at its start with
/// how much it grew.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ExportedSpan(
    StageId,
    f64,
    Option<f64>,
    Option<u32>,
    bool,
    f64,
    f64,
    f64,
    Option<(f64, f64)>,
);

impl ExportedExecutions {
    /// Whether places and amounts are valid.
    ///
    /// # Errors
    ///
    /// Which execution has others.
    pub fn check(&self) -> Result<(), String> {
        let names = self.stage_names.len();
        let wrong = self.list.iter().position(|of| {
            let mut spans = of.stages.iter().enumerate();
            of.items < 0.0 || of.errors < 0.0 || !spans.all(|(place, span)| span.fits(place, names))
        });
        wrong.map_or(Ok(()), |place| {
            Err(format!("executions.list[{place}] does not fit"))
        })
    }
}

impl ExportedSpan {
    /// Whether the span at a place of its execution has a name, and lies inside of an earlier one.
    fn fits(&self, place: usize, names: usize) -> bool {
        let &Self(name, _, _, parent, _, items, errors, input_size, _) = self;
        (name as usize) < names
            && parent.is_none_or(|parent| (parent as usize) < place)
            && [items, errors, input_size]
                .iter()
                .all(|&amount| amount >= 0.0)
    }

    fn of(span: &SpanRecord, name: StageId) -> Self {
        Self(
            name,
            span.start_ms,
            span.completed.then_some(span.duration_ms),
            span.parent.map(|parent| parent.span),
            span.success,
            span.items,
            span.errors,
            span.input_size,
            span.heap_read
                .then_some((span.start_memory, span.memory_delta)),
        )
    }

    fn record(&self) -> SpanRecord {
        let &Self(stage, start_ms, duration, parent, success, items, errors, input_size, heap) =
            self;
        let (start_memory, memory_delta) = heap.unwrap_or_default();
        SpanRecord {
            duration_ms: duration.unwrap_or_default(),
            memory_delta,
            input_size,
            items,
            errors,
            parent: parent.map(|span| Parent {
                span,
                steps: Parent::FAR,
            }),
            success,
            completed: duration.is_some(),
            heap_read: heap.is_some(),
            ..SpanRecord::started(stage, start_ms, start_memory)
        }
    }
}

impl Json for ExportedExecutions {
    fn write(&self, to: &mut Written) {
        to.object(&[("stageNames", &self.stage_names), ("list", &self.list)]);
    }
}

impl Json for ExportedExecution {
    fn write(&self, to: &mut Written) {
        let heap = self.heap.map(<[f64; 2]>::from);
        to.object(&[
            ("id", &self.id),
            ("start", &self.start),
            ("duration", &self.duration),
            ("completedAt", &self.completed_at),
            ("success", &self.success),
            ("items", &self.items),
            ("errors", &self.errors),
            ("heap", &IfAny(heap)),
            ("stages", &self.stages),
        ]);
    }
}

impl Json for ExportedSpan {
    fn write(&self, to: &mut Written) {
        let &Self(stage, start, duration, parent, success, items, errors, size, heap) = self;
        let heap = heap.map(<[f64; 2]>::from);
        let values: [&dyn Json; 9] = [
            &stage, &start, &duration, &parent, &success, &items, &errors, &size, &heap,
        ];
        values.write(to);
    }
}

impl ExportedExecution {
    /// Its record; fields that a file lacks are zero.
    pub fn record(&self) -> ExecutionRecord {
        let (start_memory, memory_delta) = self.heap.unwrap_or_default();
        ExecutionRecord {
            start_ms: self.start,
            duration_ms: self.duration,
            wall_ms: self.completed_at,
            start_memory,
            memory_delta,
            items: self.items,
            errors: self.errors,
            success: self.success,
            heap_read: self.heap.is_some(),
            ..ExecutionRecord::default()
        }
    }

    /// Its stages; their numbers are places of names.
    pub fn spans(&self) -> Vec<SpanRecord> {
        self.stages.iter().map(ExportedSpan::record).collect()
    }
}

/// The newest executions that have stages of their own, newest first: all but those that a caller
/// put in.
pub fn newest_executions(state: &State) -> impl Iterator<Item = ExecutionRef> + '_ {
    let list = state.history.pipeline().into_iter();
    let newest_first = list.flat_map(|list| list.iter().rev());
    newest_first.filter(|&execution| {
        let record = state.history.executions.record(execution);
        record.duration_ms.is_finite()
            && record.start_ms.is_finite()
            && state.history.executions.given(execution).is_none()
    })
}

/// The newest executions, as many as a history has.
pub(super) fn export(state: &State) -> ExportedExecutions {
    let mut places = SortedMap::default();
    let mut exported = ExportedExecutions::default();
    let mut spans = 0;
    for execution in newest_executions(state).take(MOST_EXECUTIONS) {
        let of: Vec<SpanRecord> = state.history.spans_of(execution).collect();
        spans += of.len();
        if spans > MOST_SPANS && !exported.list.is_empty() {
            break;
        }
        let stages = of.iter().map(|span| {
            let place: &mut Option<StageId> = places.entry(span.stage);
            let place = place.get_or_insert_with(|| {
                let known = state.stage(span.stage);
                let name = known.map(|known| known.name.clone());
                exported.stage_names.push(name.unwrap_or_default());
                exported.stage_names.len() as StageId - 1
            });
            ExportedSpan::of(span, *place)
        });
        let stages = stages.collect();
        let record = state.history.executions.record(execution);
        exported.list.push(ExportedExecution {
            id: state.history.executions.id(execution).into(),
            start: record.start_ms,
            duration: record.duration_ms,
            completed_at: record.wall_ms,
            success: record.success,
            items: record.items,
            errors: record.errors,
            heap: record
                .heap_read
                .then_some((record.start_memory, record.memory_delta)),
            stages,
        });
    }
    exported.list.reverse();
    exported
}
