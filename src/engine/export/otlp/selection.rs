//! Decides which executions are worth sending, after they ended: tail sampling.

use super::ids::{Ids, Key};
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::alerting::workload_class::ContextKey;
use crate::engine::history::{ExecutionRecord, SpanRecord};
use crate::engine::query::Texts;
use crate::engine::recorder::State;
use crate::engine::stats::quantile::Quantile;

/// Fewest known executions before any counts as slow.
const KNOWN: u64 = 100;

/// Why an execution is sent; the first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It, or one of its stages, failed.
    Failed,
    /// An alert names it.
    Alerted,
    /// A stage took far longer than runs like it.
    Unusual,
    /// It is among the slowest.
    Slow,
    /// It is one of the sampled rest.
    Sampled,
    /// A new level began with it: what is sent links to it.
    LevelStart,
}

impl Reason {
    /// All, in the order in which they are looked at; their counts stand in the same order.
    pub const ALL: [Self; 6] = [
        Self::Failed,
        Self::Alerted,
        Self::Unusual,
        Self::Slow,
        Self::Sampled,
        Self::LevelStart,
    ];

    /// Its name in attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Alerted => "alerted",
            Self::Unusual => "unusual",
            Self::Slow => "slow",
            Self::Sampled => "sampled",
            Self::LevelStart => "level_start",
        }
    }
}

/// Criteria for sending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criteria {
    /// Share of all executions that count as slow, from 0 to 1.
    pub slowest: f64,
    /// Share of all others that are sent, from 0 to 1.
    pub sample: f64,
}

/// Judges executions of one moment.
pub(super) struct Judge<'a> {
    state: &'a State,
    criteria: Criteria,
    ids: Ids,
    slow_ms: f64,
    /// Ids of executions named by alerts, with these alerts.
    named: Texts,
    alerts: Vec<Vec<&'a RaisedAlert>>,
}

/// Duration in ms above which an execution is among the slowest; infinite while too few are known.
pub(super) fn slow_ms(state: &mut State, criteria: Criteria) -> f64 {
    let total = state.pipeline_total();
    let merged = state.durations_since(total, f64::NEG_INFINITY);
    let sketch = merged.map(|merged| merged.sketch);
    let Some(sketch) = sketch.filter(|sketch| sketch.count() >= KNOWN && criteria.slowest > 0.0)
    else {
        return f64::INFINITY;
    };
    let at = Quantile::new(1.0 - criteria.slowest.min(1.0));
    let level = at.and_then(|at| sketch.quantile(at));
    // Beyond its error, so that of executions that all take as long none is slow.
    level.map_or(f64::INFINITY, |level| level * (1.0 + sketch.alpha()))
}

impl<'a> Judge<'a> {
    /// Of executions that started at `from_ms` or later on the monotonic scale.
    pub fn new(state: &'a State, criteria: Criteria, ids: Ids, slow_ms: f64, from_ms: f64) -> Self {
        let (mut named, mut alerts) = (Texts::default(), Vec::<Vec<&RaisedAlert>>::new());
        for raised in state.alerts.since(from_ms) {
            if let Some(id) = raised.execution_id.as_deref() {
                let place = named.place(id);
                alerts.resize_with(named.all.len(), Vec::new);
                alerts[place].push(raised);
            }
        }
        Self {
            state,
            criteria,
            ids,
            slow_ms,
            named,
            alerts,
        }
    }

    /// Alerts that name an execution, raised since it started: an id may come again.
    pub fn alerts_of(
        &self,
        id: &str,
        record: &ExecutionRecord,
    ) -> impl Iterator<Item = &'a RaisedAlert> + use<'a, '_> {
        let start_ms = record.start_ms;
        let alerts = self.named.find(id).map(|place| &self.alerts[place]);
        let named = alerts.into_iter().flatten().copied();
        named.filter(move |raised| raised.at.now.as_millis() >= start_ms)
    }

    /// Why an execution is worth sending, if it is.
    pub fn reason(
        &self,
        id: &str,
        key: Key,
        record: &ExecutionRecord,
        spans: &[SpanRecord],
    ) -> Option<Reason> {
        let completed = || spans.iter().filter(|span| span.completed);
        let holds = |reason| match reason {
            Reason::Failed => !record.success || completed().any(|span| !span.success),
            Reason::Alerted => self.alerts_of(id, record).next().is_some(),
            Reason::Unusual => completed().any(|span| self.is_unusual(span)),
            Reason::Slow => record.duration_ms > self.slow_ms,
            Reason::Sampled => self.ids.share(key) < self.criteria.sample,
            // Only known when another is sent that links to it.
            Reason::LevelStart => false,
        };
        Reason::ALL.into_iter().find(|&reason| holds(reason))
    }

    /// Whether a run is beyond what is normal in its context, or for its stage while the context is
    /// unknown. Alerts report the same, except those held back by a cooldown.
    fn is_unusual(&self, span: &SpanRecord) -> bool {
        let config = &self.state.config;
        let normal = self
            .state
            .stage(span.stage)
            .and_then(|of| of.normal.as_ref());
        let Some(normal) = normal.filter(|_| span.duration_ms >= config.min_alert_duration_ms)
        else {
            return false;
        };
        let key = ContextKey::of(span.complexity, span.input_size);
        let mut contexts = normal.contexts.known().iter();
        let context = contexts.find(|context| context.key == key && context.baseline.is_warm());
        let baseline = context.map_or(&normal.robust, |context| &context.baseline);
        baseline.exceeds(span.duration_ms, config.alert_threshold)
    }
}
