//! Tables: rows of numbers, and the texts and labels that belong to them.

use super::collector::Table;
use super::encode::push_execution;
use super::labels::Found;
use super::layout::{execution, span};
use crate::engine::analysis::breakdown::StageRun;
use crate::engine::history::{ExecutionRecord, ExecutionRef, Labelled, SpanRecord};
use crate::engine::recorder::{PipelineOutcome, State};

/// A JSON array built element by element.
#[derive(Default)]
pub(super) struct Texts(String);

impl Texts {
    fn separate(&mut self) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
    }

    pub fn push_given(&mut self, json: &str) {
        self.separate();
        self.0.push_str(json);
    }

    pub fn push_string(&mut self, text: Option<&str>) {
        let json = text.and_then(|text| serde_json::to_string(text).ok());
        self.push_given(json.as_deref().unwrap_or("null"));
    }

    pub fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('[');
        }
        self.0.push(']');
        self.0
    }
}

/// What becomes a table.
pub(super) struct Rows<'a> {
    pub numbers: Vec<f64>,
    pub texts: Texts,
    pub labels: Found<'a>,
}

impl<'a> Rows<'a> {
    pub fn of(state: &'a State) -> Self {
        Self {
            numbers: Vec::new(),
            texts: Texts::default(),
            labels: Found::among(state.history.own_labels()),
        }
    }

    /// An execution with its spans, and its id, or itself as it was put in by hand.
    pub fn push_kept(&mut self, state: &State, kept: ExecutionRef) {
        let given = state.history.given_execution(kept);
        if let Some(given) = given {
            self.texts.push_given(given);
        } else {
            let id = state.history.execution_id(kept);
            self.texts.push_string(Some(id));
        }
        let spans: Vec<SpanRecord> = state.history.spans_of(kept).collect();
        let mut at = self.numbers.len();
        push_whole(
            &state.history.execution(kept),
            given.is_none(),
            &spans,
            &mut self.numbers,
        );
        self.labels.look_up(at, Some(kept), Labelled::Execution);
        at += execution::LEN;
        for (place, span) in spans.iter().enumerate() {
            let of = Labelled::stage(span);
            self.labels.look_up(at + place * span::LEN, Some(kept), of);
        }
    }

    pub fn finish(self) -> Table {
        Table {
            numbers: self.numbers.into(),
            text: self.texts.finish(),
            labels: self.labels.finish(),
        }
    }
}

/// An execution with its spans, and what follows from them.
pub(super) fn push_whole(
    record: &ExecutionRecord,
    completed: bool,
    spans: &[SpanRecord],
    numbers: &mut Vec<f64>,
) {
    let mut outcome = PipelineOutcome::default();
    outcome.derive(record, spans.iter().filter_map(StageRun::of));
    push_execution(record, completed, spans, &outcome, numbers);
}
