//! Manual changes by callers: the live Maps, thresholds and baselines.

use super::collector::Collector;
use super::encode::{alert_into, Rows};
use super::layout::alert;
use crate::engine::alerting::baseline_exceeded::Normal;
use crate::engine::alerting::completion::Completion;
use crate::engine::alerting::threshold::Threshold;
use crate::engine::alerting::workload_class::ContextKey;
use crate::engine::history::{ExecutionRecord, SpanRecord, StageId};
use crate::engine::recorder::At;
use napi::bindgen_prelude::Float64Array;
use napi::Result;
use napi_derive::napi;

/// Figures of an entry that is put in manually.
const ENTRY: usize = 14;

/// An entry of a stage that is put in manually, NaN where a figure is missing.
fn entry(stage: StageId, figures: [f64; ENTRY]) -> SpanRecord {
    let [duration_ms, memory_delta, items_per_second, errors, success, rest @ ..] = figures;
    let [wall_ms, ended_ms, sizes @ ..] = rest;
    let [input_size, output_size, items, warnings, retries, complexity, configuration] = sizes;
    SpanRecord {
        duration_ms,
        memory_delta,
        given_items_per_second: items_per_second,
        errors,
        success: success == 1.0,
        wall_ms,
        input_size,
        output_size,
        items,
        warnings,
        retries,
        complexity: complexity as u32,
        configuration: configuration as u32,
        completed: true,
        is_manual: true,
        heap_read: memory_delta.is_finite(),
        ..SpanRecord::started(stage, ended_ms, f64::NAN)
    }
}

/// Figures of an execution that is put in manually.
const EXECUTION: usize = 6;

/// An execution that is put in manually, NaN where a figure is missing.
fn execution(figures: [f64; EXECUTION]) -> ExecutionRecord {
    let [duration_ms, success, wall_ms, ended_ms, action_count, environment] = figures;
    ExecutionRecord {
        start_ms: ended_ms,
        duration_ms,
        success: success == 1.0,
        start_wall_ms: wall_ms,
        wall_ms,
        action_count,
        environment: environment as u32,
        ..ExecutionRecord::default()
    }
}

/// A completion of a stage as the facade packs it.
fn completion(figures: &[f64]) -> Completion {
    let figure = |place: usize| figures.get(place).copied().unwrap_or(0.0);
    Completion {
        duration_ms: figure(0),
        memory_delta: figure(1),
        items: figure(2),
        errors: figure(3),
        context: ContextKey::of(figure(4) as u32, figure(5)),
    }
}

#[napi]
impl Collector {
    /// Stores entries of a stage, as figures and a JSON text each; `replace` removes former ones.
    #[napi(catch_unwind)]
    pub fn put_entries(
        &self,
        stage: u32,
        figures: Float64Array,
        given: Vec<String>,
        replace: bool,
    ) -> Result<()> {
        let mut state = self.state()?;
        let (rows, _) = figures.as_chunks::<ENTRY>();
        let given = given.into_iter().map(String::into_boxed_str);
        let entries = rows.iter().map(|row| entry(stage, *row)).zip(given);
        if replace {
            state.replace_entries(stage, entries);
        } else {
            entries.for_each(|(record, given)| state.put_entry(&record, given));
        }
        Ok(())
    }

    /// Removes a stage's records, thresholds or baseline; false if it had none.
    #[napi(
        catch_unwind,
        ts_args_type = "what: 'entries' | 'threshold' | 'normal', stage: number"
    )]
    pub fn remove_of(&self, what: String, stage: u32) -> Result<bool> {
        self.change(stage, |state| match &*what {
            "threshold" => state.set_threshold(stage, None),
            "normal" => state.set_normal(stage, None),
            _ => state.history.remove_series(stage),
        })
    }

    /// Stores entries of the pipeline history, as figures and a JSON text each; `replace` removes
    /// former ones.
    #[napi(catch_unwind)]
    pub fn put_pipeline(
        &self,
        figures: Float64Array,
        given: Vec<String>,
        replace: bool,
    ) -> Result<()> {
        let mut state = self.state()?;
        let (rows, _) = figures.as_chunks::<EXECUTION>();
        let given = given.into_iter().map(String::into_boxed_str);
        let entries = rows.iter().map(|row| execution(*row)).zip(given);
        if replace {
            state.replace_pipeline(entries);
        } else {
            entries.for_each(|(record, given)| state.put_pipeline(record, given));
        }
        Ok(())
    }

    /// Removes the pipeline history; false if there was none.
    #[napi(catch_unwind)]
    pub fn remove_pipeline(&self) -> Result<bool> {
        Ok(self.state()?.history.remove_pipeline())
    }

    /// Stores one completed execution.
    #[napi(catch_unwind)]
    pub fn put_completed(&self, id: String, figures: Float64Array, given: String) -> Result<()> {
        let (rows, _) = figures.as_chunks::<EXECUTION>();
        if let [row] = rows {
            let mut state = self.state()?;
            state.put_completed(&id, execution(*row), given.into());
        }
        Ok(())
    }

    /// Removes a completed execution; false if there was none of that id.
    #[napi(catch_unwind)]
    pub fn remove_completed(&self, id: String) -> Result<bool> {
        Ok(self.state()?.history.remove_completed(&id))
    }

    /// Sets a stage's thresholds, NaN for none.
    #[napi(catch_unwind)]
    pub fn set_threshold(
        &self,
        stage: u32,
        max_duration_ms: f64,
        max_memory: f64,
        set_at_ms: f64,
        baseline_duration_ms: f64,
        baseline_memory: f64,
    ) -> Result<()> {
        let threshold = Threshold {
            max_duration_ms,
            max_memory,
            set_at_ms,
            baseline_duration_ms,
            baseline_memory,
        };
        self.change(stage, |state| state.set_threshold(stage, Some(threshold)))?;
        Ok(())
    }

    /// Sets a stage's running sums.
    #[napi(catch_unwind)]
    pub fn set_normal(
        &self,
        stage: u32,
        count: f64,
        total_duration_ms: f64,
        total_memory: f64,
    ) -> Result<()> {
        let normal = Normal {
            count,
            total_duration_ms,
            total_memory,
            memory_count: count,
            ..Normal::default()
        };
        self.change(stage, |state| state.set_normal(stage, Some(normal)))?;
        Ok(())
    }

    /// Learns what is normal for a stage from one completion, as [`Self::judge`] takes it.
    #[napi(catch_unwind)]
    pub fn learn(&self, stage: u32, figures: Float64Array) -> Result<()> {
        let completion = completion(&figures);
        self.change(stage, |state| state.learn(stage, &completion))
    }

    /// Checks a completion (duration, memory delta, items, errors, complexity, input size)
    /// against thresholds and baseline, then learns from it; the alerts.
    #[napi(catch_unwind)]
    pub fn judge(
        &self,
        stage: u32,
        figures: Float64Array,
        now_ms: f64,
        wall_ms: f64,
        execution_id: Option<String>,
    ) -> Result<Float64Array> {
        let completion = completion(&figures);
        let at = At { now_ms, wall_ms };
        self.change(stage, |state| {
            state.judge(
                stage,
                &completion,
                execution_id.as_deref(),
                state.reading(at),
            );
            let alerts = state.raised();
            let mut numbers = Vec::with_capacity(alerts.len() * alert::LEN);
            for value in alerts {
                alert_into(value, stage, wall_ms, numbers.row());
            }
            numbers.into()
        })
    }
}
