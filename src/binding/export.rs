//! Stored data as text for other tools.

use super::collector::Collector;
use super::page::history_of;
use super::rows::Rows;
use super::table::Table;
use crate::engine::export::otlp::{
    otlp_metrics, otlp_traces, Attributes, Criteria, Ids, Parents, SentExecutions, Since,
    SpanContext, Times, TraceOptions,
};
use crate::engine::export::{
    chrome_trace, chrome_trace_of_file, exposed, render, Diagnostic, Format,
};
use crate::engine::history::AgedList;
use napi::{Error, Result};
use napi_derive::napi;
use parking_lot::Mutex;

/// The facade's counters, by name.
#[napi(object)]
pub struct Counts {
    /// What is counted.
    pub kinds: Vec<String>,
    /// How much of each.
    pub counts: Vec<f64>,
}

impl Counts {
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let kinds = self.kinds.into_iter().map(String::into_boxed_str);
        kinds.zip(self.counts).collect()
    }
}

/// Wall clocks in ms.
#[napi(object)]
pub struct OtlpTimes {
    /// Start of counting.
    pub start: f64,
    /// Now.
    pub now: f64,
}

impl From<OtlpTimes> for Times {
    fn from(OtlpTimes { start, now }: OtlpTimes) -> Self {
        Self {
            start_ms: start,
            now_ms: now,
        }
    }
}

/// Text of a request for metrics.
#[napi(object)]
pub struct OtlpMetrics {
    /// Its body.
    pub text: String,
    /// How many data points it has.
    pub points: u32,
}

/// Options of requests for traces.
#[napi(object)]
pub struct OtlpTracesOptions {
    /// Attributes of the resource, a JSON object.
    pub resource: String,
    /// Seed of trace ids.
    pub seed: f64,
    /// Executions that had ended at the last look.
    pub ended: f64,
    /// Executions to examine at most.
    pub most: u32,
    /// Share of executions that counts as slow.
    pub slowest: f64,
    /// Share of the others that is sent.
    pub sample: f64,
}

/// Requests for traces.
#[napi(object)]
pub struct OtlpTraces {
    /// Their bodies.
    pub texts: Vec<String>,
    /// How many spans each has.
    pub spans: Vec<u32>,
    /// Executions that had ended up to the last one examined.
    pub ended: f64,
    /// Executions evicted before they were examined.
    pub missed: f64,
    /// Executions sent that failed, were alerted, unusual, slow, sampled, the start of a level.
    pub sent: Vec<f64>,
    /// Executions that were not sent.
    pub skipped: f64,
}

/// What one exporter of traces remembers of executions: the surrounding spans of other libraries,
/// and which were sent.
#[napi]
#[derive(Default)]
pub struct KnownExecutions {
    parents: Mutex<Parents>,
    sent: Mutex<SentExecutions>,
}

#[napi]
impl KnownExecutions {
    /// None yet.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes ids of executions, each followed by the trace id and span id of its surrounding span,
    /// empty if none.
    #[napi(catch_unwind)]
    pub fn set_parents(&self, parents: Vec<String>) {
        let mut known = self.parents.lock();
        for parent in parents.chunks_exact(3) {
            let [trace_id, span_id] = [1, 2].map(|place| parent[place].as_str().into());
            let context = SpanContext { trace_id, span_id };
            let is_any = !context.trace_id.is_empty();
            known.set(&parent[0], is_any.then_some(context));
        }
    }
}

fn attributes(resource: &str) -> Result<Attributes> {
    Attributes::from_json(resource).map_err(|error| Error::from_reason(error.to_string()))
}

#[napi]
impl Collector {
    /// The text that Prometheus scrapes, with the facade's counters by name.
    #[napi(catch_unwind)]
    pub fn exposition(&self, open_metrics: bool, counts: Counts) -> Result<String> {
        let figures = exposed(&mut *self.state()?, counts.into_diagnostics());
        let format = if open_metrics {
            Format::OpenMetrics
        } else {
            Format::Prometheus
        };
        Ok(render(&figures, format))
    }

    /// The same as a request of OTLP. Exemplars have ids of traces made with `seed` where `known` is given.
    ///
    /// # Errors
    ///
    /// If the collector is faulted, or the resource is no JSON object.
    #[napi(catch_unwind)]
    pub fn otlp_metrics(
        &self,
        counts: Counts,
        resource: String,
        times: OtlpTimes,
        seed: f64,
        known: Option<&KnownExecutions>,
    ) -> Result<OtlpMetrics> {
        let resource = attributes(&resource)?;
        let figures = exposed(&mut *self.state()?, counts.into_diagnostics());
        let parents = known.map(|known| known.parents.lock());
        let seed = seed as u64;
        let ids = parents.as_ref().map(|known| (Ids { seed }, &**known));
        let (text, points) = otlp_metrics(&figures, &resource, times.into(), ids);
        Ok(OtlpMetrics {
            text,
            points: points as u32,
        })
    }

    /// The executions worth sending, as OTLP requests.
    ///
    /// # Errors
    ///
    /// If the collector is faulted, or the resource is no JSON object.
    #[napi(catch_unwind)]
    pub fn otlp_traces(
        &self,
        options: OtlpTracesOptions,
        known: &KnownExecutions,
    ) -> Result<OtlpTraces> {
        let resource = attributes(&options.resource)?;
        let since = Since {
            ended: options.ended as u64,
            most: options.most as usize,
        };
        let parents = known.parents.lock();
        let how = TraceOptions {
            criteria: Criteria {
                slowest: options.slowest,
                sample: options.sample,
            },
            ids: Ids {
                seed: options.seed as u64,
            },
            parents: &parents,
        };
        let traces = otlp_traces(
            &mut *self.state()?,
            since,
            &mut known.sent.lock(),
            &resource,
            &how,
        );
        Ok(OtlpTraces {
            spans: traces.requests.iter().map(|of| of.spans as u32).collect(),
            texts: traces.requests.into_iter().map(|of| of.text).collect(),
            ended: traces.ended as f64,
            missed: traces.missed as f64,
            sent: traces.sent.iter().map(|&count| count as f64).collect(),
            skipped: traces.skipped as f64,
        })
    }

    /// The newest `last` executions as Chrome's trace events.
    #[napi(catch_unwind)]
    pub fn chrome_trace(&self, last: u32) -> Result<String> {
        Ok(chrome_trace(&*self.state()?, last as usize))
    }

    /// Number of executions that have ended.
    #[napi(catch_unwind)]
    pub fn ended_count(&self) -> Result<f64> {
        let state = self.state()?;
        let list = state.history.pipeline();
        Ok(list.map_or(0.0, |list| list.pushed() as f64))
    }

    /// The executions that ended since `ended_count` had that value and are still stored, oldest first.
    #[napi(catch_unwind)]
    pub fn ended_since(&self, count: f64) -> Result<Table> {
        let state = self.state()?;
        let mut rows = Rows::of(&state);
        let new = |list: &AgedList| (list.pushed() as f64 - count).max(0.0) as usize;
        let list = state.history.pipeline();
        for execution in list.into_iter().flat_map(|list| list.last(new(list))) {
            rows.push_stored(&state, execution);
        }
        Ok(rows.finish())
    }
}

/// The newest `last` executions of an exported history, as Chrome's trace events.
///
/// # Errors
///
/// If `exported` is no history.
#[napi(catch_unwind)]
pub fn chrome_trace_of_history(exported: String, last: u32) -> Result<String> {
    let exported = history_of(&exported)?;
    Ok(chrome_trace_of_file(&exported.executions, last as usize))
}
