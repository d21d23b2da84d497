//! Start and completion of executions and stages.

use super::bounds::{Ended, BEYOND};
use super::inputs::{growth, or_zero, At, PipelineEnd, PipelineStart, StageEnd, StageStart};
use super::{PipelineOutcome, Running, RunningSpan, SlotId, State};
use crate::engine::alerting::completion::Completion;
use crate::engine::analysis::recent_trend::{recent_trend, RecentTrend, RECENT_RUNS};
use crate::engine::history::{
    ExecutionRecord, ExecutionRef, History, Overflow, Parent, Pool, SpanRecord,
};
use crate::engine::time::{whole, Interval, Nanos, Reading};

/// Capacity in spans of a reused list, more than most executions have.
const SPARE_SPANS: usize = 64;
/// Most lists held for reuse, more than most programs have concurrent executions.
const SPARES: usize = 32;

impl Running {
    /// The parent of a starting stage: span `around`, or the innermost open one around it.
    fn parent(&self, mut around: u32) -> Option<Parent> {
        loop {
            let span = self.spans.get(around as usize)?;
            if span.stored_as.is_none() {
                break;
            }
            around = span.parent?.span;
        }
        let mut steps = 1;
        let mut above = self.spans.len() as u32 - 1;
        while above != around && steps < Parent::FAR {
            let Some(parent) = self.spans[above as usize].parent else {
                steps = Parent::FAR;
                break;
            };
            above = parent.span;
            steps += 1;
        }
        Some(Parent {
            span: around,
            steps,
        })
    }
}

impl State {
    /// Starts an execution and returns its slot and its start in ms.
    pub fn start_pipeline(&mut self, id: &str, start: &PipelineStart) -> (SlotId, f64) {
        self.start(start, |history, record| history.open_execution(id, record))
    }

    /// The same for an execution without an id: one is generated from a unique number.
    pub fn start_own_pipeline(&mut self, sequence: u64, start: &PipelineStart) -> (SlotId, f64) {
        self.start(start, |history, record| {
            history.open_own_execution(sequence, record)
        })
    }

    #[inline]
    fn start(
        &mut self,
        start: &PipelineStart,
        open: impl FnOnce(&mut History, ExecutionRecord) -> ExecutionRef,
    ) -> (SlotId, f64) {
        let reading = self.reading_at_start(start.at);
        let record = ExecutionRecord {
            start_ms: reading.now.as_millis(),
            start_wall_ms: reading.wall_ms,
            wall_ms: reading.wall_ms,
            start_memory: or_zero(start.heap),
            action_count: self.count(start.action_count),
            verbosity: start.verbosity,
            environment: start.environment,
            success: true,
            heap_read: start.heap.is_finite(),
            ..ExecutionRecord::default()
        };
        self.oldest_running_ms = self.oldest_running_ms.min(record.start_ms);
        let execution = open(&mut self.history, record);
        let slot = self.running.insert(Running {
            execution,
            start: reading.now,
            heap: start.heap,
            spans: self.spare_spans.pop().unwrap_or_default(),
            beyond: Pool::default(),
            overflow: Overflow::default(),
            older: None,
            newer: None,
        });
        self.enlist(slot);
        (slot, record.start_ms)
    }

    /// Starts a stage and returns its place in the execution and its start in ms; `None` if
    /// nothing runs in `slot`.
    #[inline]
    pub fn start_stage(&mut self, slot: SlotId, start: &StageStart) -> Option<(u32, f64)> {
        let now = match Nanos::from_millis(start.at.now_ms) {
            Some(now) => now,
            None => self.clock.now(),
        };
        let input_size = self.count(start.input_size);
        let expected_output_size = self.count(start.expected_output_size);
        let most = self.config.max_stages_per_execution;
        let running = self.running.get_mut(slot)?;
        let parent = start.parent.and_then(|span| running.parent(span));
        let span = RunningSpan {
            parent,
            ..RunningSpan::new(start, now, [input_size, expected_output_size])
        };
        if running.spans.len() >= most {
            return Some((BEYOND | running.beyond.insert(span), now.as_millis()));
        }
        running.spans.push(span);
        Some(((running.spans.len() - 1) as u32, now.as_millis()))
    }

    /// Completes a stage; `None` if it does not run. [`State::raised`] has its alerts.
    pub fn complete_stage(
        &mut self,
        slot: SlotId,
        span: u32,
        end: &StageEnd,
    ) -> Option<SpanRecord> {
        self.complete_stage_with(slot, span, end, |record| *record)
    }

    /// The same, but returns what `read` returns for the record.
    #[inline]
    pub fn complete_stage_with<T>(
        &mut self,
        slot: SlotId,
        span: u32,
        end: &StageEnd,
        read: impl FnOnce(&SpanRecord) -> T,
    ) -> Option<T> {
        let ended = self.ended(end);
        if span & BEYOND != 0 {
            let record = self.complete_beyond(slot, span & !BEYOND, ended)?;
            return Some(read(&record));
        }
        let running = self.running.get_mut(slot)?;
        let execution = running.execution;
        let running_span = running.spans.get_mut(span as usize)?;
        if running_span.stored_as.is_some() {
            return None;
        }
        let record = ended.record_of(running_span);
        let interval = Interval::new(running_span.start, ended.reading.now);
        let make = || ended.record_of(running_span);
        let limit = self.config.max_history_size;
        let stored = self
            .history
            .record_span(execution, record.stage, interval, make, limit);
        running_span.stored_as = Some(stored);
        running_span.duration_ms = record.duration_ms;
        running_span.items = record.items;
        running_span.memory_delta = record.memory_delta;
        let completion = Completion::of_stage(&record);
        self.judge_in(execution, record.stage, &completion, ended.reading);
        self.count_failure(record.stage, record.success);
        Some(read(&record))
    }

    /// The end of a stage, with its counts checked and its times read.
    #[expect(
        clippy::inline_always,
        reason = "where it is used, much of it is known, and nothing has to be stored"
    )]
    #[inline(always)]
    pub(super) fn ended(&mut self, end: &StageEnd) -> Ended {
        let reading = self.reading(end.at);
        let bytes = if end.bytes.is_nan() {
            end.bytes
        } else {
            self.count(end.bytes)
        };
        let end = StageEnd {
            output_size: self.count(end.output_size),
            items: self.count(end.items),
            errors: self.count(end.errors),
            warnings: self.count(end.warnings),
            retries: self.count(end.retries),
            bytes,
            ..*end
        };
        Ended { reading, end }
    }

    /// Completes an execution and analyses it into `outcome`; false if nothing runs in `slot`.
    /// [`State::raised`] has the alerts of the whole pipeline.
    pub fn complete_pipeline(
        &mut self,
        slot: SlotId,
        end: &PipelineEnd,
        outcome: &mut PipelineOutcome,
    ) -> bool {
        self.end_pipeline(slot, end, Some(outcome)).is_some()
    }

    /// The same, analysed only if there is an `outcome` to fill; returns the execution, or `None`
    /// if nothing runs in `slot`.
    pub fn end_pipeline(
        &mut self,
        slot: SlotId,
        end: &PipelineEnd,
        outcome: Option<&mut PipelineOutcome>,
    ) -> Option<ExecutionRef> {
        let reading = self.reading(end.at);
        let counts = [end.items, end.output_size, end.errors].map(|value| self.count(value));
        let running = self.unlist(slot)?;
        let execution = running.execution;
        let mut record = self.history.executions.start(execution);
        record.duration_ms = reading.now.millis_since(running.start);
        record.wall_ms = reading.wall_ms;
        record.success = end.success;
        (record.memory_delta, record.heap_read) = growth(running.heap, end.heap);
        [record.items, record.output_size, record.errors] = counts;
        self.history.end_execution(execution, &record);
        let mut outcome = outcome;
        if let Some(outcome) = outcome.as_deref_mut() {
            let spans = running.spans.iter();
            self.stage_runs.load(spans.map(|span| {
                let parent = span.parent.map(|parent| parent.span);
                (parent, span.completed())
            }));
            outcome.derive(&record, &self.stage_runs);
            outcome.add_overflow(self.overflow_stage, &running.overflow);
            outcome.execution = execution;
        }
        if running.overflow.count > 0 {
            self.history.set_overflow(execution, running.overflow);
        }
        self.store_ended(execution, running, true);
        if let Some(outcome) = outcome {
            outcome.trend = self.trend_against_recent(record.duration_ms);
            outcome.cleanup_due = self.cleanup_due(reading.now.as_millis());
        }
        let completion = Completion::of_execution(&record);
        self.judge_in(execution, self.pipeline_total, &completion, reading);
        self.count_failure(self.pipeline_total, record.success);
        Some(execution)
    }

    /// Abandons an execution, and counts that; false if nothing runs in `slot`.
    pub fn abandon(&mut self, slot: SlotId) -> bool {
        let Some(running) = self.unlist(slot) else {
            return false;
        };
        self.counters.abandoned_executions += 1;
        self.store_ended(running.execution, running, false);
        true
    }

    fn store_ended(&mut self, execution: ExecutionRef, mut running: Running, completed: bool) {
        let mut spans = std::mem::take(&mut running.spans);
        for span in &mut spans {
            if span.stored_as.is_none() {
                let record = || span.started();
                let stored = self.history.store_unfinished(execution, span.start, record);
                span.stored_as = Some(stored);
            }
        }
        let stored = spans.iter().filter_map(|span| span.stored_as);
        if completed {
            self.history
                .close_execution(execution, stored, self.config.max_history_size);
        } else {
            self.history.abandon_execution(execution, stored);
        }
        spans.clear();
        if spans.capacity() <= SPARE_SPANS && self.spare_spans.len() < SPARES {
            self.spare_spans.push(spans);
        }
    }

    /// A duration compared with the mean of the last five runs; `None` with fewer.
    pub fn trend_against_recent(&self, current_ms: f64) -> Option<RecentTrend> {
        let list = self.history.pipeline()?;
        let recent = list.last(RECENT_RUNS);
        recent_trend(
            current_ms,
            recent.map(|e| self.history.executions.duration_ms(e)),
        )
    }

    fn reading_at_start(&mut self, at: At) -> Reading {
        if at.now_ms.is_finite() {
            self.reading(at)
        } else {
            self.clock.read_anchored()
        }
    }

    /// Both times as given, missing ones from the system's clock.
    #[inline]
    pub fn reading(&self, at: At) -> Reading {
        match Nanos::from_millis(at.now_ms) {
            Some(now) if at.wall_ms.is_finite() => Reading {
                now,
                wall_ms: whole(at.wall_ms),
            },
            Some(now) => self.clock.at(now),
            None => self.clock.read(),
        }
    }

    /// A count or a size as given; 0, counted, if it cannot be one.
    #[inline]
    pub(super) fn count(&mut self, value: f64) -> f64 {
        // As integers, nonnegative doubles are in order, with infinity above them, followed by
        // those with a sign.
        if value.to_bits() < f64::INFINITY.to_bits() {
            value
        } else {
            self.no_count(value)
        }
    }

    #[cold]
    fn no_count(&mut self, value: f64) -> f64 {
        if value == 0.0 {
            return value;
        }
        self.counters.invalid_numbers += 1;
        0.0
    }
}
