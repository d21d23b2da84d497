//! Executions that are worth it as requests of OTLP for traces.

use super::ids::{Ids, Key};
use super::parents::Parents;
use super::selection::{slow_ms, Criteria, Judge, Reason};
use super::spans::{Sent, Span};
use super::values::{Scope, Sender, SCOPE};
use crate::engine::history::{ExecutionRef, SpanRecord};
use crate::engine::recorder::State;
use serde::Serialize;
use std::collections::HashMap;

/// Spans of one request: what the batch processors of OpenTelemetry send at once.
const SPANS_A_REQUEST: usize = 512;

/// Which executions are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// Those that ended after so many others had.
    pub ended: u64,
    /// So many of them.
    pub most: usize,
}

/// How they become spans.
#[derive(Clone, Copy, Debug)]
pub struct TraceOptions<'a> {
    /// Which are worth it.
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

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// In the order in which executions ended.
    pub requests: Vec<TraceRequest>,
    /// Executions that had ended up to the last that was looked at.
    pub ended: u64,
    /// Executions that had gone from the history before they were looked at.
    pub missed: u64,
    /// Executions sent, by their [`Reason`].
    pub kept: [u64; Reason::ALL.len()],
    /// Executions looked at that were not worth it.
    pub passed: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: &'a Sender,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Debug, Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: &'a [Span<'a>],
}

/// Looks at executions that ended, oldest first, and writes those that are worth it. Executions
/// put in manually are passed.
///
/// Cost: some 1 µs an execution that is not sent, 1 µs a span of one that is.
///
/// # Errors
///
/// If a request cannot be written.
pub fn otlp_traces(
    state: &mut State,
    since: Since,
    sender: &Sender,
    options: &TraceOptions<'_>,
) -> serde_json::Result<Traces> {
    let slow_ms = slow_ms(state, options.criteria);
    let mut traces = Traces::default();
    let Some(list) = state.history.pipeline() else {
        return Ok(traces);
    };
    // The list may have been emptied since, which starts its count anew.
    let from = if since.ended > list.pushed() {
        0
    } else {
        since.ended
    };
    let new = (list.pushed() - from) as usize;
    let kept = new.min(list.len());
    let looked_at: Vec<ExecutionRef> = list.last(kept).take(since.most).collect();
    traces.missed = (new - kept) as u64;
    traces.ended = from + traces.missed + looked_at.len() as u64;
    let starts = looked_at
        .iter()
        .map(|&of| state.history.execution(of).start_ms);
    let from_ms = starts.fold(f64::INFINITY, f64::min);
    let firsts = firsts_of_levels(state, from_ms);
    let state: &State = state;
    let judge = Judge::new(state, options.criteria, options.ids, slow_ms, from_ms);
    let mut spans = Vec::new();
    for execution in looked_at {
        match add(state, execution, &judge, options, &firsts, &mut spans) {
            Some(reason) => {
                let place = Reason::ALL.iter().position(|&known| known == reason);
                if let Some(count) = place.and_then(|place| traces.kept.get_mut(place)) {
                    *count += 1;
                }
            }
            None => traces.passed += 1,
        }
    }
    for spans in spans.chunks(SPANS_A_REQUEST) {
        traces.requests.push(TraceRequest {
            text: serde_json::to_string(&Request {
                resource_spans: [ResourceSpans {
                    resource: sender,
                    scope_spans: [ScopeSpans {
                        scope: SCOPE,
                        spans,
                    }],
                }],
            })?,
            spans: spans.len(),
        });
    }
    Ok(traces)
}

/// The first executions of new levels by their ids, as alerts raised from `from_ms` on name them.
fn firsts_of_levels(state: &mut State, from_ms: f64) -> HashMap<Box<str>, ExecutionRef> {
    let named = state.alerts.since(from_ms);
    let ids: Vec<Box<str>> = named
        .filter_map(|raised| raised.since_execution_id.clone())
        .collect();
    let kept = ids.into_iter().filter_map(|id| {
        let execution = state.history.completed_by_id(&id)?;
        Some((id, execution))
    });
    kept.collect()
}

/// Adds the spans of an execution, if it is worth it; says why it is.
fn add<'a>(
    state: &'a State,
    execution: ExecutionRef,
    judge: &Judge<'a>,
    options: &TraceOptions<'a>,
    firsts: &HashMap<Box<str>, ExecutionRef>,
    to: &mut Vec<Span<'a>>,
) -> Option<Reason> {
    let history = &state.history;
    if history.given_execution(execution).is_some() {
        return None;
    }
    let record = history.execution(execution);
    let id = history.execution_id(execution);
    let key = Key::of(history, execution);
    let spans: Vec<SpanRecord> = history.spans_of(execution).collect();
    let reason = judge.reason(id, key, &record, &spans)?;
    let ids = options.ids;
    // Where the other execution had a parent, its trace is that of the parent.
    let link = |id: &str| {
        let key = Key::of(history, *firsts.get(id)?);
        let parent = options.parents.of(id);
        let trace = parent.map_or_else(|| ids.trace(key), |of| of.trace_id.clone().into());
        Some((trace, ids.span(key, None)))
    };
    let sent = Sent {
        state,
        execution,
        id,
        record,
        spans,
        reason,
        parent: options.parents.of(id),
        ids,
        key,
    };
    to.extend(sent.spans(judge.alerts_of(id, &record), &link));
    Some(reason)
}
