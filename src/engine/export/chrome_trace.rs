//! Executions as the trace event format, which Perfetto, speedscope and Chrome open.
//!
//! One track an execution. What overlaps without being inside of one another goes to a further
//! track of the same execution, since intervals of one track have to nest.

use crate::engine::analysis::stage_runs::StageRuns;
use crate::engine::history::{ExecutionRecord, ExecutionRef, SpanRecord, StageId};
use crate::engine::query::{newest_executions, ExportedExecutions};
use crate::engine::recorder::State;
use crate::engine::stats::order::sort_by;
use crate::engine::time::nearest;
use serde::Serialize;
use std::borrow::Cow;

/// All events are of one process.
const PROCESS: u32 = 1;

/// What opens in a viewer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    trace_events: Vec<Event<'a>>,
    display_time_unit: &'static str,
}

/// What a viewer shows at one place; times in µs.
#[derive(Debug, Default, Serialize)]
struct Event<'a> {
    args: Args<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    name: Cow<'a, str>,
    ph: &'static str,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
}

/// What a viewer shows of an event.
#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Args<'a> {
    Name {
        name: Cow<'a, str>,
    },
    Place {
        #[serde(rename = "sort_index")]
        place: u32,
    },
    Execution {
        completed_at: f64,
        errors: f64,
        execution_id: String,
        items: f64,
        success: bool,
    },
    Stage {
        errors: f64,
        input_size: f64,
        items: f64,
        memory_delta: Option<f64>,
        self_ms: f64,
        success: bool,
    },
    Heap {
        bytes: f64,
    },
    Active {
        executions: i32,
    },
}

impl Default for Args<'_> {
    fn default() -> Self {
        Self::Active { executions: 0 }
    }
}

/// An interval in ns, so that sums are exact.
#[derive(Clone, Copy, Debug)]
struct Interval {
    from: i64,
    to: i64,
}

impl Interval {
    fn of(start_ms: f64, duration_ms: f64) -> Self {
        let from = nanos(start_ms);
        Self {
            from,
            to: from.max(nanos(start_ms + duration_ms.max(0.0))),
        }
    }
}

fn nanos(ms: f64) -> i64 {
    nearest(ms * 1e6)
}

fn micros(nanos: i64) -> f64 {
    nanos as f64 / 1000.0
}

/// One track: what is open there, with the number of its span and its end; `None` is the
/// execution itself.
#[derive(Debug, Default)]
struct Lane {
    open: Vec<(Option<u32>, i64)>,
}

impl Lane {
    /// Whether a span with that parent nests here; what ended before it is closed.
    fn takes(&mut self, parent: Option<u32>, span: Interval) -> bool {
        while self.open.last().is_some_and(|&(_, to)| to <= span.from) {
            self.open.pop();
        }
        match self.open.last() {
            Some(&(around, to)) => around == parent && span.to <= to,
            None => true,
        }
    }
}

/// An execution with its stages, wherever it is kept.
struct Traced<'a> {
    id: Cow<'a, str>,
    record: ExecutionRecord,
    /// In the order in which they started.
    spans: Vec<SpanRecord>,
}

/// Writes the tracks of one execution after the other.
#[derive(Debug, Default)]
struct Tracks<'n> {
    events: Vec<Event<'n>>,
    /// Heap in bytes by when it was read, in ns.
    heap: Vec<(i64, f64)>,
    /// Starts and ends of executions.
    running: Vec<(i64, i32)>,
    next: u32,
}

impl<'n> Tracks<'n> {
    fn put(&mut self, ph: &'static str, tid: u32, name: &'n str, args: Args<'n>) -> &mut Event<'n> {
        let place = self.events.len();
        self.events.push(Event {
            args,
            name: name.into(),
            ph,
            pid: PROCESS,
            tid,
            ..Event::default()
        });
        &mut self.events[place]
    }

    fn name(&mut self, name: String) -> u32 {
        self.next += 1;
        let (tid, name) = (self.next, name.into());
        self.put("M", tid, "thread_name", Args::Name { name });
        self.put("M", tid, "thread_sort_index", Args::Place { place: tid });
        tid
    }

    fn complete(
        &mut self,
        name: &'n str,
        cat: &'static str,
        tid: u32,
        of: Interval,
        args: Args<'n>,
    ) {
        let event = self.put("X", tid, name, args);
        event.cat = cat;
        event.ts = Some(micros(of.from));
        event.dur = Some(micros(of.to - of.from));
    }

    fn count(&mut self, name: &'n str, at: i64, args: Args<'n>) {
        self.put("C", 0, name, args).ts = Some(micros(at));
    }

    fn note_heap(&mut self, of: Interval, start_memory: f64, memory_delta: f64) {
        self.heap.push((of.from, start_memory));
        self.heap.push((of.to, start_memory + memory_delta));
    }

    fn add(&mut self, execution: &Traced<'_>, name_of: &dyn Fn(StageId) -> &'n str) {
        let Traced { id, record, .. } = execution;
        let whole = Interval::of(record.start_ms, record.duration_ms);
        let first = self.name(id.to_string());
        let args = Args::Execution {
            completed_at: record.wall_ms,
            errors: record.errors,
            execution_id: id.to_string(),
            items: record.items,
            success: record.success,
        };
        self.complete("pipeline", "execution", first, whole, args);
        if whole.from < whole.to {
            self.running.extend([(whole.from, 1), (whole.to, -1)]);
        }
        if record.heap_read {
            self.note_heap(whole, record.start_memory, record.memory_delta);
        }
        self.add_stages(execution, first, whole, name_of);
    }

    fn add_stages(
        &mut self,
        Traced { id, spans, .. }: &Traced<'_>,
        first: u32,
        whole: Interval,
        name_of: &dyn Fn(StageId) -> &'n str,
    ) {
        let runs = StageRuns::of(spans.iter().copied());
        let mut own = runs.iter().map(|run| run.self_ms);
        let mut lanes = vec![(
            first,
            Lane {
                open: vec![(None, whole.to)],
            },
        )];
        // Spans stand in the order of their starts, a parent before its children.
        for (number, span) in spans.iter().enumerate() {
            if !span.completed {
                continue;
            }
            let self_ms = own.next().unwrap_or(span.duration_ms);
            let of = Interval::of(span.start_ms, span.duration_ms);
            let parent = span.parent.map(|parent| parent.span);
            let free = lanes
                .iter_mut()
                .position(|(_, lane)| lane.takes(parent, of));
            let place = free.unwrap_or_else(|| {
                let name = format!("{id} ({})", lanes.len() + 1);
                lanes.push((self.name(name), Lane::default()));
                lanes.len() - 1
            });
            let Some((tid, lane)) = lanes.get_mut(place) else {
                continue;
            };
            lane.open.push((Some(number as u32), of.to));
            if span.heap_read {
                self.note_heap(of, span.start_memory, span.memory_delta);
            }
            let args = Args::Stage {
                errors: span.errors,
                input_size: span.input_size,
                items: span.items,
                memory_delta: span.heap_read.then_some(span.memory_delta),
                self_ms,
                success: span.success,
            };
            self.complete(name_of(span.stage), "stage", *tid, of, args);
        }
    }

    fn finish(mut self) -> Vec<Event<'n>> {
        let mut heap = std::mem::take(&mut self.heap);
        sort_by(&mut heap, |a, b| a.0.cmp(&b.0));
        for (at, bytes) in heap {
            self.count("heap", at, Args::Heap { bytes });
        }
        // Of what ends as another starts, the end comes first.
        let mut running = std::mem::take(&mut self.running);
        sort_by(&mut running, Ord::cmp);
        let mut executions = 0;
        for (at, change) in running {
            executions += change;
            self.count("active executions", at, Args::Active { executions });
        }
        self.events
    }
}

/// A trace of executions, oldest first.
fn trace_of<'n>(
    executions: &mut dyn Iterator<Item = Traced<'_>>,
    name_of: &dyn Fn(StageId) -> &'n str,
) -> serde_json::Result<String> {
    let mut tracks = Tracks::default();
    let name = "pipeline".into();
    tracks.put("M", 0, "process_name", Args::Name { name });
    for execution in executions {
        tracks.add(&execution, name_of);
    }
    serde_json::to_string(&Trace {
        trace_events: tracks.finish(),
        display_time_unit: "ms",
    })
}

/// The newest `last` executions with their stages, as JSON text.
///
/// # Errors
///
/// If it cannot be written.
pub fn chrome_trace(state: &State, last: usize) -> serde_json::Result<String> {
    let newest: Vec<ExecutionRef> = newest_executions(state).take(last).collect();
    let mut executions = newest.into_iter().rev().map(|execution| Traced {
        id: state.history.execution_id(execution),
        record: state.history.execution(execution),
        spans: state.history.spans_of(execution).collect(),
    });
    let name_of = |stage| state.stage(stage).map(|known| &*known.name);
    trace_of(&mut executions, &|stage| name_of(stage).unwrap_or_default())
}

/// The newest `last` executions of an exported history: the same text as of the collector
/// that wrote it.
///
/// # Errors
///
/// If it cannot be written.
pub fn chrome_trace_of_file(
    exported: &ExportedExecutions,
    last: usize,
) -> serde_json::Result<String> {
    let from = exported.list.len().saturating_sub(last);
    let newest = exported.list.get(from..).unwrap_or_default().iter();
    let mut executions = newest.map(|execution| Traced {
        id: Cow::Borrowed(&execution.id),
        record: execution.record(),
        spans: execution.spans(),
    });
    let name_of = |stage: StageId| exported.stage_names.get(stage as usize).map(|name| &**name);
    trace_of(&mut executions, &|stage| name_of(stage).unwrap_or_default())
}
