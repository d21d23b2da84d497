//! The recorded spans and executions, each stored once and listed where it belongs.
//!
//! A span is listed by its stage and by its execution; an execution by the completed ones, by the
//! pipeline history and, while it runs, by the recorder. Each list evicts on its own (by count, by
//! age, manually); a record is freed when no list holds it any more.

mod aged;
mod custom_labels;
mod ended;
mod eviction;
mod exact;
mod executions;
mod ids;
mod packed;
mod packed_execution;
mod pool;
mod queue;
mod record;
mod slots;
mod spans;

pub use aged::AgedList;
pub use custom_labels::{CustomLabel, CustomLabels, LabelValue, Labelled};
pub use pool::Pool;
pub use record::{
    Base, ExecutionRecord, ExecutionRef, LabelId, Overflow, Parent, SpanFigures, SpanRecord,
    StageId, NO_EXECUTION,
};
pub use spans::SpanRef;

use ended::Ended;
pub use executions::{Executions, OWN_PREFIX};
use spans::{Lineage, Link, Spans, Text, IN_SERIES};

use crate::engine::bounded_text::bounded;
use crate::engine::figures::smaller;
use crate::engine::time::{Interval, Nanos};
use std::borrow::Cow;

/// The version of a stage's records; never the same again after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesVersion {
    emptied: u64,
    labelled: u64,
    pushed: u64,
    stored: usize,
}

/// Everything stored, with the orders in which it is listed.
#[derive(Debug)]
pub struct History {
    spans: Spans,
    /// Stored executions, and the completed ones by id.
    pub executions: Executions,
    series: Vec<Option<AgedList>>,
    series_order: Vec<StageId>,
    ended: Ended,
    /// No listed record ended before this on the monotonic scale; may be too low, never too high.
    oldest_ms: f64,
    gone: Vec<u32>,
    version: u64,
    /// How often a stage was emptied.
    emptied: u64,
    /// How often labels were stored.
    labelled: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            spans: Spans::default(),
            executions: Executions::default(),
            series: Vec::new(),
            series_order: Vec::new(),
            ended: Ended::default(),
            oldest_ms: f64::INFINITY,
            gone: Vec::new(),
            version: 0,
            emptied: 0,
            labelled: 0,
        }
    }
}

/// Adding records.
impl History {
    /// Stores a starting execution, listed only by the caller.
    pub fn open_execution(&mut self, id: &str, record: ExecutionRecord) -> ExecutionRef {
        self.executions.insert(id, &record, None)
    }

    /// The same with a generated id: [`OWN_PREFIX`] and this unique number.
    pub fn open_own_execution(&mut self, sequence: u64, record: ExecutionRecord) -> ExecutionRef {
        self.executions.insert_own(sequence, &record)
    }

    /// Stores the record of an execution at its end. Its start must be unchanged.
    pub fn end_execution(&mut self, execution: ExecutionRef, record: &ExecutionRecord) {
        self.executions.end(execution, record);
    }

    /// Stores the labels that a caller gave an execution and its stages.
    pub fn store_labels(&mut self, execution: ExecutionRef, labels: Box<[CustomLabel]>) {
        self.labelled += 1;
        self.executions.custom_labels.keep(execution, labels);
    }

    /// Stores a completed span under its stage, trimming the stage to `limit` records. Its times
    /// are those of `interval`.
    #[expect(
        clippy::inline_always,
        reason = "much of a record is known where it is made"
    )]
    #[inline(always)]
    pub fn record_span(
        &mut self,
        execution: ExecutionRef,
        stage: StageId,
        interval: Interval,
        record: impl Fn() -> SpanRecord,
        limit: usize,
    ) -> SpanRef {
        let base = self.executions.base(execution);
        let span = self
            .spans
            .insert(record, interval, &base, execution, IN_SERIES);
        self.list_span(span, stage, interval.end_ms(), limit);
        span
    }

    /// Stores a span that a caller put in manually, with its JSON text.
    pub fn put_span(&mut self, record: &SpanRecord, given: Box<str>, limit: usize) -> SpanRef {
        let span = self.spans.insert_with(record, Text::Given(given));
        self.list_span(span, record.stage, record.ended_ms(), limit);
        span
    }

    /// Stores a completed span only under its stage, with the id of its execution: one that
    /// outlived it, or exceeds its most spans.
    pub fn record_alone(&mut self, execution_id: &str, record: &SpanRecord, limit: usize) {
        let text = Text::ExecutionId(bounded(execution_id).into());
        let span = self.spans.insert_with(record, text);
        self.list_span(span, record.stage, record.ended_ms(), limit);
    }

    /// Notes the stages past the most spans of an execution.
    pub fn set_overflow(&mut self, execution: ExecutionRef, overflow: Overflow) {
        self.executions.set_overflow(execution, overflow);
    }

    #[expect(clippy::inline_always, reason = "on the way of every stage")]
    #[inline(always)]
    fn list_span(&mut self, span: SpanRef, stage: StageId, ended_ms: f64, limit: usize) {
        self.version += 1;
        self.oldest_ms = smaller(ended_ms, self.oldest_ms);
        let Some(Some(list)) = self.series.get_mut(stage as usize) else {
            return self.list_first_span(span, stage, ended_ms, limit);
        };
        list.push(span, ended_ms);
        match list.len().saturating_sub(limit) {
            0 => {}
            1 => {
                if let Some(oldest) = list.pop_oldest() {
                    self.release_from_series(oldest);
                }
            }
            _ => self.trim_series(stage, limit),
        }
    }

    #[cold]
    fn list_first_span(&mut self, span: SpanRef, stage: StageId, ended_ms: f64, limit: usize) {
        self.add_series(stage);
        self.list_span(span, stage, ended_ms, limit);
    }

    /// Stores a span unfinished at the end of its execution: listed only by the execution.
    pub fn store_unfinished(
        &mut self,
        execution: ExecutionRef,
        start: Nanos,
        record: impl Fn() -> SpanRecord,
    ) -> SpanRef {
        let base = self.executions.base(execution);
        let interval = Interval::new(start, start);
        self.spans.insert(record, interval, &base, execution, 0)
    }

    /// The stage's list, made (empty) if it has none.
    #[inline]
    pub fn ensure_series(&mut self, stage: StageId) -> &mut AgedList {
        let index = stage as usize;
        if !matches!(self.series.get(index), Some(Some(_))) {
            self.add_series(stage);
        }
        self.series[index].get_or_insert_default()
    }

    #[cold]
    fn add_series(&mut self, stage: StageId) {
        self.series_order.push(stage);
        let index = stage as usize;
        if self.series.len() <= index {
            self.series.resize_with(index + 1, || None);
        }
        self.series[index] = Some(AgedList::default());
    }

    #[cold]
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
        self.link_spans(execution, spans);
        self.list_ended(execution, limit);
    }

    fn list_ended(&mut self, execution: ExecutionRef, limit: usize) {
        let ended_ms = self.note_end_of(execution);
        // The running list's hold becomes that of one of the two.
        self.executions.hold(execution);
        let older = self.executions.put_by_id(execution);
        if older.is_none() && self.ended.push_to_one(execution, ended_ms) {
            self.trim_one(limit);
        } else {
            self.list_completed(execution, ended_ms, older, limit);
            self.list_pipeline(execution, ended_ms, limit);
        }
    }

    /// When a listed execution ended, which may be the oldest.
    fn note_end_of(&mut self, execution: ExecutionRef) -> f64 {
        self.version += 1;
        let ended_ms = self.executions.ended_ms(execution);
        self.oldest_ms = smaller(ended_ms, self.oldest_ms);
        ended_ms
    }

    /// Links the spans of an execution in the given order.
    fn link_spans(&mut self, execution: ExecutionRef, spans: impl Iterator<Item = SpanRef>) {
        let mut previous = None;
        for span in spans {
            match previous {
                None => self.executions.set_first_span(execution, span),
                Some(previous) => self.spans.link_to(previous, span),
            }
            previous = Some(span);
        }
    }

    /// Lists a held execution in place of the `older` one of its id, if there is one.
    fn list_completed(
        &mut self,
        execution: ExecutionRef,
        ended_ms: f64,
        older: Option<ExecutionRef>,
        limit: usize,
    ) {
        let completed = self.ended.completed_mut();
        if let Some(older) = older {
            completed.replace(older, execution, ended_ms);
            self.unlist_execution(older);
        } else {
            completed.push(execution, ended_ms);
        }
        self.trim_completed(limit);
    }

    fn list_pipeline(&mut self, execution: ExecutionRef, ended_ms: f64, limit: usize) {
        self.ended.pipeline_mut().push(execution, ended_ms);
        self.trim_pipeline(limit);
    }

    /// Releases an execution that never completed, and its `spans`; spans listed by their stages
    /// stay.
    pub fn abandon_execution(
        &mut self,
        execution: ExecutionRef,
        spans: impl Iterator<Item = SpanRef>,
    ) {
        self.link_spans(execution, spans);
        self.unlist_execution(execution);
    }

    /// Stores an execution that a caller put in manually, among the completed ones.
    pub fn put_completed(
        &mut self,
        id: &str,
        record: ExecutionRecord,
        given: Box<str>,
        limit: usize,
    ) {
        let execution = self.executions.insert(id, &record, Some(given));
        let ended_ms = self.note_end_of(execution);
        let older = self.executions.put_by_id(execution);
        self.list_completed(execution, ended_ms, older, limit);
    }

    /// Stores an execution that a caller put in manually, in the pipeline history.
    pub fn put_pipeline(&mut self, record: ExecutionRecord, given: Box<str>, limit: usize) {
        let execution = self.executions.insert("", &record, Some(given));
        let ended_ms = self.note_end_of(execution);
        self.list_pipeline(execution, ended_ms, limit);
    }
}

/// Reading records.
impl History {
    /// A stored span, without its parent.
    pub fn span(&self, span: SpanRef) -> SpanRecord {
        let execution = self.spans.execution_of(span);
        self.spans.record(span, &self.executions.base(execution))
    }

    /// When a stored span ended, on the monotonic scale; its age counts from there.
    pub fn span_ended_ms(&self, span: SpanRef) -> f64 {
        let execution = self.spans.execution_of(span);
        self.spans.ended_ms(span, &self.executions.base(execution))
    }

    /// How long a stored span took, in ms.
    #[inline]
    pub fn span_duration_ms(&self, span: SpanRef) -> f64 {
        self.spans.duration_ms(span)
    }

    /// The figures of a stored span without its execution. Cost: one slot read, where
    /// [`History::span`] looks up the execution, too.
    #[inline]
    pub fn figures(&self, span: SpanRef) -> SpanFigures {
        self.spans.figures(span)
    }

    /// The caller's JSON text, if it put the span in manually.
    pub fn given_span(&self, span: SpanRef) -> Option<&str> {
        self.spans.given(span)
    }

    /// The id of the execution a span belongs to, if it does.
    pub fn execution_id_of(&self, span: SpanRef) -> Option<Cow<'_, str>> {
        let execution = self.spans.execution_of(span);
        if execution == NO_EXECUTION {
            return self.spans.execution_id(span).map(Cow::Borrowed);
        }
        Some(self.executions.id(execution))
    }

    /// The execution a span belongs to, if it does.
    pub fn execution_of(&self, span: SpanRef) -> Option<ExecutionRef> {
        let execution = self.spans.execution_of(span);
        (execution != NO_EXECUTION).then_some(execution)
    }

    /// The spans of an execution that ended, in the order they started.
    pub fn spans_of(&self, execution: ExecutionRef) -> impl Iterator<Item = SpanRecord> + '_ {
        let base = self.executions.base(execution);
        let mut lineage = Lineage::default();
        self.refs_of(execution)
            .map(move |span| self.spans.record_after(&mut lineage, span, &base))
    }

    /// The figures of each of [`History::spans_of`].
    pub fn figures_of(&self, execution: ExecutionRef) -> impl Iterator<Item = SpanFigures> + '_ {
        self.refs_of(execution).map(|span| self.spans.figures(span))
    }

    fn refs_of(&self, execution: ExecutionRef) -> impl Iterator<Item = SpanRef> + '_ {
        let mut next = self.executions.first_span(execution);
        std::iter::from_fn(move || {
            let span = next?;
            next = match self.spans.link(span) {
                Link::Span(following) => Some(following),
                Link::Execution(_) => None,
            };
            Some(span)
        })
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
        self.ended.completed()
    }

    /// Ended executions, oldest first; `None` before the first.
    pub fn pipeline(&self) -> Option<&AgedList> {
        self.ended.pipeline()
    }

    /// A number that changes whenever something is listed or evicted.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How often a stage was emptied: counts of what was listed begin anew.
    pub fn emptied(&self) -> u64 {
        self.emptied
    }

    /// A value that changes whenever the records of a stage, or their labels, do; `None` without a
    /// list.
    pub fn series_version(&self, stage: StageId) -> Option<SeriesVersion> {
        let list = self.series(stage)?;
        Some(SeriesVersion {
            emptied: self.emptied,
            labelled: self.labelled,
            pushed: list.pushed(),
            stored: list.len(),
        })
    }

    /// How often records were removed, or their labels changed.
    pub fn rewritten(&self) -> u64 {
        self.emptied + self.labelled
    }

    /// No listed record ended before this, on the monotonic scale.
    pub fn oldest_ms(&self) -> f64 {
        self.oldest_ms
    }

    /// Numbers of stored spans and executions, listed or only named.
    pub fn stored(&self) -> (usize, usize) {
        (self.spans.len(), self.executions.len())
    }
}

#[cfg(test)]
mod tests;
