//! One execution as spans: its own, and those of its stages inside it.

use super::ids::{Ids, Key, SpanContext};
use super::selection::Reason;
use super::values::{unix_nanos, AnyValue, Attribute};
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::analysis::stage_runs::StageRuns;
use crate::engine::export::exposed::names_of;
use crate::engine::history::{
    CustomLabel, ExecutionRecord, ExecutionRef, LabelValue, Labelled, SpanRecord,
};
use crate::engine::json::{object, IfAny, IfFull, Json, Written};
use crate::engine::recorder::State;
use crate::engine::time::nearest;
use std::borrow::Cow;

const INTERNAL: u8 = 1;
const ERROR: u8 = 2;
const MS_A_SECOND: f64 = 1e3;

#[derive(Debug)]
pub(super) struct Span<'a> {
    trace_id: String,
    id: String,
    parent_id: Option<String>,
    name: &'a str,
    start: u64,
    end: u64,
    attributes: Vec<Attribute<'a>>,
    events: Vec<Written>,
    links: Vec<Written>,
    success: bool,
}

impl Json for Span<'_> {
    fn write(&self, to: &mut Written) {
        let status = (!self.success).then(|| object(&[("code", &ERROR)]));
        to.object(&[
            ("traceId", &self.trace_id),
            ("spanId", &self.id),
            ("parentSpanId", &IfAny(self.parent_id.as_ref())),
            ("name", &self.name),
            ("kind", &INTERNAL),
            ("startTimeUnixNano", &self.start.to_string()),
            ("endTimeUnixNano", &self.end.to_string()),
            ("attributes", &self.attributes),
            ("events", &IfFull(&self.events)),
            ("links", &IfFull(&self.links)),
            ("status", &IfAny(status)),
        ]);
    }
}

/// An execution to be sent, with its stages and alerts.
pub(super) struct Sent<'a> {
    pub state: &'a State,
    pub execution: ExecutionRef,
    pub id: Cow<'a, str>,
    pub record: ExecutionRecord,
    pub spans: Vec<SpanRecord>,
    pub reason: Reason,
    pub parent: Option<&'a SpanContext>,
    pub ids: Ids,
    pub key: Key,
}

impl<'a> Sent<'a> {
    /// When a moment on the monotonic scale was, by the wall clock at the start of the execution.
    fn at(&self, now_ms: f64) -> u64 {
        let since = nearest((now_ms - self.record.start_ms) * 1e6).max(0);
        unix_nanos(self.record.start_wall_ms).saturating_add(since.unsigned_abs())
    }

    fn labels(&self, of: Labelled) -> impl Iterator<Item = Attribute<'a>> + use<'a, '_> {
        let state = self.state;
        let labels = state
            .history
            .executions
            .custom_labels
            .of(self.execution)
            .iter();
        labels
            .filter(move |label| label.is_of(of))
            .map(move |label| attribute_of(state, label))
    }

    /// The execution and its completed stages; alerts are attached to the stage that they concern.
    pub fn spans<'b>(
        &self,
        alerts: impl Iterator<Item = &'b RaisedAlert>,
        links: &dyn Fn(&str) -> Option<(String, String)>,
    ) -> Vec<Span<'a>> {
        let mut all = vec![self.root()];
        let mut stages = Vec::new();
        let runs = StageRuns::of(self.spans.iter().copied());
        let mut own = runs.iter().map(|run| run.self_ms);
        // The parent of a child: the nearest completed span around it.
        let mut around: Vec<Option<u32>> = Vec::new();
        for (number, span) in (0..).zip(&self.spans) {
            let parent = span.parent.and_then(|parent| {
                let place = parent.span as usize;
                around.get(place).copied().flatten()
            });
            if !span.completed {
                around.push(parent);
                continue;
            }
            around.push(Some(number));
            stages.push(span.stage);
            let self_ms = own.next().unwrap_or(span.duration_ms);
            all.push(self.stage(number, parent, span, self_ms));
        }
        for raised in alerts {
            let place = stages.iter().rposition(|&stage| stage == raised.stage);
            let place = place.map_or(0, |place| place + 1);
            if let Some(span) = all.get_mut(place) {
                span.events.push(event(raised));
                let since = raised.since_execution_id.as_deref();
                span.links.extend(since.and_then(links).as_ref().map(link));
            }
        }
        all
    }

    fn root(&self) -> Span<'a> {
        let record = &self.record;
        let mut attributes = vec![
            Attribute::text("pipeline.execution.id", self.id.clone()),
            Attribute::text("pipeline.sampling.reason", self.reason.name()),
            Attribute::number("pipeline.items", record.items),
            Attribute::number("pipeline.errors", record.errors),
        ];
        if record.heap_read {
            attributes.push(Attribute::number(
                "pipeline.memory_delta",
                record.memory_delta,
            ));
        }
        attributes.extend(self.labels(Labelled::Execution));
        let parent = self.parent.filter(|of| !of.span_id.is_empty());
        Span {
            trace_id: self.ids.trace_in(self.parent, self.key),
            id: self.ids.span(self.key, None),
            parent_id: parent.map(|parent| (*parent.span_id).to_owned()),
            name: "pipeline",
            start: self.at(record.start_ms),
            end: self.at(record.start_ms + record.duration_ms),
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            success: record.success,
        }
    }

    fn stage(&self, number: u32, parent: Option<u32>, span: &SpanRecord, self_ms: f64) -> Span<'a> {
        let known = self.state.stage(span.stage);
        let name = known.map(|known| &*known.name).unwrap_or_default();
        let mut attributes = vec![
            Attribute::text("pipeline.stage.name", name),
            Attribute::double("pipeline.stage.self_time", self_ms / MS_A_SECOND),
            Attribute::number("pipeline.items", span.items),
            Attribute::number("pipeline.errors", span.errors),
        ];
        let further = [
            ("pipeline.input_size", span.input_size),
            ("pipeline.output_size", span.output_size),
            ("pipeline.retries", span.retries),
        ];
        let given = further.iter().filter(|(_, value)| *value > 0.0);
        attributes.extend(given.map(|&(key, value)| Attribute::number(key, value)));
        if span.heap_read {
            attributes.push(Attribute::number(
                "pipeline.memory_delta",
                span.memory_delta,
            ));
        }
        attributes.extend(self.labels(Labelled::stage(span)));
        Span {
            trace_id: self.ids.trace_in(self.parent, self.key),
            id: self.ids.span(self.key, Some(number)),
            parent_id: Some(self.ids.span(self.key, parent)),
            name,
            start: self.at(span.start_ms),
            end: self.at(span.start_ms + span.duration_ms),
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            success: span.success,
        }
    }
}

fn attribute_of<'a>(state: &'a State, label: &CustomLabel) -> Attribute<'a> {
    let name = state.label(label.name).unwrap_or_default();
    let key = format!("pipeline.label.{name}");
    match label.value {
        LabelValue::Number(number) => Attribute::number(key, number),
        LabelValue::Truth(truth) => Attribute::new(key, AnyValue::Truth(truth)),
        LabelValue::Text(text) => {
            let text = state.label(text).unwrap_or_default();
            Attribute::new(key, AnyValue::Text(text.into()))
        }
    }
}

fn event(raised: &RaisedAlert) -> Written {
    let alert = &raised.alert;
    let [kind, severity] = names_of(alert);
    let attributes = [
        Attribute::text("pipeline.alert.type", kind),
        Attribute::text("pipeline.alert.severity", severity),
        Attribute::number("pipeline.alert.actual", alert.actual),
        Attribute::number("pipeline.alert.threshold", alert.threshold),
    ];
    object(&[
        ("timeUnixNano", &unix_nanos(raised.at.wall_ms).to_string()),
        ("name", &"pipeline.alert"),
        ("attributes", &attributes),
    ])
}

/// A link to the first execution of a new level.
fn link((trace_id, span_id): &(String, String)) -> Written {
    let attribute = Attribute::text("pipeline.link", "level_shift_since");
    object(&[
        ("traceId", trace_id),
        ("spanId", span_id),
        ("attributes", &[attribute]),
    ])
}
