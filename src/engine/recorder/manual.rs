//! Manual changes by callers: the live Maps, and thresholds.

use super::inputs::At;
use super::{SlotId, State};
use crate::engine::alerting::baseline_exceeded::Normal;
use crate::engine::alerting::completion::Completion;
use crate::engine::alerting::threshold::Threshold;
use crate::engine::history::{ExecutionRecord, SpanRecord, StageId};

impl State {
    /// Stores one entry of a stage, with the caller's JSON text. It counts like a measured run.
    pub fn put_entry(&mut self, record: &SpanRecord, given: Box<str>) {
        self.history
            .put_span(record, given, self.config.max_history_size);
        self.count_entry(record);
    }

    fn count_entry(&mut self, record: &SpanRecord) {
        let at = At {
            now_ms: record.start_ms,
            wall_ms: record.wall_ms,
        };
        let completion = Completion::of_stage(record);
        self.count_put(record.stage, &completion, at, record.success);
    }

    fn count_put(&mut self, stage: StageId, completion: &Completion, at: At, success: bool) {
        let at = self.reading(at);
        if let Some(known) = self.stages.get_mut(stage as usize) {
            known.count(completion, at, &self.config);
        }
        self.count_failure(stage, success);
    }

    fn forget_counts(&mut self, stage: StageId) {
        if let Some(known) = self.stages.get_mut(stage as usize) {
            known.forget_counts();
        }
    }

    /// Replaces all entries of a stage, without trimming: only the given ones count.
    pub fn replace_entries(
        &mut self,
        stage: StageId,
        entries: impl Iterator<Item = (SpanRecord, Box<str>)>,
    ) {
        self.history.empty_series(stage);
        self.forget_counts(stage);
        for (record, given) in entries {
            self.history.put_span(&record, given, usize::MAX);
            self.count_entry(&record);
        }
    }

    /// Stores one completed execution, with the caller's JSON text.
    pub fn put_completed(&mut self, id: &str, record: ExecutionRecord, given: Box<str>) {
        self.history
            .put_completed(id, record, given, self.config.max_history_size);
    }

    /// Stores one entry of the pipeline history, with the caller's JSON text. It counts like a
    /// measured run.
    pub fn put_pipeline(&mut self, record: ExecutionRecord, given: Box<str>) {
        self.count_execution(&record);
        self.history
            .put_pipeline(record, given, self.config.max_history_size);
    }

    fn count_execution(&mut self, record: &ExecutionRecord) {
        let at = At {
            now_ms: record.start_ms,
            wall_ms: record.wall_ms,
        };
        let completion = Completion::of_execution(record);
        self.count_put(self.pipeline_total, &completion, at, record.success);
    }

    /// Replaces the pipeline history, without trimming.
    pub fn replace_pipeline(&mut self, entries: impl Iterator<Item = (ExecutionRecord, Box<str>)>) {
        self.history.remove_pipeline();
        self.history.ensure_pipeline();
        self.forget_counts(self.pipeline_total);
        for (record, given) in entries {
            self.count_execution(&record);
            self.history.put_pipeline(record, given, usize::MAX);
        }
    }

    /// Sets a stage's thresholds, or removes its entry; false if there was none to remove.
    pub fn set_threshold(&mut self, stage: StageId, threshold: Option<Threshold>) -> bool {
        let Some(known) = self.stages.get_mut(stage as usize) else {
            return false;
        };
        place(
            &mut self.threshold_order,
            stage,
            &mut known.threshold,
            threshold,
        )
    }

    /// Learns what is normal for a stage from a completion that is not recorded.
    pub fn learn(&mut self, stage: StageId, completion: &Completion) {
        self.manual_changes += 1;
        if let Some(known) = self.stages.get_mut(stage as usize) {
            let firsts = known.learn(completion, f64::NAN, &self.config);
            self.list_firsts(stage, firsts);
        }
    }

    /// Sets what is normal for a stage, or removes it; false if there was none to remove.
    /// The robust baseline of a stage that has one stays.
    pub fn set_normal(&mut self, stage: StageId, normal: Option<Normal>) -> bool {
        self.manual_changes += 1;
        let Some(known) = self.stages.get_mut(stage as usize) else {
            return false;
        };
        let normal = normal.map(|mut given| {
            if let Some(before) = known.normal.take() {
                given.robust = before.robust;
                given.contexts = before.contexts;
            }
            given
        });
        place(&mut self.normal_order, stage, &mut known.normal, normal)
    }

    /// Closes a running execution without counting it as abandoned.
    pub fn discard(&mut self, slot: SlotId) -> bool {
        let discarded = self.abandon(slot);
        if discarded {
            self.counters.abandoned_executions -= 1;
        }
        discarded
    }
}

/// Sets or removes an entry, and appends its key to the order if new.
fn place<T>(
    order: &mut Vec<StageId>,
    stage: StageId,
    slot: &mut Option<T>,
    value: Option<T>,
) -> bool {
    let known = order.contains(&stage);
    match (&value, known) {
        (Some(_), false) => order.push(stage),
        (None, true) => order.retain(|&s| s != stage),
        _ => {}
    }
    let removed = value.is_none() && known;
    *slot = value;
    removed
}
