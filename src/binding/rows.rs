//! Rows with the custom labels of their stages and executions.

use super::encode::push_execution;
use super::labels::Found;
use super::layout::{execution, span};
use super::table::{Table, Texts};
use crate::engine::analysis::stage_runs::StageRuns;
use crate::engine::history::{
    ExecutionRecord, ExecutionRef, Labelled, Overflow, SpanRecord, StageId,
};
use crate::engine::recorder::{PipelineOutcome, State};

/// The parts of a table being built.
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
            labels: Found::among(&state.history.executions.custom_labels),
        }
    }

    /// An execution with its spans, and its id, or its JSON text if a caller put it in.
    pub fn push_stored(&mut self, state: &State, stored: ExecutionRef) {
        let given = state.history.executions.given(stored);
        if let Some(given) = given {
            self.texts.push_given(given);
        } else {
            let id = state.history.executions.id(stored);
            self.texts.push_string(Some(&id));
        }
        let spans: Vec<SpanRecord> = state.history.spans_of(stored).collect();
        let mut at = self.numbers.len();
        push_whole(
            &state.history.executions.record(stored),
            given.is_none(),
            &spans,
            (
                state.overflow_stage(),
                state.history.executions.overflow(stored),
            ),
            &mut self.numbers,
        );
        self.labels.look_up(at, Some(stored), Labelled::Execution);
        at += execution::LEN;
        for (place, span) in spans.iter().enumerate() {
            let of = Labelled::stage(span);
            self.labels
                .look_up(at + place * span::LEN, Some(stored), of);
        }
    }

    pub fn finish(self) -> Table {
        Table {
            labels: self.labels.finish(),
            ..Table::of(self.numbers, self.texts)
        }
    }
}

/// An execution with its spans and the figures derived from them.
pub(super) fn push_whole(
    record: &ExecutionRecord,
    completed: bool,
    spans: &[SpanRecord],
    overflow: (StageId, Overflow),
    numbers: &mut Vec<f64>,
) {
    let mut outcome = PipelineOutcome::default();
    outcome.derive(record, &StageRuns::of(spans.iter().copied()));
    outcome.add_overflow(overflow.0, &overflow.1);
    push_execution(record, completed, spans, &outcome, numbers);
}
