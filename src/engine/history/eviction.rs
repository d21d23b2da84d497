//! Eviction by count, by age, or by a caller.

use super::executions::Released;
use super::spans::Link;
use super::{AgedList, ExecutionRef, History, SpanRef, StageId, NO_EXECUTION};

impl History {
    /// Trims every stage, the completed executions and the pipeline history to `limit` records.
    ///
    /// Cost: one comparison per stage if there is nothing to trim.
    pub fn trim(&mut self, limit: usize) {
        for stage in 0..self.series.len() as StageId {
            self.trim_series(stage, limit);
        }
        if self.ended.is_one() {
            self.trim_one(limit);
        } else {
            self.trim_completed(limit);
            self.trim_pipeline(limit);
        }
    }

    /// Trims the completed executions and the pipeline history, if they are one list.
    #[inline]
    pub(super) fn trim_one(&mut self, limit: usize) {
        while let Some(oldest) = self.ended.pop_one_beyond(limit) {
            self.forget_completed(oldest);
            self.unlist_execution(oldest);
        }
    }

    /// Trims the completed executions alone.
    pub(super) fn trim_completed(&mut self, limit: usize) {
        while let Some(oldest) = self.ended.completed_mut().pop_beyond(limit) {
            self.forget_completed(oldest);
        }
    }

    /// Trims a separate pipeline history.
    pub(super) fn trim_pipeline(&mut self, limit: usize) {
        while let Some(oldest) = self.ended.pop_pipeline_beyond(limit) {
            self.unlist_execution(oldest);
        }
    }

    /// Frees unused memory.
    pub fn shrink(&mut self) {
        self.spans.shrink();
        self.executions.shrink();
        self.series.shrink_to_fit();
        self.gone = Vec::new();
    }

    /// Bytes that the records take. Cost: nothing.
    pub fn bytes(&self) -> usize {
        self.spans.bytes() + self.executions.bytes()
    }

    /// Removes every listed record that ended before `cutoff_ms` on the monotonic scale.
    ///
    /// Cost: one comparison if no record can be that old.
    pub fn evict_older(&mut self, cutoff_ms: f64) {
        if self.oldest_ms >= cutoff_ms {
            return;
        }
        let oldest_span_ms = self.evict_spans(cutoff_ms);
        self.oldest_ms = oldest_span_ms.min(self.evict_executions(cutoff_ms));
    }

    fn evict_spans(&mut self, cutoff_ms: f64) -> f64 {
        let mut gone = std::mem::take(&mut self.gone);
        let mut oldest = f64::INFINITY;
        let mut series = std::mem::take(&mut self.series);
        for list in series.iter_mut().flatten() {
            let ended_of = |span| self.span_ended_ms(span);
            oldest = oldest.min(list.evict_older(cutoff_ms, ended_of, &mut gone));
        }
        self.series = series;
        for span in gone.drain(..) {
            self.release_from_series(span);
        }
        self.gone = gone;
        oldest
    }

    fn evict_executions(&mut self, cutoff_ms: f64) -> f64 {
        let mut gone = std::mem::take(&mut self.gone);
        let executions = &self.executions;
        let ended_of = |execution: u32| executions.ended_ms(execution);
        let (completed_gone, oldest) = self.ended.evict_older(cutoff_ms, ended_of, &mut gone);
        let is_one = self.ended.is_one();
        for (place, execution) in gone.drain(..).enumerate() {
            let was_completed = place < completed_gone;
            if was_completed {
                self.forget_completed(execution);
            }
            if is_one || !was_completed {
                self.unlist_execution(execution);
            }
        }
        self.gone = gone;
        oldest
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

    /// Removes a stage's records but not its place among the stages.
    pub fn empty_series(&mut self, stage: StageId) {
        let mut list = std::mem::take(self.ensure_series(stage));
        self.drain_series(&mut list);
    }

    fn drain_series(&mut self, list: &mut AgedList) {
        self.emptied += 1;
        let mut gone = std::mem::take(&mut self.gone);
        list.clear(&mut gone);
        for span in gone.drain(..) {
            self.release_from_series(span);
        }
        self.gone = gone;
    }

    /// Removes the completed execution of that id; false if there is none.
    pub fn remove_completed(&mut self, id: &str) -> bool {
        let Some(execution) = self.executions.take_by_id(id) else {
            return false;
        };
        self.ended.completed_mut().remove(execution);
        self.unlist_execution(execution);
        true
    }

    /// Removes the pipeline history; false if there was none.
    pub fn remove_pipeline(&mut self) -> bool {
        let Some(mut list) = self.ended.take_pipeline() else {
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
        self.ended.pipeline_mut();
    }

    pub(super) fn forget_completed(&mut self, execution: ExecutionRef) {
        self.executions.drop_by_id(execution);
        self.unlist_execution(execution);
    }

    pub(super) fn unlist_execution(&mut self, execution: ExecutionRef) {
        self.version += 1;
        let Released::Without(mut span) = self.executions.release(execution) else {
            return;
        };
        let mut naming = 0;
        while let Some(current) = span {
            let (link, is_free) = self.spans.leave_execution(current, execution);
            span = match link {
                Link::Span(next) => Some(next),
                Link::Execution(_) => None,
            };
            naming += u32::from(!is_free);
        }
        self.executions.leave_to(execution, naming);
    }

    #[inline]
    pub(super) fn release_from_series(&mut self, span: SpanRef) {
        self.version += 1;
        match self.spans.leave_series(span) {
            None | Some(NO_EXECUTION) => {}
            Some(execution) => self.executions.unname(execution),
        }
    }
}
