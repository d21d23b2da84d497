//! Reading what is stored.

use super::calculations::written_aggregate;
use super::collector::Collector;
use super::encode::{push_raised, push_span, trend_into};
use super::layout::analysis;
use super::rows::{push_whole, Rows};
use super::table::{Table, Texts};
use crate::engine::alerting::baseline_exceeded::Normal;
use crate::engine::alerting::contexts::Context;
use crate::engine::history::{AgedList, Labelled, Overflow, SpanRecord};
use crate::engine::json::{object, text_of, IfAny, Written};
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

    /// A stage's thresholds, as JSON text.
    #[napi(catch_unwind)]
    pub fn threshold(&self, stage: u32) -> Result<Option<String>> {
        let state = self.state()?;
        let found = state.stage(stage).and_then(|known| known.threshold);
        let set = |figure: f64| IfAny(Some(figure).filter(|figure| figure.is_finite()));
        Ok(found.map(|of| {
            text_of(&object(&[
                ("maxDuration", &set(of.max_duration_ms)),
                ("maxMemory", &set(of.max_memory)),
                ("timestamp", &set(of.set_at_ms)),
                ("baselineDuration", &set(of.baseline_duration_ms)),
                ("baselineMemory", &set(of.baseline_memory)),
            ]))
        }))
    }

    /// What is normal for a stage, as JSON text.
    #[napi(catch_unwind)]
    pub fn normal(&self, stage: u32) -> Result<Option<String>> {
        let state = self.state()?;
        let normal = state.stage(stage).and_then(|known| known.normal.as_ref());
        Ok(normal.map(|normal| text_of(&baseline(normal))))
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

    /// The last 100 records of every stage that has any, as JSON text.
    #[napi(catch_unwind)]
    pub fn aggregate_stages(&self) -> Result<String> {
        let state = self.state()?;
        let stages = state.history.stages().iter();
        let rows = stages.filter_map(|stage| {
            let of = state.aggregate_stage(*stage)?;
            Some(object(&[("stage", stage)]).and(&written_aggregate(&of)))
        });
        Ok(text_of(&rows.collect::<Vec<_>>()))
    }

    /// Up to the last 100 records of every stage that has any, and of whole pipelines, in short, with
    /// what is normal, as JSON text. Completed executions are counted as many as are stored.
    #[napi(catch_unwind)]
    pub fn summarize(&self) -> Result<String> {
        let state = self.state()?;
        let stages = state.history.stages().iter();
        let rows = stages.filter_map(|&stage| {
            let of = state.summarize_stage(stage)?;
            let normal = state.stage(stage).and_then(|known| known.normal.as_ref());
            Some(object(&[
                ("stage", &stage),
                ("executionCount", &of.count),
                ("averageDuration", &of.average_duration_ms),
                ("successRate", &of.success_rate),
                ("baseline", &normal.map(baseline)),
            ]))
        });
        let whole = state.summarize_pipeline().unwrap_or_default();
        let pipeline = object(&[
            ("totalExecutions", &state.history.completed().len()),
            ("averageDuration", &whole.average_duration_ms),
            ("successRate", &whole.success_rate),
        ]);
        Ok(text_of(&object(&[
            ("stages", &rows.collect::<Vec<_>>()),
            ("pipeline", &pipeline),
        ])))
    }

    /// A number that changes whenever records, alerts or baselines do.
    #[napi(catch_unwind)]
    pub fn version(&self) -> Result<f64> {
        Ok(self.state()?.version() as f64)
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

/// Contexts have the numbers of their complexities, smallest sizes first; there are none while all
/// runs have one.
fn baseline(normal: &Normal) -> Written {
    let mut in_order: Vec<&Context> = normal.contexts.known().iter().collect();
    sort_by(&mut in_order, |a, b| {
        let key = |context: &Context| (context.key.size_class(), context.key.complexity());
        key(a).cmp(&key(b))
    });
    let contexts = in_order.iter().map(|of| {
        let (from, below) = (of.key.size_from(), of.key.size_below());
        object(&[
            ("complexity", &of.key.complexity()),
            ("inputSize", &object(&[("from", &from), ("below", &below)])),
            ("count", &of.runs),
            ("medianDuration", &of.baseline.shown()),
            ("durationSpread", &of.baseline.spread()),
            ("isWarm", &of.baseline.is_warm()),
        ])
    });
    let Normal { robust, .. } = normal;
    object(&[
        ("count", &normal.count),
        ("totalDuration", &normal.total_duration_ms),
        ("totalMemory", &normal.total_memory),
        ("avgDuration", &normal.average_duration_ms()),
        ("avgMemory", &normal.average_memory()),
        ("medianDuration", &robust.shown()),
        ("durationSpread", &robust.spread()),
        ("isWarm", &robust.is_warm()),
        ("contexts", &contexts.collect::<Vec<_>>()),
    ])
}
