//! Executions as the trace event format, which Perfetto, speedscope and Chrome open.
//!
//! One track per execution. Spans that overlap without nesting go to a further track of the same
//! execution, since intervals of one track have to nest.

use crate::engine::analysis::stage_runs::StageRuns;
use crate::engine::history::{ExecutionRecord, ExecutionRef, SpanRecord, StageId};
use crate::engine::json::{object, text_of, IfAny, Json, Written};
use crate::engine::query::{newest_executions, ExportedExecutions};
use crate::engine::recorder::State;
use crate::engine::stats::order::sort_by;
use crate::engine::time::nearest;
use std::borrow::Cow;

/// All events are of one process.
const PROCESS: u32 = 1;

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

/// One track: its open spans with number and end; `None` is the execution itself.
#[derive(Debug, Default)]
struct Lane {
    open: Vec<(Option<u32>, i64)>,
}

impl Lane {
    /// Whether a span with that parent nests here; closes spans that ended before it.
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

/// An execution with its stages, from any source.
struct Traced<'a> {
    id: Cow<'a, str>,
    record: ExecutionRecord,
    /// In the order in which they started.
    spans: Vec<SpanRecord>,
}

/// Writes the tracks of one execution after the other.
#[derive(Debug, Default)]
struct Tracks {
    events: Vec<Written>,
    /// Heap in bytes by when it was read, in ns.
    heap: Vec<(i64, f64)>,
    /// Starts and ends of executions.
    running: Vec<(i64, i32)>,
    next: u32,
}

/// An event in a viewer, with its `args`.
struct Event<'a> {
    ph: &'a str,
    tid: u32,
    name: &'a str,
    args: Written,
    cat: Option<&'a str>,
    at: Option<i64>,
    took: Option<i64>,
}

impl Tracks {
    fn put(&mut self, of: &Event<'_>) {
        self.events.push(object(&[
            ("args", &of.args),
            ("cat", &IfAny(of.cat)),
            ("dur", &IfAny(of.took.map(micros))),
            ("name", &of.name),
            ("ph", &of.ph),
            ("pid", &PROCESS),
            ("tid", &of.tid),
            ("ts", &IfAny(of.at.map(micros))),
        ]));
    }

    fn note(&mut self, tid: u32, name: &str, (key, value): (&str, &dyn Json)) {
        self.put(&Event {
            ph: "M",
            tid,
            name,
            args: object(&[(key, value)]),
            cat: None,
            at: None,
            took: None,
        });
    }

    fn name(&mut self, name: &str) -> u32 {
        self.next += 1;
        let tid = self.next;
        self.note(tid, "thread_name", ("name", &name));
        self.note(tid, "thread_sort_index", ("sort_index", &tid));
        tid
    }

    fn complete(&mut self, name: &str, cat: &str, tid: u32, of: Interval, args: Written) {
        self.put(&Event {
            ph: "X",
            tid,
            name,
            args,
            cat: Some(cat),
            at: Some(of.from),
            took: Some(of.to - of.from),
        });
    }

    fn count(&mut self, name: &str, at: i64, (key, value): (&str, &dyn Json)) {
        self.put(&Event {
            ph: "C",
            tid: 0,
            name,
            args: object(&[(key, value)]),
            cat: None,
            at: Some(at),
            took: None,
        });
    }

    fn note_heap(&mut self, of: Interval, start_memory: f64, memory_delta: f64) {
        self.heap.push((of.from, start_memory));
        self.heap.push((of.to, start_memory + memory_delta));
    }

    fn add<'a>(&mut self, execution: &Traced<'_>, name_of: &dyn Fn(StageId) -> &'a str) {
        let Traced { id, record, .. } = execution;
        let whole = Interval::of(record.start_ms, record.duration_ms);
        let first = self.name(id);
        let args = object(&[
            ("completedAt", &record.wall_ms),
            ("errors", &record.errors),
            ("executionId", id),
            ("items", &record.items),
            ("success", &record.success),
        ]);
        self.complete("pipeline", "execution", first, whole, args);
        if whole.from < whole.to {
            self.running.extend([(whole.from, 1), (whole.to, -1)]);
        }
        if record.heap_read {
            self.note_heap(whole, record.start_memory, record.memory_delta);
        }
        self.add_stages(execution, first, whole, name_of);
    }

    fn add_stages<'a>(
        &mut self,
        Traced { id, spans, .. }: &Traced<'_>,
        first: u32,
        whole: Interval,
        name_of: &dyn Fn(StageId) -> &'a str,
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
                lanes.push((self.name(&name), Lane::default()));
                lanes.len() - 1
            });
            let Some((tid, lane)) = lanes.get_mut(place) else {
                continue;
            };
            lane.open.push((Some(number as u32), of.to));
            if span.heap_read {
                self.note_heap(of, span.start_memory, span.memory_delta);
            }
            let memory_delta = span.heap_read.then_some(span.memory_delta);
            let args = object(&[
                ("errors", &span.errors),
                ("inputSize", &span.input_size),
                ("items", &span.items),
                ("memoryDelta", &memory_delta),
                ("selfMs", &self_ms),
                ("success", &span.success),
            ]);
            self.complete(name_of(span.stage), "stage", *tid, of, args);
        }
    }

    fn finish(mut self) -> Vec<Written> {
        let mut heap = std::mem::take(&mut self.heap);
        sort_by(&mut heap, |a, b| a.0.cmp(&b.0));
        for (at, bytes) in heap {
            self.count("heap", at, ("bytes", &bytes));
        }
        // If one span ends as another starts, the end comes first.
        let mut running = std::mem::take(&mut self.running);
        sort_by(&mut running, Ord::cmp);
        let mut executions = 0;
        for (at, change) in running {
            executions += change;
            self.count("active executions", at, ("executions", &executions));
        }
        self.events
    }
}

/// A trace of executions, oldest first.
fn trace_of<'a>(
    executions: &mut dyn Iterator<Item = Traced<'_>>,
    name_of: &dyn Fn(StageId) -> &'a str,
) -> String {
    let mut tracks = Tracks::default();
    tracks.note(0, "process_name", ("name", &"pipeline"));
    for execution in executions {
        tracks.add(&execution, name_of);
    }
    text_of(&object(&[
        ("traceEvents", &tracks.finish()),
        ("displayTimeUnit", &"ms"),
    ]))
}

/// The newest `last` executions with their stages, as JSON text.
pub fn chrome_trace(state: &State, last: usize) -> String {
    let newest: Vec<ExecutionRef> = newest_executions(state).take(last).collect();
    let mut executions = newest.into_iter().rev().map(|execution| Traced {
        id: state.history.executions.id(execution),
        record: state.history.executions.record(execution),
        spans: state.history.spans_of(execution).collect(),
    });
    let name_of = |stage| state.stage(stage).map(|known| &*known.name);
    trace_of(&mut executions, &|stage| name_of(stage).unwrap_or_default())
}

/// The newest `last` executions of an exported history: the same text as of the collector
/// that wrote it.
pub fn chrome_trace_of_file(exported: &ExportedExecutions, last: usize) -> String {
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
