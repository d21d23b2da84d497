//! Rows with the labels that callers gave what stands in them.

use super::{push_whole, table, Texts};
use crate::binding::collector::Table;
use crate::binding::labels::Found;
use crate::binding::layout::{execution, span};
use crate::engine::history::{ExecutionRef, Labelled, SpanRecord};
use crate::engine::recorder::State;

/// What becomes a table.
pub(in crate::binding) struct Rows<'a> {
    pub numbers: Vec<f64>,
    pub texts: Texts,
    pub labels: Found<'a>,
}

impl<'a> Rows<'a> {
    pub fn of(state: &'a State) -> Self {
        Self {
            numbers: Vec::new(),
            texts: Texts::default(),
            labels: Found::among(state.history.custom_labels()),
        }
    }

    /// An execution with its spans, and its id, or itself as it was put in manually.
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
            (state.overflow_stage(), state.history.overflow(kept)),
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
            labels: self.labels.finish(),
            ..table(self.numbers, self.texts)
        }
    }
}
