//! One collector: its store, its hot functions, its names and its settings.

use super::encode::{push_analysis, push_execution};
use super::hot::{monotonic_nanos, Hot};
use super::layout::{self, custom_label};
use super::settings::Settings;
use super::table::{Table, Texts};
use super::{hot_calls, labels};
use crate::engine::history::StageId;
use crate::engine::recorder::{Recorder, State, StateGuard};
use crate::engine::time::MonotonicClock;
use napi::bindgen_prelude::{Float64Array, Object, ObjectFinalize, Uint32Array};
use napi::{Env, Error, Result};
use napi_derive::napi;
use std::rc::Rc;
use std::sync::Arc;

/// The native side of a collector. Once an internal failure has closed it, every method that
/// returns a `Result` fails.
#[napi(custom_finalize)]
pub struct Collector {
    recorder: Arc<Recorder>,
    hot: Rc<Hot>,
}

impl ObjectFinalize for Collector {
    fn finalize(self, env: Env) -> Result<()> {
        self.hot.forget_memory(env)
    }
}

/// The store of a collector; fails once an internal failure has closed it.
pub(super) fn state_of(recorder: &Recorder) -> Result<StateGuard<'_>> {
    let state = recorder.lock();
    state.ok_or_else(|| Error::from_reason("an earlier internal failure closed this collector"))
}

impl Collector {
    pub(super) fn state(&self) -> Result<StateGuard<'_>> {
        state_of(&self.recorder)
    }

    pub(super) fn recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.recorder)
    }

    /// Changes the state of a stage, and publishes its bounds.
    pub(super) fn change<T>(
        &self,
        stage: StageId,
        work: impl FnOnce(&mut State) -> T,
    ) -> Result<T> {
        let mut state = self.state()?;
        let answer = work(&mut state);
        self.hot.publish(&state, stage);
        Ok(answer)
    }
}

#[napi]
impl Collector {
    /// A collector whose clock reads `now_ms` at this moment.
    ///
    /// # Errors
    ///
    /// If the slab is smaller than the layout says.
    #[napi(constructor, catch_unwind)]
    pub fn new(now_ms: f64, pipeline_total: String, slab: Float64Array) -> Result<Self> {
        let clock = MonotonicClock::over(monotonic_nanos, now_ms);
        let recorder = Arc::new(Recorder::new(clock, &pipeline_total));
        if let Some(mut state) = recorder.lock() {
            state.name_overflow_stage();
        }
        let hot = Hot::new(Arc::clone(&recorder), clock, slab)?;
        Ok(Self { recorder, hot })
    }

    /// Puts the hot functions on `target`.
    ///
    /// # Errors
    ///
    /// If Node-API refuses to make a function.
    #[napi(catch_unwind)]
    pub fn export_hot(&self, env: Env, target: Object<'_>) -> Result<()> {
        hot_calls::export(&self.hot, env, &target)?;
        self.hot.report_memory(env)
    }

    /// The numbers of wired executions abandoned since the last call because too many ran.
    #[napi(catch_unwind)]
    pub fn take_evicted_numbers(&self) -> Uint32Array {
        let mut replay = self.hot.replay.borrow_mut();
        replay.replay.take_evicted_numbers().into()
    }

    /// Slots of executions abandoned since the last call because too many ran.
    #[napi(catch_unwind)]
    pub fn take_evicted(&self) -> Uint32Array {
        let mut replay = self.hot.replay.borrow_mut();
        replay.replay.take_evicted().into()
    }

    /// Releases everything running, and unused memory.
    #[napi(catch_unwind)]
    pub fn dispose(&self, env: Env) -> Result<()> {
        self.state()?.dispose();
        self.hot.dispose();
        self.hot.report_memory(env)
    }

    /// Takes over the facade's array of journal records, and publishes bounds behind them.
    #[napi(catch_unwind)]
    pub fn attach_journal(&self, journal: Float64Array) -> Result<()> {
        self.state()?;
        self.hot.attach_journal(journal);
        Ok(())
    }

    /// Takes over ids that callers gave, in the order of the records of those executions.
    #[napi(catch_unwind)]
    pub fn give_ids(&self, ids: Vec<String>) {
        self.hot.replay.borrow_mut().ids.extend(ids);
    }

    /// The id of the execution in which the last replay raised alerts.
    #[napi(catch_unwind)]
    pub fn raised_in(&self) -> String {
        self.hot.raised_in.borrow().to_string()
    }

    /// The id of the execution with which the level shift began that the last completion raised;
    /// null if unknown.
    #[napi(catch_unwind)]
    pub fn shifted_since(&self) -> Result<Option<String>> {
        Ok(self.state()?.shifted_since().map(Into::into))
    }

    /// The slot of the wired execution with that number, or null.
    #[napi(catch_unwind)]
    pub fn slot_of(&self, number: u32) -> Option<u32> {
        self.hot.replay.borrow().replay.slot_of(number)
    }

    /// The last completed pipeline with its analysis, as after a direct completion, and its id;
    /// neither if it is no longer stored.
    #[napi(catch_unwind)]
    pub fn latest_completed(&self) -> Result<Table> {
        let state = self.state()?;
        let mut numbers = Vec::new();
        let mut texts = Texts::default();
        let outcome = self.hot.outcome.borrow();
        let executions = &state.history.executions;
        if executions.is_latest_ended(outcome.execution) {
            let record = executions.record(outcome.execution);
            texts.push_string(Some(&executions.id(outcome.execution)));
            push_execution(&record, true, &[], &outcome, &mut numbers);
            push_analysis(&outcome, &mut numbers);
        }
        Ok(Table::of(numbers, texts))
    }

    /// The last completed pipeline, if it was too large for the slab.
    #[napi(catch_unwind)]
    pub fn take_large(&self) -> Float64Array {
        self.hot.encoded.borrow().clone().into()
    }

    /// Whether an internal failure closed this collector.
    #[napi(catch_unwind)]
    pub fn is_faulted(&self) -> bool {
        self.recorder.is_faulted()
    }

    /// The number of the stage that represents whole pipelines.
    #[napi(catch_unwind)]
    pub fn pipeline_total(&self) -> Result<u32> {
        Ok(self.state()?.pipeline_total())
    }

    /// The number of the stage that represents overflow stages.
    #[napi(catch_unwind)]
    pub fn overflow_stage(&self) -> Result<u32> {
        Ok(self.state()?.overflow_stage())
    }

    /// A number for a stage name.
    #[napi(catch_unwind)]
    pub fn intern_stage(&self, name: String) -> Result<u32> {
        Ok(self.state()?.intern_stage(&name))
    }

    /// A number for a label.
    #[napi(catch_unwind)]
    pub fn intern_label(&self, label: String) -> Result<u32> {
        Ok(self.state()?.intern_label(&label))
    }

    /// Puts settings in force. The facade has checked them.
    #[napi(catch_unwind)]
    pub fn configure(&self, settings: Settings) -> Result<()> {
        let mut state = self.state()?;
        state.config = settings.into();
        self.hot.publish_all(&state);
        Ok(())
    }

    /// The wall clock in ms since 1970 UTC.
    #[napi(catch_unwind)]
    pub fn wall_now(&self) -> Result<f64> {
        Ok(self.state()?.system_time().wall_ms)
    }

    /// Numbers that read as 0, and executions that never completed.
    #[napi(catch_unwind)]
    pub fn counters(&self) -> Result<Vec<f64>> {
        let counters = self.state()?.counters;
        Ok(vec![
            counters.invalid_numbers as f64,
            counters.abandoned_executions as f64,
        ])
    }

    /// Removes what is older than the retention period at `now_ms`; returns the slots of executions
    /// abandoned for that reason.
    #[napi(catch_unwind)]
    pub fn cleanup(&self, now_ms: f64) -> Result<Uint32Array> {
        let mut abandoned = Vec::new();
        self.state()?.cleanup(now_ms, &mut abandoned);
        Ok(abandoned.into())
    }

    /// The numbers of wired executions in slots that the store abandoned.
    #[napi(catch_unwind)]
    pub fn forget(&self, slots: Uint32Array) -> Uint32Array {
        self.hot.replay.borrow_mut().replay.forget(&slots).into()
    }

    /// Stores labels that a caller gave the running execution in `slot` and its stages.
    #[napi(catch_unwind)]
    pub fn store_labels(&self, slot: u32, labels: Float64Array) -> Result<()> {
        let (rows, _) = labels.as_chunks::<{ custom_label::LEN }>();
        let labels = rows.iter().map(labels::custom_label).collect();
        self.state()?.store_labels(slot, labels);
        Ok(())
    }

    /// Closes a running execution; counts it as abandoned unless a caller removed it.
    #[napi(catch_unwind)]
    pub fn close(&self, slot: u32, is_manual: bool) -> Result<bool> {
        let mut state = self.state()?;
        Ok(if is_manual {
            state.discard(slot)
        } else {
            state.abandon(slot)
        })
    }
}

/// The layout of everything that crosses, as JSON text.
#[napi(catch_unwind)]
pub fn layout() -> String {
    layout::describe()
}

/// The version of this package, which must equal the facade's.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
