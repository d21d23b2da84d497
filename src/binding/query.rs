//! Reading what is stored.

use super::calculations::aggregate_into;
use super::collector::Collector;
use super::encode::{push_context, push_raised, push_span, trend_into, Rows as _};
use super::layout::{aggregate, analysis, normal, threshold};
use super::rows::{push_whole, Rows};
use super::table::{Table, Texts};
use crate::engine::alerting::contexts::Context;
use crate::engine::history::{AgedList, Labelled, Overflow, SpanRecord};
use crate::engine::stats::order::sort_by;
use napi::bindgen_prelude::Float64Array;
use napi::Result;
use napi_derive::napi;

#[napi]
impl Collector {
    /// A stage's records that ended at `since_ms` or later on the monotonic scale, oldest first, each with its
    /// execution's id, `null`, or the entry as it was put in manually.
    #[napi(catch_unwind)]
    pub fn entries(&self, stage: u32, since_ms: f64) -> Result<Table> {
        let state = self.state()?;
        let mut rows = Rows::of(&state);
        for span in state
            .history
            .series(stage)
            .into_iter()
            .flat_map(AgedList::iter)
        {
            let record = state.history.span(span);
            if record.ended_ms() < since_ms {
                continue;
            }
            let execution = state.history.execution_of(span);
            let (at, of) = (rows.numbers.len(), Labelled::stage(&record));
            rows.labels.look_up(at, execution, of);
            push_span(&record, &mut rows.numbers);
            if let Some(given) = state.history.given_span(span) {
                rows.texts.push_given(given);
            } else {
                let id = state.history.execution_id_of(span);
                rows.texts.push_string(id.as_deref());
            }
        }
        Ok(rows.finish())
    }

    /// Stages that have records, a threshold or a baseline, in the order they got them.
    #[napi(
        catch_unwind,
        ts_args_type = "what: 'entries' | 'threshold' | 'normal'"
    )]
    pub fn stages_with(&self, what: String) -> Result<Vec<u32>> {
        let state = self.state()?;
        let stages = match &*what {
            "threshold" => state.thresholds(),
            "normal" => state.normals(),
            _ => state.history.stages(),
        };
        Ok(stages.to_vec())
    }

    /// Whether there is a pipeline history.
    #[napi(catch_unwind)]
    pub fn has_pipeline(&self) -> Result<bool> {
        Ok(self.state()?.history.pipeline().is_some())
    }

    /// The pipeline history that ended at `since_ms` or later on the monotonic scale, oldest
    /// first.
    #[napi(catch_unwind)]
    pub fn pipeline_entries(&self, since_ms: f64) -> Result<Table> {
        let state = self.state()?;
        let mut rows = Rows::of(&state);
        for execution in state
            .history
            .pipeline()
            .into_iter()
            .flat_map(AgedList::iter)
        {
            if state.history.executions.ended_ms(execution) >= since_ms {
                rows.push_stored(&state, execution);
            }
        }
        Ok(rows.finish())
    }

    /// Ids of the completed executions, as JSON arrays.
    #[napi(catch_unwind)]
    pub fn completed_ids(&self) -> Result<Vec<String>> {
        let state = self.state()?;
        let mut texts = Texts::default();
        for execution in state.history.completed().iter() {
            texts.push_string(Some(&state.history.executions.id(execution)));
        }
        Ok(texts.finish())
    }

    /// Number of completed executions that are stored.
    #[napi(catch_unwind)]
    pub fn completed_size(&self) -> Result<u32> {
        Ok(self.state()?.history.completed().len() as u32)
    }

    /// Whether a completed execution of that id is stored.
    #[napi(catch_unwind)]
    pub fn has_completed(&self, id: String) -> Result<bool> {
        Ok(self.state()?.history.executions.by_id(&id).is_some())
    }

    /// The completed execution of that id.
    #[napi(catch_unwind)]
    pub fn completed(&self, id: String) -> Result<Option<Table>> {
        let mut state = self.state()?;
        Ok(state.history.executions.by_id(&id).map(|execution| {
            let mut rows = Rows::of(&state);
            rows.push_stored(&state, execution);
            rows.finish()
        }))
    }

    /// The running execution in `slot`.
    #[napi(catch_unwind)]
    pub fn running(&self, slot: u32) -> Result<Option<Float64Array>> {
        let state = self.state()?;
        Ok(state.running_spans(slot).map(|(execution, spans)| {
            let mut numbers = Vec::new();
            let spans: Vec<SpanRecord> = spans.collect();
            push_whole(
                &state.history.executions.record(execution),
                false,
                &spans,
                (state.overflow_stage(), Overflow::default()),
                &mut numbers,
            );
            numbers.into()
        }))
    }

    /// A stage's thresholds.
    #[napi(catch_unwind)]
    pub fn threshold(&self, stage: u32) -> Result<Option<Float64Array>> {
        let state = self.state()?;
        Ok(state
            .stage(stage)
            .and_then(|known| known.threshold)
            .map(|found| {
                let mut to = vec![0.0; threshold::LEN];
                to[threshold::MAX_DURATION] = found.max_duration_ms;
                to[threshold::MAX_MEMORY] = found.max_memory;
                to[threshold::SET_AT] = found.set_at_ms;
                to[threshold::BASELINE_DURATION] = found.baseline_duration_ms;
                to[threshold::BASELINE_MEMORY] = found.baseline_memory;
                to.into()
            }))
    }

    /// What is normal for a stage.
    #[napi(catch_unwind)]
    pub fn normal(&self, stage: u32) -> Result<Option<Float64Array>> {
        let state = self.state()?;
        Ok(state
            .stage(stage)
            .and_then(|known| known.normal.as_ref())
            .map(|known| {
                let mut to = vec![0.0; normal::LEN];
                to[normal::COUNT] = known.count;
                to[normal::TOTAL_DURATION] = known.total_duration_ms;
                to[normal::TOTAL_MEMORY] = known.total_memory;
                to[normal::AVERAGE_DURATION] = known.average_duration_ms();
                to[normal::AVERAGE_MEMORY] = known.average_memory();
                to[normal::MEDIAN_DURATION] = known.robust.shown();
                to[normal::SPREAD] = known.robust.spread();
                to[normal::IS_WARM] = f64::from(u8::from(known.robust.is_warm()));
                to.into()
            }))
    }

    /// What is normal for a stage by context, smallest sizes first; none while all its runs have
    /// one context.
    #[napi(catch_unwind)]
    pub fn contexts(&self, stage: u32) -> Result<Float64Array> {
        let state = self.state()?;
        let normal = state.stage(stage).and_then(|known| known.normal.as_ref());
        let known = normal.map_or(&[][..], |normal| normal.contexts.known());
        let mut in_order: Vec<&Context> = known.iter().collect();
        sort_by(&mut in_order, |a, b| {
            let key = |context: &Context| (context.key.size_class(), context.key.complexity());
            key(a).cmp(&key(b))
        });
        let mut numbers = Vec::new();
        for context in in_order {
            push_context(context, &mut numbers);
        }
        Ok(numbers.into())
    }

    /// Alerts raised at `since_ms` or later on the monotonic scale, each with two texts or nulls:
    /// its execution's id, and the id of the execution in which a level shift began. The last
    /// number is when the first of them was raised; infinity without any.
    #[napi(catch_unwind)]
    pub fn alerts(&self, since_ms: f64) -> Result<Table> {
        let state = self.state()?;
        let (mut numbers, mut texts) = (Vec::new(), Texts::default());
        let mut oldest_ms = f64::INFINITY;
        for raised in state.alerts.since(since_ms) {
            oldest_ms = oldest_ms.min(raised.at.now.as_millis());
            push_raised(raised, &mut numbers);
            texts.push_string(raised.execution_id.as_deref());
            texts.push_string(raised.since_execution_id.as_deref());
        }
        numbers.push(oldest_ms);
        Ok(Table::of(numbers, texts))
    }

    /// The last 100 records of every stage that has any.
    #[napi(catch_unwind)]
    pub fn aggregate_stages(&self) -> Result<Float64Array> {
        let state = self.state()?;
        let mut numbers = Vec::new();
        for &stage in state.history.stages() {
            if let Some(of) = state.aggregate_stage(stage) {
                let row = numbers.row();
                aggregate_into(&of, row);
                row[aggregate::STAGE] = f64::from(stage);
            }
        }
        Ok(numbers.into())
    }

    /// For every stage with records: its number, and for up to the last 100 their count, mean
    /// duration and share of successes.
    #[napi(catch_unwind)]
    pub fn summarize_stages(&self) -> Result<Vec<f64>> {
        let state = self.state()?;
        let stages = state.history.stages().iter();
        let rows = stages.filter_map(|&stage| {
            let of = state.summarize_stage(stage)?;
            Some([
                f64::from(stage),
                of.count,
                of.average_duration_ms,
                of.success_rate,
            ])
        });
        Ok(rows.flatten().collect())
    }

    /// A number that changes whenever records, alerts or baselines do.
    #[napi(catch_unwind)]
    pub fn version(&self) -> Result<f64> {
        Ok(self.state()?.version() as f64)
    }

    /// Number of completed executions, and the mean duration and share of successes of the last
    /// 100.
    #[napi(catch_unwind)]
    pub fn summarize_pipeline(&self) -> Result<Vec<f64>> {
        let state = self.state()?;
        let summary = state.summarize_pipeline().unwrap_or_default();
        Ok(vec![
            state.history.completed().len() as f64,
            summary.average_duration_ms,
            summary.success_rate,
        ])
    }

    /// A duration compared with the mean of the last five executions.
    #[napi(catch_unwind)]
    pub fn trend(&self, current_ms: f64) -> Result<Float64Array> {
        let trend = self.state()?.trend_against_recent(current_ms);
        let mut to = [0.0; analysis::LEN];
        trend_into(trend.as_ref(), &mut to);
        Ok(to.to_vec().into())
    }
}
