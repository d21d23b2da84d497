//! One stage over time: trend, changes of level, runs that do not belong, what comes next.

use super::work::{work_changes, WorkChange};
use crate::engine::analysis::anomaly::Anomaly;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::forecast::{Forecast, Model, Prediction, CONFIDENCE};
use crate::engine::analysis::recent_trend::Direction;
use crate::engine::analysis::trend::SLOPE_CONFIDENCE;
use crate::engine::history::StageId;
use crate::engine::recorder::State;
use crate::engine::series::Series;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trend {
    runs: usize,
    from: Option<f64>,
    to: Option<f64>,
    direction: &'static str,
    /// Ms from one run to the next.
    slope: Option<f64>,
    slope_low: Option<f64>,
    slope_high: Option<f64>,
    confidence: f64,
    p_value: Option<f64>,
    tau: Option<f64>,
    /// Last quarter of these runs over the first, less 1.
    change: Option<f64>,
    warm_up: Option<WarmUp>,
}

/// First runs that are left out of an answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct WarmUp {
    runs: usize,
    /// Level of the first of them, in ms.
    first: f64,
    /// Level after them, in ms.
    steady: f64,
}

pub(super) fn warm_up(series: &Series, found: &SeriesFindings) -> Option<WarmUp> {
    let found = found.warm_up(&series.durations)?;
    Some(WarmUp {
        runs: found.runs,
        first: found.first_ms,
        steady: found.steady_ms,
    })
}

pub(super) fn trend(state: &State, series: &Series, found: &SeriesFindings) -> Trend {
    let warm_up = warm_up(series, found);
    let first = warm_up.map_or(0, |of| of.runs);
    let trend = found.trend(&series.durations);
    Trend {
        runs: series.len() - first,
        from: series.wall(state, first),
        to: series.period(state).1,
        direction: match trend.map(|trend| trend.direction) {
            None => "insufficient_data",
            Some(Direction::Degrading) => "degrading",
            Some(Direction::Improving) => "improving",
            Some(Direction::Stable) => "stable",
        },
        slope: trend.map(|trend| trend.line.slope),
        slope_low: trend.map(|trend| trend.line.low),
        slope_high: trend.map(|trend| trend.line.high),
        confidence: SLOPE_CONFIDENCE,
        p_value: trend.map(|trend| trend.test.p_value),
        tau: trend.map(|trend| trend.test.tau),
        change: trend.and_then(|trend| trend.change),
        warm_up,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changes {
    runs: usize,
    from: Option<f64>,
    to: Option<f64>,
    changes: Vec<Change>,
    /// Lasting changes of the work, which are none of the stage.
    work: Vec<WorkChange>,
    warm_up: Option<WarmUp>,
}

/// A lasting change of level, with the run it began with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    /// First run of the new level, counted from 0 in the runs examined.
    index: usize,
    pub execution_id: Option<Box<str>>,
    pub timestamp: Option<f64>,
    earliest: usize,
    latest: usize,
    pub runs_before: usize,
    pub runs_after: usize,
    /// Level before in ms.
    pub before: f64,
    /// Level after in ms.
    pub after: f64,
    /// After over before, less 1: 0.2 is 20 % slower.
    pub change: f64,
    pub change_low: f64,
    pub change_high: f64,
    pub p_value: f64,
}

impl Change {
    pub fn new(state: &State, series: &Series, found: &ChangePoint) -> Self {
        Self {
            execution_id: series.execution_id(state, found.index),
            timestamp: series.wall(state, found.index),
            ..Self::of(found)
        }
    }

    /// In runs of which nothing is kept but how long they took.
    pub fn of(found: &ChangePoint) -> Self {
        Self {
            index: found.index,
            execution_id: None,
            timestamp: None,
            earliest: found.earliest,
            latest: found.latest,
            runs_before: found.runs_before,
            runs_after: found.runs_after,
            before: found.before_ms,
            after: found.after_ms,
            change: found.change,
            change_low: found.change_low,
            change_high: found.change_high,
            p_value: found.p_value,
        }
    }
}

/// The last change of level.
pub(super) fn last_change(
    state: &State,
    series: &Series,
    found: &SeriesFindings,
) -> Option<Change> {
    let last = found.levels(&series.durations).last.as_ref()?;
    Some(Change::new(state, series, last))
}

pub(super) fn changes(state: &State, series: &Series, found: &SeriesFindings) -> Changes {
    let (from, to) = series.period(state);
    Changes {
        runs: series.len(),
        from,
        to,
        changes: found
            .changes(&series.durations)
            .iter()
            .map(|change| Change::new(state, series, change))
            .collect(),
        work: work_changes(state, series, found),
        warm_up: warm_up(series, found),
    }
}

/// A run that does not belong.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outlier<'a> {
    /// Counted from 0 in the runs examined.
    pub index: usize,
    /// The id of its execution; `None` for a run put in manually.
    pub execution_id: Option<Cow<'a, str>>,
    /// When it completed, wall clock in ms.
    pub timestamp: Option<f64>,
    /// What it took in ms.
    pub duration: f64,
    /// Median in ms of the runs on its level.
    pub typical_duration: f64,
    /// Sigmas from the median: positive if slow.
    pub z_score: f64,
    /// How many of the runs examined chance would put as far out.
    pub expected_by_chance: f64,
}

/// Each run is measured on its own side of the changes.
pub(super) fn outliers<'a>(
    state: &'a State,
    series: &'a Series,
    found: &'a SeriesFindings,
) -> impl Iterator<Item = Outlier<'a>> {
    let found = found.anomalies(&series.durations).iter();
    found.map(|run| Outlier::new(state, series, run))
}

impl<'a> Outlier<'a> {
    fn new(state: &'a State, series: &Series, run: &Anomaly) -> Self {
        Self {
            index: run.index,
            execution_id: series.id(state, run.index),
            timestamp: series.wall(state, run.index),
            duration: run.duration_ms,
            typical_duration: run.typical_ms,
            z_score: run.z,
            expected_by_chance: run.expected,
        }
    }
}

/// The [`outliers`] in short.
#[derive(Debug, Serialize)]
pub(super) struct LatestOutlier<'a> {
    runs: usize,
    count: usize,
    latest: Option<Outlier<'a>>,
}

pub(super) fn latest_outlier<'a>(
    state: &'a State,
    series: &Series,
    found: &SeriesFindings,
) -> LatestOutlier<'a> {
    let found = found.anomalies(&series.durations);
    LatestOutlier {
        runs: series.len(),
        count: found.len(),
        latest: found.last().map(|run| Outlier::new(state, series, run)),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Prospect {
    /// Runs the forecast rests on.
    runs: usize,
    /// Where the present level began.
    from: Option<f64>,
    to: Option<f64>,
    model: &'static str,
    /// Ms from one run to the next.
    slope: Option<f64>,
    confidence: f64,
    next: Option<Expected>,
    at_horizon: Option<Expected>,
    crossing: Option<Reached>,
}

#[derive(Debug, Serialize)]
struct Expected {
    ahead: usize,
    expected: f64,
    low: f64,
    high: f64,
}

impl From<Prediction> for Expected {
    fn from(of: Prediction) -> Self {
        Self {
            ahead: of.ahead,
            expected: of.expected_ms,
            low: of.low_ms,
            high: of.high_ms,
        }
    }
}

/// In how many runs the level reaches the threshold; `null` where not within the horizon.
#[derive(Debug, Serialize)]
struct Reached {
    threshold: f64,
    expected: Option<usize>,
    earliest: Option<usize>,
    latest: Option<usize>,
}

/// What is asked about the runs to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook {
    /// Runs to look ahead.
    pub horizon: usize,
    /// Duration in ms whose crossing is asked for; the stage's own threshold without it.
    pub threshold: Option<f64>,
    /// Of the intervals, in (0, 1).
    pub confidence: f64,
}

impl Outlook {
    /// So far ahead, with the rest as usual.
    pub fn to(horizon: usize) -> Self {
        Self {
            horizon,
            threshold: None,
            confidence: CONFIDENCE,
        }
    }
}

pub(super) fn prospect(
    state: &State,
    stage: StageId,
    series: &Series,
    found: &SeriesFindings,
    outlook: Outlook,
) -> Prospect {
    let Outlook {
        horizon,
        threshold,
        confidence,
    } = outlook;
    let configured = state.stage(stage).and_then(|known| known.threshold);
    let threshold = threshold.or(configured.map(|found| found.max_duration_ms));
    let usual = found.forecast(&series.durations);
    let model = usual.and_then(|model| model.with_confidence(confidence));
    let since = model.as_ref().map_or(0, Forecast::since);
    let reached = |threshold: f64| {
        let at = model.as_ref()?.crossing(threshold, horizon);
        Some(Reached {
            threshold,
            expected: at.expected,
            earliest: at.earliest,
            latest: at.latest,
        })
    };
    Prospect {
        runs: model.as_ref().map_or(series.len(), Forecast::runs),
        from: series.wall(state, since),
        to: series.period(state).1,
        model: match model.as_ref().map(Forecast::model) {
            None => "insufficient_data",
            Some(Model::Stationary) => "stationary",
            Some(Model::LinearTrend) => "linear_trend",
            Some(Model::RandomWalk) => "random_walk",
        },
        slope: model.as_ref().map(Forecast::slope_ms),
        confidence,
        next: model.as_ref().map(|model| model.predict(1).into()),
        at_horizon: model.as_ref().map(|model| model.predict(horizon).into()),
        crossing: threshold
            .filter(|threshold| threshold.is_finite())
            .and_then(reached),
    }
}
