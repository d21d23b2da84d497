//! The one store of a collector, behind its one lock.
//!
//! Nothing here calls a listener: every method returns what happened, and the caller dispatches it
//! after the lock is released. A listener may therefore call back in.

mod alerts;
mod bounds;
mod inputs;
mod lifecycle;
mod manual;
mod outcome;
mod summary;

pub use inputs::{At, PipelineEnd, PipelineStart, StageEnd, StageStart, ThreadUsage};
pub use outcome::{PathStep, PipelineOutcome};
pub use summary::{StageAggregate, Summary, WINDOW};

use crate::engine::alerting::alert::Alert;
use crate::engine::alerting::alert_log::AlertLog;
use crate::engine::alerting::evaluator::Stage;
use crate::engine::analysis::findings::Findings;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::bounded_text::bounded;
use crate::engine::config::Config;
use crate::engine::history::{
    CustomLabel, ExecutionRef, History, LabelId, Overflow, Parent, Pool, SpanRecord, SpanRef,
    StageId,
};
use crate::engine::overhead::Overhead;
use crate::engine::stats::rollup::Merged;
use crate::engine::time::{MonotonicClock, Nanos, Reading, SystemClock};
use parking_lot::{Mutex, MutexGuard};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// The name of overflow stages: beyond the most stage names, or spans of an execution.
const OVERFLOW_STAGE: &str = "(overflow)";

/// Index of a running execution.
pub type SlotId = u32;

/// Counters of problems without a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Counts and sizes that were negative, infinite or no number.
    pub invalid_numbers: u64,
    /// Executions that never completed.
    pub abandoned_executions: u64,
}

/// A stage of a running execution: its start, and the part of its completion that the analysis of
/// the whole run reads. The rest is in the history, so that a run touches little memory.
#[derive(Debug)]
struct RunningSpan {
    start: Nanos,
    /// Heap in use at the start; NaN if not read.
    heap: f64,
    input_size: f64,
    expected_output_size: f64,
    stage: StageId,
    complexity: LabelId,
    configuration: LabelId,
    /// Its parent.
    parent: Option<Parent>,
    /// Where it is stored once completed.
    stored_as: Option<SpanRef>,
    duration_ms: f64,
    items: f64,
    memory_delta: f64,
    usage: Option<ThreadUsage>,
}

impl RunningSpan {
    /// Without a parent; sizes as checked.
    #[inline]
    fn new(start: &StageStart, now: Nanos, [input_size, expected_output_size]: [f64; 2]) -> Self {
        Self {
            start: now,
            heap: start.heap,
            input_size,
            expected_output_size,
            stage: start.stage,
            complexity: start.complexity,
            configuration: start.configuration,
            parent: None,
            stored_as: None,
            duration_ms: 0.0,
            items: 0.0,
            memory_delta: 0.0,
            usage: start.usage,
        }
    }

    /// As it started.
    fn started(&self) -> SpanRecord {
        let heap = inputs::or_zero(self.heap);
        SpanRecord {
            input_size: self.input_size,
            expected_output_size: self.expected_output_size,
            complexity: self.complexity,
            configuration: self.configuration,
            parent: self.parent,
            heap_read: self.heap.is_finite(),
            ..SpanRecord::started(self.stage, self.start.as_millis(), heap)
        }
    }

    /// The stage as the analysis reads it, once completed.
    fn completed(&self) -> Option<StageRun> {
        self.stored_as.is_some().then(|| StageRun {
            stage: self.stage,
            start_ms: self.start.as_millis(),
            duration_ms: self.duration_ms,
            self_ms: self.duration_ms,
            items: self.items,
            input_size: self.input_size,
            memory_delta: self.memory_delta,
            parent: None,
        })
    }
}

#[derive(Debug)]
struct Running {
    execution: ExecutionRef,
    start: Nanos,
    /// Heap in use at the start; NaN if not read.
    heap: f64,
    spans: Vec<RunningSpan>,
    /// Running overflow stages.
    beyond: Pool<RunningSpan>,
    /// Ended overflow stages.
    overflow: Overflow,
    /// Neighbours in the order of the starts.
    older: Option<SlotId>,
    newer: Option<SlotId>,
}

/// The whole state of a collector.
#[derive(Debug)]
pub struct State {
    /// Settings in force.
    pub config: Config,
    /// Spans and executions.
    pub history: History,
    /// Raised alerts.
    pub alerts: AlertLog,
    /// Counters of problems.
    pub counters: Counters,
    /// The cost of measuring.
    pub overhead: Overhead,
    /// Changes other than new records.
    manual_changes: u64,
    /// Findings about the current history.
    pub findings: Findings,
    clock: SystemClock,
    running: Pool<Running>,
    order: bounds::Order,
    evicted: Vec<SlotId>,
    /// No running execution started before this on the monotonic scale; may be too low, never too high.
    oldest_running_ms: f64,
    spare_spans: Vec<Vec<RunningSpan>>,
    /// Scratch: the stages of an execution that completes.
    stage_runs: StageRuns,
    raised: Vec<Alert>,
    /// The execution in which the level shift among them began, if known.
    shifted_since: Option<Box<str>>,
    stages: Vec<Stage>,
    labels: Vec<Box<str>>,
    threshold_order: Vec<StageId>,
    normal_order: Vec<StageId>,
    pipeline_total: StageId,
    overflow_stage: StageId,
}

/// A shared [`State`].
#[derive(Debug)]
pub struct Recorder {
    state: Mutex<State>,
    faulted: AtomicBool,
}

/// The lock on a [`State`]. A panic while it is held marks the recorder faulted, because the state
/// may be half written.
#[derive(Debug)]
pub struct StateGuard<'a> {
    state: MutexGuard<'a, State>,
    faulted: &'a AtomicBool,
}

impl Deref for StateGuard<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.faulted.store(true, Ordering::Relaxed);
        }
    }
}

impl Recorder {
    /// An empty store. `pipeline_total` is the name under which whole pipelines have their
    /// thresholds and their baseline.
    pub fn new(clock: MonotonicClock, pipeline_total: &str) -> Self {
        let mut state = State {
            config: Config::default(),
            history: History::default(),
            alerts: AlertLog::default(),
            counters: Counters::default(),
            overhead: Overhead::default(),
            manual_changes: 0,
            findings: Findings::default(),
            clock: SystemClock::new(clock),
            running: Pool::default(),
            order: bounds::Order::default(),
            evicted: Vec::new(),
            oldest_running_ms: f64::INFINITY,
            spare_spans: Vec::new(),
            stage_runs: StageRuns::default(),
            raised: Vec::new(),
            shifted_since: None,
            stages: Vec::new(),
            labels: Vec::new(),
            threshold_order: Vec::new(),
            normal_order: Vec::new(),
            pipeline_total: 0,
            overflow_stage: 0,
        };
        state.pipeline_total = state.intern_stage(pipeline_total);
        Self {
            state: Mutex::new(state),
            faulted: AtomicBool::new(false),
        }
    }

    /// The store, as long as the guard lives; `None` once a panic may have left it half written.
    /// Call no listener while holding it.
    pub fn lock(&self) -> Option<StateGuard<'_>> {
        let state = self.state.lock();
        (!self.is_faulted()).then_some(StateGuard {
            state,
            faulted: &self.faulted,
        })
    }

    /// Whether a panic happened while the store was being changed.
    pub fn is_faulted(&self) -> bool {
        self.faulted.load(Ordering::Relaxed)
    }
}

impl State {
    /// A number for a stage name. The caller asks once per name and caches the answer.
    pub fn intern_stage(&mut self, name: &str) -> StageId {
        self.stages.push(Stage::named(&bounded(name)));
        (self.stages.len() - 1) as StageId
    }

    /// A number for a label. The caller asks once per label and caches the answer.
    pub fn intern_label(&mut self, label: &str) -> LabelId {
        self.labels.push(bounded(label).into());
        (self.labels.len() - 1) as LabelId
    }

    /// The text of a label.
    pub fn label(&self, label: LabelId) -> Option<&str> {
        self.labels.get(label as usize).map(AsRef::as_ref)
    }

    /// Durations of a stage's completions in windows that end after `since_ms` on the monotonic
    /// scale.
    pub fn durations_since(&mut self, stage: StageId, since_ms: f64) -> Option<Merged> {
        let known = self.stages.get_mut(stage as usize)?;
        Some(known.durations.since(since_ms))
    }

    /// The stage that represents whole pipelines.
    pub fn pipeline_total(&self) -> StageId {
        self.pipeline_total
    }

    /// How many stages have a number; those are from 0 on.
    pub fn stage_count(&self) -> StageId {
        self.stages.len() as StageId
    }

    /// Sets the stage that represents overflow stages; until then, whole pipelines do.
    pub fn name_overflow_stage(&mut self) {
        self.overflow_stage = self.intern_stage(OVERFLOW_STAGE);
    }

    /// The stage that represents overflow stages.
    pub fn overflow_stage(&self) -> StageId {
        self.overflow_stage
    }

    /// The state of a stage.
    pub fn stage(&self, stage: StageId) -> Option<&Stage> {
        self.stages.get(stage as usize)
    }

    /// Stages with an entry among the thresholds, in the order they got it.
    pub fn thresholds(&self) -> &[StageId] {
        &self.threshold_order
    }

    /// Stages with a baseline, in the order they got it.
    pub fn normals(&self) -> &[StageId] {
        &self.normal_order
    }

    /// Running executions.
    pub fn running(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.running.indices()
    }

    /// Where the running executions are stored.
    pub fn running_executions(&self) -> impl Iterator<Item = ExecutionRef> + '_ {
        let slots = self.running.indices();
        slots.map(|slot| self.running[slot].execution)
    }

    /// The running execution in `slot` and its spans, in the order they started.
    pub fn running_spans(
        &self,
        slot: SlotId,
    ) -> Option<(ExecutionRef, impl Iterator<Item = SpanRecord> + '_)> {
        let running = self.running.get(slot)?;
        let record = |span: &RunningSpan| match span.stored_as {
            Some(stored) => SpanRecord {
                parent: span.parent,
                ..self.history.span(stored)
            },
            None => span.started(),
        };
        Some((running.execution, running.spans.iter().map(record)))
    }

    /// Stores labels that a caller gave the execution in `slot` and its stages; no effect if none
    /// runs there.
    pub fn store_labels(&mut self, slot: SlotId, labels: Box<[CustomLabel]>) {
        if let Some(running) = self.running.get(slot) {
            self.history.store_labels(running.execution, labels);
        }
    }

    /// Both clocks now, with a new reading of the wall clock.
    pub fn system_time(&mut self) -> Reading {
        self.clock.anchor()
    }

    /// Reads the wall clock afresh where that was a while ago, for times that were read before.
    pub fn anchor(&mut self) {
        self.clock.read_anchored();
    }

    /// A number that changes whenever records, alerts or baselines do.
    pub fn version(&self) -> u64 {
        self.history.version() + self.manual_changes
    }

    /// Whether anything stored or running exceeds its maximum age at `now_ms`, on the monotonic
    /// scale.
    pub fn cleanup_due(&self, now_ms: f64) -> bool {
        let cutoff = now_ms - self.config.retention_period_ms;
        self.history.oldest_ms() < cutoff || self.oldest_running_ms < cutoff
    }

    /// Removes what is older than the retention period at `now_ms`, and appends the slots of executions
    /// abandoned for that reason to `abandoned`.
    pub fn cleanup(&mut self, now_ms: f64, abandoned: &mut Vec<SlotId>) {
        let cutoff = now_ms - self.config.retention_period_ms;
        self.manual_changes += 1;
        self.history.evict_older(cutoff);
        self.history.trim(self.config.max_history_size);
        self.alerts.evict_older(cutoff);
        self.alerts.trim(self.config.max_history_size);
        for stage in &mut self.stages {
            stage.durations.evict_older(cutoff);
        }
        if self.oldest_running_ms >= cutoff {
            return;
        }
        self.oldest_running_ms = f64::INFINITY;
        for slot in self.running.indices().collect::<Vec<_>>() {
            let started = self.running[slot].start.as_millis();
            if started < cutoff {
                self.abandon(slot);
                abandoned.push(slot);
            } else {
                self.oldest_running_ms = self.oldest_running_ms.min(started);
            }
        }
    }
}

#[cfg(test)]
mod tests;
