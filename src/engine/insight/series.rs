//! The runs of one stage, or of the whole pipeline, as parallel columns.

use crate::engine::history::{AgedList, ExecutionRecord, ExecutionRef, SpanRecord, StageId};
use crate::engine::recorder::State;

/// Runs with a duration, oldest first.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// Milliseconds, finite.
    pub durations: Vec<f64>,
    /// Wall clock in ms at completion.
    pub walls: Vec<f64>,
    refs: Vec<u32>,
    of_pipeline: bool,
}

impl Series {
    /// The runs kept of a stage that completed at `since` or later.
    pub fn of(state: &State, stage: StageId, since: Option<f64>) -> Self {
        let since = since.unwrap_or(f64::NEG_INFINITY);
        let mut series = Self {
            of_pipeline: stage == state.pipeline_total(),
            ..Self::default()
        };
        let history = &state.history;
        let list = if series.of_pipeline {
            history.pipeline()
        } else {
            history.series(stage)
        };
        for reference in list.into_iter().flat_map(AgedList::iter) {
            let (duration, wall) = if series.of_pipeline {
                let record = history.execution(reference);
                (record.duration_ms, record.wall_ms)
            } else {
                let record = history.span(reference);
                (record.duration_ms, record.wall_ms)
            };
            if duration.is_finite() && wall >= since {
                series.durations.push(duration);
                series.walls.push(wall);
                series.refs.push(reference);
            }
        }
        series
    }

    /// Runs.
    pub fn len(&self) -> usize {
        self.durations.len()
    }

    /// Only the newest `count` runs.
    pub fn last(mut self, count: usize) -> Self {
        let gone = self.len().saturating_sub(count);
        self.durations.drain(..gone);
        self.walls.drain(..gone);
        self.refs.drain(..gone);
        self
    }

    /// When the oldest and the newest run completed, wall clock in ms.
    pub fn period(&self) -> (Option<f64>, Option<f64>) {
        (self.walls.first().copied(), self.walls.last().copied())
    }

    /// The id of the execution of a run; `None` for one put in by hand.
    pub fn execution_id(&self, state: &State, run: usize) -> Option<Box<str>> {
        let reference = *self.refs.get(run)?;
        if !self.of_pipeline {
            return state.history.execution_id_of(reference).map(Into::into);
        }
        let by_hand = state.history.given_execution(reference).is_some();
        (!by_hand).then(|| state.history.execution_id(reference).into())
    }

    /// The stage of a run, where the series is one of a stage.
    pub fn span(&self, state: &State, run: usize) -> Option<SpanRecord> {
        let reference = *self.refs.get(run)?;
        (!self.of_pipeline).then(|| state.history.span(reference))
    }

    /// The execution of a run.
    pub fn execution(&self, state: &State, run: usize) -> Option<ExecutionRecord> {
        let execution = self.execution_ref(state, run);
        execution.map(|execution| state.history.execution(execution))
    }

    /// Where the execution of a run is kept.
    pub fn execution_ref(&self, state: &State, run: usize) -> Option<ExecutionRef> {
        let reference = *self.refs.get(run)?;
        if self.of_pipeline {
            Some(reference)
        } else {
            state.history.execution_of(reference)
        }
    }

    /// The stages of the execution of a run, where the series is one of executions.
    pub fn spans(&self, state: &State, run: usize) -> Vec<SpanRecord> {
        match self.refs.get(run) {
            Some(&reference) if self.of_pipeline => state.history.spans_of(reference).collect(),
            _ => Vec::new(),
        }
    }
}
