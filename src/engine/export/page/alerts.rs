//! Alerts on a page, and the few figures that change with every run.

use super::super::exposed::{names_of, KINDS, SEVERITIES};
use super::parts::Clocks;
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::history::AgedList;
use crate::engine::json::{object, text_of, Written};
use crate::engine::recorder::State;

/// Most alerts of one update.
const MOST_OF_A_TICK: usize = 20;
/// The window of a rate, in ms.
const MINUTE_MS: f64 = 60_000.0;

/// With both times by the wall clock in ms.
fn shown(raised: &RaisedAlert) -> Written {
    let alert = &raised.alert;
    let [kind, severity] = names_of(alert);
    object(&[
        ("stage", &raised.stage),
        ("at", &raised.at.wall_ms),
        ("type", &kind),
        ("severity", &severity),
        ("actual", &alert.actual),
        ("threshold", &alert.threshold),
        ("executionId", &raised.execution_id),
        ("suppressed", &alert.suppressed),
        ("resolvedAt", &alert.resolution.map(|over| over.at_ms)),
    ])
}

/// A period on the monotonic scale, in ms.
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

    /// The alerts raised in it that are still stored, oldest first.
    fn alerts(self, state: &State) -> impl Iterator<Item = &RaisedAlert> {
        let raised = state.alerts.since(self.from_ms);
        raised.filter(move |raised| raised.at.now.as_millis() <= self.to_ms)
    }
}

/// The newest `most` alerts of a period, newest first.
pub fn newest(state: &State, period: Period, most: usize) -> Vec<&RaisedAlert> {
    let mut raised: Vec<&RaisedAlert> = period.alerts(state).collect();
    raised.reverse();
    raised.truncate(most);
    raised
}

/// As a page shows them.
pub fn all_shown(alerts: &[&RaisedAlert]) -> Vec<Written> {
    alerts.iter().map(|raised| shown(raised)).collect()
}

/// Stored alerts of a period.
pub fn count(state: &State, period: Period) -> usize {
    period.alerts(state).count()
}

/// Number of urgent events so far: alerts raised and executions failed.
///
/// Cost: under a microsecond, whatever is stored.
pub fn urgent(state: &State) -> u64 {
    let total = state.stage(state.pipeline_total());
    raised(state) + total.map_or(0, |total| total.totals.failures)
}

/// Figures that change with every run: totals of ended executions, failed ones and alerts; running
/// executions; and the rate of the last minute, `null` without any.
pub fn now(state: &State, clocks: Clocks, known: u64) -> Written {
    let raised = raised(state);
    let list = state.history.pipeline();
    let total = state.stage(state.pipeline_total());
    let newest = list.and_then(|list| list.iter().next_back());
    let newest = newest.map(|execution| {
        let record = state.history.executions.record(execution);
        object(&[
            ("id", &state.history.executions.id(execution)),
            ("duration", &record.duration_ms),
            ("success", &record.success),
        ])
    });
    let news = last(state, raised.saturating_sub(known) as usize);
    object(&[
        ("at", &clocks.wall_ms),
        ("executions", &list.map_or(0, AgedList::pushed)),
        ("failed", &total.map_or(0, |total| total.totals.failures)),
        ("active", &state.running().count()),
        ("perMinute", &per_minute(state, clocks.now_ms)),
        ("newest", &newest),
        ("raised", &raised),
        ("alerts", &all_shown(&news)),
    ])
}

/// The same as JSON text, with all alerts after the first `known`, newest first.
///
/// Cost: some microseconds, whatever is stored.
pub fn tick(state: &State, clocks: Clocks, known: u64) -> String {
    text_of(&now(state, clocks, known))
}

/// Alerts raised so far, including those no longer stored.
fn raised(state: &State) -> u64 {
    let of = state.alerts.totals();
    let pairs = KINDS
        .iter()
        .flat_map(|(kind, _)| SEVERITIES.map(|(severity, _)| of.of(*kind, severity)));
    pairs.sum()
}

/// The last `count` alerts, newest first.
fn last(state: &State, count: usize) -> Vec<&RaisedAlert> {
    newest(state, Period::ALL, count.min(MOST_OF_A_TICK))
}

/// From the stored executions of the last minute.
fn per_minute(state: &State, now_ms: f64) -> Option<f64> {
    let list = state.history.pipeline()?;
    let ended = |execution| state.history.executions.ended_ms(execution);
    let oldest = ended(list.iter().next()?);
    // A full list begins where the last evicted execution ended, or later.
    let from = if list.pushed() > list.len() as u64 {
        oldest.max(now_ms - MINUTE_MS)
    } else {
        now_ms - MINUTE_MS
    };
    let count = list.since(from, ended).count();
    let elapsed = now_ms - from;
    (elapsed > 0.0).then(|| count as f64 / elapsed * MINUTE_MS)
}
