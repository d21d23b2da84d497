//! Bounds memory: executions and stages that never end, executions of very many stages, stages that
//! outlive their execution, and disposal of the store.

use super::inputs::growth;
use super::{At, Running, RunningSpan, SlotId, StageEnd, StageStart, State};
use crate::engine::alerting::completion::Completion;
use crate::engine::history::{ExecutionRef, Labelled, SpanRecord};
use crate::engine::time::{Nanos, Reading};

/// Marks the number of a stage beyond the most spans of its execution.
pub(super) const BEYOND: u32 = 1 << 31;

/// The end of a stage, with its counts checked and its times read.
#[derive(Clone, Copy)]
pub(super) struct Ended {
    pub reading: Reading,
    pub end: StageEnd,
}

impl Ended {
    /// The record of a stage with this end.
    #[expect(
        clippy::inline_always,
        reason = "where it is used, much of it is known, and nothing has to be stored"
    )]
    #[inline(always)]
    pub fn record_of(&self, span: &RunningSpan) -> SpanRecord {
        let Self { reading, end } = self;
        let (memory_delta, heap_read) = growth(span.heap, end.heap);
        let mut record = SpanRecord {
            duration_ms: reading.now.millis_since(span.start),
            wall_ms: reading.wall_ms,
            memory_delta,
            output_size: end.output_size,
            items: end.items,
            errors: end.errors,
            warnings: end.warnings,
            retries: end.retries,
            bytes: end.bytes,
            success: end.success,
            completed: true,
            heap_read,
            ..span.started()
        };
        if let (Some(before), Some(after)) = (span.usage, end.usage) {
            record.cpu_ms = (after.cpu_ms - before.cpu_ms).max(0.0);
            record.io_operations = (after.io_operations - before.io_operations).max(0.0);
        }
        record
    }
}

/// Running executions, oldest to newest.
#[derive(Debug, Default)]
pub(super) struct Order {
    oldest: Option<SlotId>,
    newest: Option<SlotId>,
}

impl State {
    /// Appends a starting execution, and abandons the oldest if too many run:
    /// [`State::take_evicted`] has its slot.
    pub(super) fn enlist(&mut self, slot: SlotId) {
        let before = self.order.newest.replace(slot);
        if let Some(running) = self.running.get_mut(slot) {
            running.older = before;
        }
        match before.and_then(|before| self.running.get_mut(before)) {
            Some(before) => before.newer = Some(slot),
            None => self.order.oldest = Some(slot),
        }
        while self.running.len() > self.config.max_active_executions {
            let Some(oldest) = self.order.oldest else {
                return;
            };
            self.abandon(oldest);
            self.evicted.push(oldest);
        }
    }

    /// Removes an ending execution; `None` if nothing runs in `slot`.
    pub(super) fn unlist(&mut self, slot: SlotId) -> Option<Running> {
        let running = self.running.remove(slot)?;
        match running.older.and_then(|older| self.running.get_mut(older)) {
            Some(older) => older.newer = running.newer,
            None => self.order.oldest = running.newer,
        }
        match running.newer.and_then(|newer| self.running.get_mut(newer)) {
            Some(newer) => newer.older = running.older,
            None => self.order.newest = running.older,
        }
        Some(running)
    }

    /// Slots of executions abandoned since the last call because too many ran. To be called after
    /// every start, before a slot is reused.
    pub fn take_evicted(&mut self) -> Vec<SlotId> {
        std::mem::take(&mut self.evicted)
    }

    /// The execution that runs in `slot`, and the starts of its open stages by place.
    pub fn unfinished(
        &self,
        slot: SlotId,
    ) -> Option<(ExecutionRef, impl Iterator<Item = (u32, StageStart)> + '_)> {
        let running = self.running.get(slot)?;
        let numbered = (0..).zip(&running.spans);
        let open = numbered.filter(|(_, span)| span.stored_as.is_none());
        let places = open.map(|(place, _)| place);
        let beyond = running.beyond.indices().map(|place| BEYOND | place);
        let start = move |place| Some((place, self.start_of(slot, place)?));
        Some((running.execution, places.chain(beyond).filter_map(start)))
    }

    /// The stage that a label of a running one belongs to; `None` for one beyond those stored.
    pub fn labelled(&self, slot: SlotId, span: u32) -> Option<Labelled> {
        let span = self.running.get(slot)?.spans.get(span as usize)?;
        Some(Labelled::Stage {
            stage: span.stage,
            start_ms: span.start.as_millis(),
        })
    }

    /// The start of a running stage; `None` if it does not run.
    pub fn start_of(&self, slot: SlotId, span: u32) -> Option<StageStart> {
        let running = self.running.get(slot)?;
        let span = if span & BEYOND == 0 {
            running.spans.get(span as usize)?
        } else {
            running.beyond.get(span & !BEYOND)?
        };
        Some(StageStart {
            at: At {
                now_ms: span.start.as_millis(),
                wall_ms: f64::NAN,
            },
            heap: span.heap,
            stage: span.stage,
            parent: None,
            input_size: span.input_size,
            expected_output_size: span.expected_output_size,
            complexity: span.complexity,
            configuration: span.configuration,
            usage: span.usage,
        })
    }

    /// Completes a stage beyond the most spans of its execution: it counts in the history of the
    /// stage, and in the sums of the execution.
    #[cold]
    pub(super) fn complete_beyond(
        &mut self,
        slot: SlotId,
        place: u32,
        ended: Ended,
    ) -> Option<SpanRecord> {
        let running = self.running.get_mut(slot)?;
        let record = ended.record_of(&running.beyond.remove(place)?);
        running.overflow.count = running.overflow.count.saturating_add(1);
        running.overflow.duration_ms += record.duration_ms;
        let id: Box<str> = self.history.executions.id(running.execution).into();
        self.record_alone(&id, &record, ended.reading);
        Some(record)
    }

    /// Records a stage that ends after its execution: in the history of the stage, its baselines
    /// and alerts, marked late, and in no execution. [`State::raised`] has its alerts.
    pub fn complete_late_stage(
        &mut self,
        execution_id: &str,
        start: &StageStart,
        end: &StageEnd,
    ) -> SpanRecord {
        let ended = self.ended(end);
        let [input_size, expected_output_size] =
            [start.input_size, start.expected_output_size].map(|value| self.count(value));
        let started = Nanos::from_millis(start.at.now_ms).unwrap_or(ended.reading.now);
        let span = RunningSpan::new(start, started, [input_size, expected_output_size]);
        let record = SpanRecord {
            late: true,
            ..ended.record_of(&span)
        };
        self.record_alone(execution_id, &record, ended.reading);
        record
    }

    fn record_alone(&mut self, execution_id: &str, record: &SpanRecord, at: Reading) {
        let limit = self.config.max_history_size;
        self.history.record_alone(execution_id, record, limit);
        self.check(record.stage, &Completion::of_stage(record), at, true);
        self.log(record.stage, Some(execution_id), at);
        self.count_failure(record.stage, record.success);
    }

    /// Releases everything running, without counting it, and unused memory.
    pub fn dispose(&mut self) {
        for slot in self.running.indices().collect::<Vec<_>>() {
            self.discard(slot);
        }
        self.running.shrink();
        self.spare_spans = Vec::new();
        self.evicted = Vec::new();
        self.history.shrink();
    }

    /// Bytes that records take, and little more. Cost: nothing.
    pub fn bytes(&self) -> usize {
        self.history.bytes() + self.running.bytes()
    }
}
