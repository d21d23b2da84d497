//! Executions worth sending, as OTLP requests for traces.

use super::ids::{Ids, Key};
use super::parents::{Parents, SentExecutions};
use super::selection::{slow_ms, Criteria, Judge, Reason};
use super::spans::{Sent, Span};
use super::values::{request, Attributes};
use crate::engine::history::{ExecutionRef, SpanRecord};
use crate::engine::recorder::State;

/// Spans of one request, like the batch processors of OpenTelemetry.
const SPANS_A_REQUEST: usize = 512;

/// The executions to examine.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// Those after this many ended ones.
    pub ended: u64,
    /// At most this many.
    pub most: usize,
}

/// How to write them as spans.
#[derive(Clone, Copy, Debug)]
pub struct TraceOptions<'a> {
    /// Which are worth sending.
    pub criteria: Criteria,
    /// For ids and for sampling.
    pub ids: Ids,
    /// Spans that executions ran inside of.
    pub parents: &'a Parents,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRequest {
    /// Its body.
    pub text: String,
    /// How many spans it has.
    pub spans: usize,
}

/// The result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// In the order in which executions ended.
    pub requests: Vec<TraceRequest>,
    /// Executions that had ended up to the last one examined.
    pub ended: u64,
    /// Executions evicted before they were examined.
    pub missed: u64,
    /// Executions sent, by their [`Reason`].
    pub sent: [u64; Reason::ALL.len()],
    /// Examined executions that were not sent.
    pub skipped: u64,
}

/// Examines ended executions, oldest first, and writes those worth sending. Executions put in
/// manually, and those in `sent`, are skipped.
///
/// Cost: some 1 µs an execution that is not sent, 1 µs a span of one that is.
pub fn otlp_traces(
    state: &mut State,
    since: Since,
    sent: &mut SentExecutions,
    resource: &Attributes,
    options: &TraceOptions<'_>,
) -> Traces {
    let slow_ms = slow_ms(state, options.criteria);
    let mut traces = Traces::default();
    let Some(list) = state.history.pipeline() else {
        return traces;
    };
    // The list may have been emptied since, which starts its count anew.
    let from = if since.ended > list.pushed() {
        0
    } else {
        since.ended
    };
    let new = (list.pushed() - from) as usize;
    let stored = new.min(list.len());
    let looked_at: Vec<ExecutionRef> = list.last(stored).take(since.most).collect();
    traces.missed = (new - stored) as u64;
    traces.ended = from + traces.missed + looked_at.len() as u64;
    let starts = looked_at
        .iter()
        .map(|&of| state.history.executions.record(of).start_ms);
    let from_ms = starts.fold(f64::INFINITY, f64::min);
    let firsts = firsts_of_levels(state, from_ms);
    let state: &State = state;
    let tracer = Tracer {
        state,
        judge: Judge::new(state, options.criteria, options.ids, slow_ms, from_ms),
        options,
        firsts,
    };
    let mut spans = Vec::new();
    for execution in looked_at {
        tracer.add(execution, sent, &mut traces, &mut spans);
    }
    for spans in spans.chunks(SPANS_A_REQUEST) {
        let names = ["resourceSpans", "scopeSpans", "spans"];
        traces.requests.push(TraceRequest {
            text: request(resource, names, &spans),
            spans: spans.len(),
        });
    }
    traces
}

/// The first executions of new levels by their ids, as alerts raised from `from_ms` on name them.
fn firsts_of_levels(state: &mut State, from_ms: f64) -> Vec<(Box<str>, ExecutionRef)> {
    let named = state.alerts.since(from_ms);
    let ids: Vec<Box<str>> = named
        .filter_map(|raised| raised.since_execution_id.clone())
        .collect();
    let firsts = ids.into_iter().filter_map(|id| {
        let execution = state.history.executions.by_id(&id)?;
        let is_given = state.history.executions.given(execution).is_some();
        (!is_given).then_some((id, execution))
    });
    firsts.collect()
}

/// Context for writing the executions of one moment as spans.
struct Tracer<'a> {
    state: &'a State,
    judge: Judge<'a>,
    options: &'a TraceOptions<'a>,
    firsts: Vec<(Box<str>, ExecutionRef)>,
}

impl<'a> Tracer<'a> {
    /// Adds the spans of an execution worth sending, after those of the executions that it links
    /// to.
    fn add(
        &self,
        execution: ExecutionRef,
        sent: &mut SentExecutions,
        traces: &mut Traces,
        to: &mut Vec<Span<'a>>,
    ) {
        let history = &self.state.history;
        let key = Key::of(history, execution);
        if sent.of(&key).is_some() {
            return;
        }
        let Some(reason) = self.reason(execution, key) else {
            traces.skipped += 1;
            return;
        };
        let mut count = |reason: Reason| {
            if let Some(count) = traces.sent.get_mut(reason as usize) {
                *count += 1;
            }
        };
        sent.insert(key, ());
        count(reason);
        let id = history.executions.id(execution);
        let alerts = self
            .judge
            .alerts_of(&id, &history.executions.record(execution));
        for raised in alerts {
            let since = raised.since_execution_id.as_deref();
            let first = since.and_then(|id| self.first_of(id));
            if let Some(first) = first.filter(|&of| sent.insert(Key::of(history, of), ())) {
                count(Reason::LevelStart);
                to.extend(self.spans(first, Reason::LevelStart));
            }
        }
        to.extend(self.spans(execution, reason));
    }

    fn first_of(&self, id: &str) -> Option<ExecutionRef> {
        let known = self.firsts.iter().find(|(known, _)| **known == *id);
        known.map(|&(_, first)| first)
    }

    fn reason(&self, execution: ExecutionRef, key: Key) -> Option<Reason> {
        let history = &self.state.history;
        if history.executions.given(execution).is_some() {
            return None;
        }
        let spans: Vec<SpanRecord> = history.spans_of(execution).collect();
        let id = history.executions.id(execution);
        self.judge
            .reason(&id, key, &history.executions.record(execution), &spans)
    }

    fn spans(&self, execution: ExecutionRef, reason: Reason) -> Vec<Span<'a>> {
        let history = &self.state.history;
        let id = history.executions.id(execution);
        let sent = Sent {
            state: self.state,
            execution,
            id: id.clone(),
            record: history.executions.record(execution),
            spans: history.spans_of(execution).collect(),
            reason,
            parent: self.options.parents.of(&*id),
            ids: self.options.ids,
            key: Key::of(history, execution),
        };
        sent.spans(self.judge.alerts_of(&id, &sent.record), &|id| self.link(id))
    }

    /// Trace and span of the first execution of a level.
    fn link(&self, id: &str) -> Option<(String, String)> {
        let ids = self.options.ids;
        let key = Key::of(&self.state.history, self.first_of(id)?);
        let trace = ids.trace_in(self.options.parents.of(id), key);
        Some((trace, ids.span(key, None)))
    }
}
