//! What was recorded: spans and executions, each kept once, listed where it belongs.
//!
//! A span is listed by its stage and by its execution; an execution by the completed ones,
//! by the pipeline history and, while it runs, by the recorder. Each list lets go on its own
//! (by count, by age, by hand); a record goes when nobody lists it any more.

mod aged;
mod pool;
mod record;

pub use aged::AgedList;
pub use pool::Pool;
pub use record::{ExecutionRecord, LabelId, SpanRecord, StageId};

use std::collections::HashMap;

/// Index of a kept span.
pub type SpanRef = u32;
/// Index of a kept execution.
pub type ExecutionRef = u32;

/// No execution: the span was recorded by hand.
pub const NO_EXECUTION: ExecutionRef = u32::MAX;

#[derive(Debug)]
struct SpanSlot {
    record: SpanRecord,
    execution: ExecutionRef,
    in_series: bool,
    in_execution: bool,
}

#[derive(Debug)]
struct ExecutionSlot {
    record: ExecutionRecord,
    spans: Vec<SpanRef>,
    /// Lists that hold it: running, completed, pipeline history.
    lists: u8,
    /// Kept spans that name it, whether or not `spans` still lists them.
    named_by: u32,
}

/// Everything kept, with the orders in which it is listed.
#[derive(Debug)]
pub struct History {
    spans: Pool<SpanSlot>,
    executions: Pool<ExecutionSlot>,
    series: Vec<Option<AgedList>>,
    series_order: Vec<StageId>,
    completed: AgedList,
    by_id: HashMap<Box<str>, ExecutionRef>,
    pipeline: Option<AgedList>,
    /// No kept record is older than this; may be too low, never too high.
    oldest_wall_ms: f64,
    gone: Vec<u32>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            spans: Pool::default(),
            executions: Pool::default(),
            series: Vec::new(),
            series_order: Vec::new(),
            completed: AgedList::default(),
            by_id: HashMap::new(),
            pipeline: None,
            oldest_wall_ms: f64::INFINITY,
            gone: Vec::new(),
        }
    }
}

/// Recording.
impl History {
    /// Keeps an execution that starts now, listed only by whoever called.
    pub fn open_execution(&mut self, record: ExecutionRecord) -> ExecutionRef {
        self.executions.insert(ExecutionSlot {
            record,
            spans: Vec::new(),
            lists: 1,
            named_by: 0,
        })
    }

    /// Keeps a completed span under its stage, trimming the stage to `limit` records.
    pub fn record_span(
        &mut self,
        execution: ExecutionRef,
        record: SpanRecord,
        limit: usize,
    ) -> SpanRef {
        let (stage, wall_ms) = (record.stage, record.wall_ms);
        let span = self.keep_span(execution, record, true);
        self.list_span(stage, span, wall_ms);
        self.trim_series(stage, limit);
        span
    }

    /// Keeps a span that its execution ended around: listed by the execution alone.
    pub fn keep_unfinished(&mut self, execution: ExecutionRef, record: SpanRecord) -> SpanRef {
        self.keep_span(execution, record, false)
    }

    fn keep_span(
        &mut self,
        execution: ExecutionRef,
        record: SpanRecord,
        in_series: bool,
    ) -> SpanRef {
        if let Some(slot) = self.executions.get_mut(execution) {
            slot.named_by += 1;
        }
        let in_execution = execution != NO_EXECUTION;
        self.spans.insert(SpanSlot {
            record,
            execution,
            in_series,
            in_execution,
        })
    }

    fn list_span(&mut self, stage: StageId, span: SpanRef, wall_ms: f64) {
        self.oldest_wall_ms = self.oldest_wall_ms.min(wall_ms);
        self.ensure_series(stage).push(span, wall_ms);
    }

    /// The stage's list, made (empty) if it has none.
    pub fn ensure_series(&mut self, stage: StageId) -> &mut AgedList {
        let index = stage as usize;
        if self.series.len() <= index {
            self.series.resize_with(index + 1, || None);
        }
        if self.series[index].is_none() {
            self.series_order.push(stage);
        }
        self.series[index].get_or_insert_with(AgedList::default)
    }

    fn trim_series(&mut self, stage: StageId, limit: usize) {
        while let Some(span) = self
            .series_mut(stage)
            .and_then(|list| list.pop_beyond(limit))
        {
            self.release_from_series(span);
        }
    }

    /// Lists an execution that ended: among the completed (in place of an older one of the
    /// same id) and in the pipeline history, each trimmed to `limit`.
    pub fn close_execution(
        &mut self,
        execution: ExecutionRef,
        spans: impl Iterator<Item = SpanRef>,
        limit: usize,
    ) {
        let slot = &mut self.executions[execution];
        slot.spans.extend(spans);
        slot.lists += 2;
        let wall_ms = slot.record.wall_ms;
        self.list_completed(execution, wall_ms, limit);
        self.list_pipeline(execution, wall_ms, limit);
        self.unlist_execution(execution);
    }

    fn list_completed(&mut self, execution: ExecutionRef, wall_ms: f64, limit: usize) {
        self.oldest_wall_ms = self.oldest_wall_ms.min(wall_ms);
        let id = self.executions[execution].record.id.clone();
        if let Some(older) = self.by_id.insert(id, execution) {
            self.completed.replace(older, execution);
            self.unlist_execution(older);
        } else {
            self.completed.push(execution, wall_ms);
        }
        while let Some(oldest) = self.completed.pop_beyond(limit) {
            self.forget_completed(oldest);
        }
    }

    fn list_pipeline(&mut self, execution: ExecutionRef, wall_ms: f64, limit: usize) {
        self.oldest_wall_ms = self.oldest_wall_ms.min(wall_ms);
        let list = self.pipeline.get_or_insert_with(AgedList::default);
        list.push(execution, wall_ms);
        while let Some(oldest) = self
            .pipeline
            .as_mut()
            .and_then(|list| list.pop_beyond(limit))
        {
            self.unlist_execution(oldest);
        }
    }

    /// Lets go of an execution that never completed, and of `spans` as its own; what its
    /// stages recorded stays listed by them.
    pub fn abandon_execution(
        &mut self,
        execution: ExecutionRef,
        spans: impl Iterator<Item = SpanRef>,
    ) {
        self.executions[execution].spans.extend(spans);
        self.unlist_execution(execution);
    }

    /// Keeps an execution that a caller put in by hand, among the completed ones.
    pub fn put_completed(&mut self, record: ExecutionRecord, limit: usize) {
        let wall_ms = record.wall_ms;
        let execution = self.open_execution(record);
        self.list_completed(execution, wall_ms, limit);
    }

    /// Keeps an execution that a caller put in by hand, in the pipeline history.
    pub fn put_pipeline(&mut self, record: ExecutionRecord, limit: usize) {
        let wall_ms = record.wall_ms;
        let execution = self.open_execution(record);
        self.list_pipeline(execution, wall_ms, limit);
    }
}

/// Letting go.
impl History {
    /// Removes every listed record older than `cutoff_ms`.
    ///
    /// Cost: one comparison when nothing kept can be that old.
    pub fn evict_older(&mut self, cutoff_ms: f64) {
        if self.oldest_wall_ms >= cutoff_ms {
            return;
        }
        let mut gone = std::mem::take(&mut self.gone);
        let mut oldest = f64::INFINITY;
        for list in self.series.iter_mut().flatten() {
            let spans = &self.spans;
            oldest = oldest.min(list.evict_older(
                cutoff_ms,
                |span| spans[span].record.wall_ms,
                &mut gone,
            ));
        }
        for span in gone.drain(..) {
            self.release_from_series(span);
        }
        let executions = &self.executions;
        let wall_of = |execution: u32| executions[execution].record.wall_ms;
        oldest = oldest.min(self.completed.evict_older(cutoff_ms, wall_of, &mut gone));
        let completed_gone = gone.len();
        if let Some(list) = &mut self.pipeline {
            oldest = oldest.min(list.evict_older(cutoff_ms, wall_of, &mut gone));
        }
        for (place, execution) in gone.drain(..).enumerate() {
            if place < completed_gone {
                self.forget_completed(execution);
            } else {
                self.unlist_execution(execution);
            }
        }
        self.gone = gone;
        self.oldest_wall_ms = oldest;
    }

    /// Removes a stage's records and its place among the stages; false if it had none.
    pub fn remove_series(&mut self, stage: StageId) -> bool {
        let Some(mut list) = self.series.get_mut(stage as usize).and_then(Option::take) else {
            return false;
        };
        self.series_order.retain(|&s| s != stage);
        self.drain_series(&mut list);
        true
    }

    /// Removes a stage's records but keeps its place among the stages.
    pub fn empty_series(&mut self, stage: StageId) {
        let mut list = std::mem::take(self.ensure_series(stage));
        self.drain_series(&mut list);
    }

    fn drain_series(&mut self, list: &mut AgedList) {
        let mut gone = std::mem::take(&mut self.gone);
        list.clear(&mut gone);
        for span in gone.drain(..) {
            self.release_from_series(span);
        }
        self.gone = gone;
    }

    /// Removes the completed execution of that id; false if there is none.
    pub fn remove_completed(&mut self, id: &str) -> bool {
        let Some(execution) = self.by_id.remove(id) else {
            return false;
        };
        self.completed.remove(execution);
        self.unlist_execution(execution);
        true
    }

    /// Removes the pipeline history; false if there was none.
    pub fn remove_pipeline(&mut self) -> bool {
        let Some(mut list) = self.pipeline.take() else {
            return false;
        };
        let mut gone = Vec::new();
        list.clear(&mut gone);
        for execution in gone {
            self.unlist_execution(execution);
        }
        true
    }

    /// Makes the pipeline history exist, empty if it did not.
    pub fn ensure_pipeline(&mut self) {
        self.pipeline.get_or_insert_with(AgedList::default);
    }

    fn forget_completed(&mut self, execution: ExecutionRef) {
        let id = &self.executions[execution].record.id;
        if self.by_id.get(id) == Some(&execution) {
            self.by_id.remove(&self.executions[execution].record.id);
        }
        self.unlist_execution(execution);
    }

    fn unlist_execution(&mut self, execution: ExecutionRef) {
        let slot = &mut self.executions[execution];
        slot.lists -= 1;
        if slot.lists > 0 {
            return;
        }
        let mut spans = std::mem::take(&mut slot.spans);
        for span in spans.drain(..) {
            self.spans[span].in_execution = false;
            self.drop_span_if_unlisted(span);
        }
        self.drop_execution_if_unlisted(execution);
    }

    fn release_from_series(&mut self, span: SpanRef) {
        self.spans[span].in_series = false;
        self.drop_span_if_unlisted(span);
    }

    fn drop_span_if_unlisted(&mut self, span: SpanRef) {
        let slot = &self.spans[span];
        if slot.in_series || slot.in_execution {
            return;
        }
        let execution = slot.execution;
        self.spans.remove(span);
        if let Some(slot) = self.executions.get_mut(execution) {
            slot.named_by -= 1;
            self.drop_execution_if_unlisted(execution);
        }
    }

    fn drop_execution_if_unlisted(&mut self, execution: ExecutionRef) {
        let done = |slot: &ExecutionSlot| slot.lists == 0 && slot.named_by == 0;
        if self.executions.get(execution).is_some_and(done) {
            self.executions.remove(execution);
        }
    }
}

/// Reading.
impl History {
    /// A kept span.
    pub fn span(&self, span: SpanRef) -> &SpanRecord {
        &self.spans[span].record
    }

    /// The id of the execution a span belongs to, if it does.
    pub fn execution_id_of(&self, span: SpanRef) -> Option<&str> {
        self.executions
            .get(self.spans[span].execution)
            .map(|slot| &*slot.record.id)
    }

    /// A kept execution.
    pub fn execution(&self, execution: ExecutionRef) -> &ExecutionRecord {
        &self.executions[execution].record
    }

    /// A kept execution.
    pub fn execution_mut(&mut self, execution: ExecutionRef) -> &mut ExecutionRecord {
        &mut self.executions[execution].record
    }

    /// The spans of an execution that ended, in the order they started.
    pub fn spans_of(&self, execution: ExecutionRef) -> impl Iterator<Item = &SpanRecord> + '_ {
        self.executions[execution]
            .spans
            .iter()
            .map(|&span| self.span(span))
    }

    /// Stages that have a list, in the order they got it.
    pub fn stages(&self) -> &[StageId] {
        &self.series_order
    }

    /// The records of a stage, oldest first; `None` if the stage has no list.
    pub fn series(&self, stage: StageId) -> Option<&AgedList> {
        self.series.get(stage as usize)?.as_ref()
    }

    fn series_mut(&mut self, stage: StageId) -> Option<&mut AgedList> {
        self.series.get_mut(stage as usize)?.as_mut()
    }

    /// Completed executions, in the order their ids were first put in.
    pub fn completed(&self) -> &AgedList {
        &self.completed
    }

    /// The completed execution of that id.
    pub fn completed_by_id(&self, id: &str) -> Option<ExecutionRef> {
        self.by_id.get(id).copied()
    }

    /// Ended executions, oldest first; `None` before the first.
    pub fn pipeline(&self) -> Option<&AgedList> {
        self.pipeline.as_ref()
    }

    /// No listed record is older than this.
    pub fn oldest_wall_ms(&self) -> f64 {
        self.oldest_wall_ms
    }

    /// Kept spans and executions, listed or only named.
    pub fn kept(&self) -> (usize, usize) {
        (self.spans.len(), self.executions.len())
    }
}

#[cfg(test)]
mod tests;
