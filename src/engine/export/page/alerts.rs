//! Alerts as a page shows them, and the few figures that change with every run.

use super::super::exposed::{KINDS, SEVERITIES};
use super::parts::Clocks;
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::history::{AgedList, StageId};
use crate::engine::recorder::State;
use serde::Serialize;

/// Alerts of one update.
const MOST_OF_A_TICK: usize = 20;
/// The time that a rate is taken over, in ms.
const MINUTE_MS: f64 = 60_000.0;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownAlert {
    pub stage: StageId,
    /// When, wall clock in ms.
    at: f64,
    #[serde(rename = "type")]
    kind: &'static str,
    severity: &'static str,
    actual: f64,
    threshold: f64,
    execution_id: Option<Box<str>>,
    /// Alerts like it that were not raised since the one before.
    suppressed: u32,
    /// When it was over, wall clock in ms.
    resolved_at: Option<f64>,
}

impl ShownAlert {
    fn of(raised: &RaisedAlert) -> Self {
        let alert = &raised.alert;
        let kind = KINDS.iter().find(|(kind, _)| *kind == alert.kind);
        let severity = SEVERITIES.iter().find(|(one, _)| *one == alert.severity);
        Self {
            stage: raised.stage,
            at: raised.at.wall_ms,
            kind: kind.map_or("", |(_, name)| name),
            severity: severity.map_or("", |(_, name)| name),
            actual: alert.actual,
            threshold: alert.threshold,
            execution_id: raised.execution_id.clone(),
            suppressed: alert.suppressed,
            resolved_at: alert.resolution.map(|over| over.at_ms),
        }
    }
}

/// A time that is looked at, on the monotonic scale in ms.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    pub from_ms: f64,
    pub to_ms: f64,
}

impl Period {
    const ALL: Self = Self {
        from_ms: f64::NEG_INFINITY,
        to_ms: f64::INFINITY,
    };

    /// The alerts raised in it that are still kept, oldest first.
    fn alerts(self, state: &State) -> impl Iterator<Item = &RaisedAlert> {
        let raised = state.alerts.since(self.from_ms);
        raised.filter(move |raised| raised.at.now.as_millis() <= self.to_ms)
    }
}

/// The newest `most` alerts of a period, newest first.
pub fn newest(state: &State, period: Period, most: usize) -> Vec<ShownAlert> {
    let raised: Vec<&RaisedAlert> = period.alerts(state).collect();
    let newest = raised.iter().rev().take(most);
    newest.map(|raised| ShownAlert::of(raised)).collect()
}

/// Alerts of a period that are still kept.
pub fn count(state: &State, period: Period) -> usize {
    period.alerts(state).count()
}

/// How much there was so far that a reader is to see at once: alerts raised and executions that
/// failed.
///
/// Cost: under a microsecond, whatever is kept.
pub fn urgent(state: &State) -> u64 {
    let total = state.stage(state.pipeline_total());
    raised(state) + total.map_or(0, |total| total.totals.failures)
}

/// What changes with every run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    /// Wall clock in ms.
    at: f64,
    /// Executions that ended, ever.
    executions: u64,
    /// Those that failed, ever.
    failed: u64,
    active: usize,
    /// Executions a minute, of the last minute; `None` without any.
    per_minute: Option<f64>,
    newest: Option<Newest>,
    /// Alerts raised, ever.
    raised: u64,
    /// Those of them that are news, newest first.
    alerts: Vec<ShownAlert>,
}

#[derive(Debug, Serialize)]
struct Newest {
    id: Box<str>,
    duration: f64,
    success: bool,
}

impl Tick {
    /// What there is now, with the alerts past the first `known` that were ever raised.
    ///
    /// Cost: some microseconds, whatever is kept.
    pub fn of(state: &State, clocks: Clocks, known: u64) -> Self {
        let raised = raised(state);
        let list = state.history.pipeline();
        let total = state.stage(state.pipeline_total());
        let newest = list.and_then(|list| list.iter().next_back());
        Self {
            at: clocks.wall_ms,
            executions: list.map_or(0, AgedList::pushed),
            failed: total.map_or(0, |total| total.totals.failures),
            active: state.running().count(),
            per_minute: per_minute(state, clocks.now_ms),
            newest: newest.map(|execution| {
                let record = state.history.execution(execution);
                Newest {
                    id: state.history.execution_id(execution).into(),
                    duration: record.duration_ms,
                    success: record.success,
                }
            }),
            raised,
            alerts: last(state, raised.saturating_sub(known) as usize),
        }
    }
}

/// Alerts raised so far, whatever is kept of them.
fn raised(state: &State) -> u64 {
    let of = state.alerts.totals();
    let pairs = KINDS
        .iter()
        .flat_map(|(kind, _)| SEVERITIES.map(|(severity, _)| of.of(*kind, severity)));
    pairs.sum()
}

/// The last `count` alerts, newest first.
fn last(state: &State, count: usize) -> Vec<ShownAlert> {
    newest(state, Period::ALL, count.min(MOST_OF_A_TICK))
}

/// Of what is kept of the last minute.
fn per_minute(state: &State, now_ms: f64) -> Option<f64> {
    let list = state.history.pipeline()?;
    let ended = |execution| state.history.execution_ended_ms(execution);
    let oldest = ended(list.iter().next()?);
    // A list that is full begins where the last that was evicted ended, or later.
    let from = if list.pushed() > list.len() as u64 {
        oldest.max(now_ms - MINUTE_MS)
    } else {
        now_ms - MINUTE_MS
    };
    let count = list.since(from, ended).count();
    let elapsed = now_ms - from;
    (elapsed > 0.0).then(|| count as f64 / elapsed * MINUTE_MS)
}
