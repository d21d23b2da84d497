//! One stage over time: trend, changes of level, runs that do not belong, what comes next.

use super::series::Series;
use super::work::{work_changes, WorkChange};
use crate::engine::analysis::anomaly::Anomaly;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::forecast::{Forecast, Model, Prediction, CONFIDENCE};
use crate::engine::history::StageId;
use crate::engine::recorder::State;
use crate::engine::stats::trend::{theil_sen, TheilSen};
use serde::Serialize;

/// Fewest runs in which a trend can be told at the chance of error below.
const TREND_RUNS: usize = 8;

/// Chance of calling a trend where there is none.
const SIGNIFICANCE: f64 = 0.01;

/// Change over the whole series, as a share of its median, that is worth a word.
const WORTH_A_WORD: f64 = 0.05;

/// Runs that a slope is found from: twice as many would make it four times as expensive, and its
/// interval narrower by three tenths.
const SLOPE_RUNS: usize = 500;

/// Confidence of the interval of a slope.
const SLOPE_CONFIDENCE: f64 = 0.95;

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
    /// Change over all these runs as a share of their median.
    change: Option<f64>,
}

/// The line through the runs, beyond 500 through an even sample with the first and the last.
fn slope(durations: &[f64]) -> Option<TheilSen> {
    let last = durations.len().checked_sub(1)?;
    let steps = last.min(SLOPE_RUNS - 1);
    let sampled = (0..=steps).map(|step| (step * last + steps / 2) / steps.max(1));
    let (places, sample): (Vec<f64>, Vec<f64>) =
        sampled.map(|run| (run as f64, durations[run])).unzip();
    theil_sen(&places, &sample, SLOPE_CONFIDENCE)
}

pub(super) fn trend(state: &State, series: &Series, found: &SeriesFindings) -> Trend {
    let runs = series.len();
    let (from, to) = series.period(state);
    let enough = runs >= TREND_RUNS;
    let line = found
        .slope(|| slope(found.judged(&series.durations)))
        .filter(|_| enough);
    let test = found.trend(&series.durations).filter(|_| enough);
    let typical = found
        .typical(&series.durations)
        .filter(|typical| *typical > 0.0);
    let change = line
        .zip(typical)
        .map(|(line, typical)| line.slope * (runs - 1) as f64 / typical);
    let sure = test.is_some_and(|test| test.p_value < SIGNIFICANCE);
    let direction = match change {
        _ if !enough => "insufficient_data",
        Some(change) if sure && change > WORTH_A_WORD => "degrading",
        Some(change) if sure && change < -WORTH_A_WORD => "improving",
        _ => "stable",
    };
    Trend {
        runs,
        from,
        to,
        direction,
        slope: line.map(|line| line.slope),
        slope_low: line.map(|line| line.low),
        slope_high: line.map(|line| line.high),
        confidence: SLOPE_CONFIDENCE,
        p_value: test.map(|test| test.p_value),
        tau: test.map(|test| test.tau),
        change,
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
    /// Median before in ms.
    pub before: f64,
    /// Median after in ms.
    pub after: f64,
    /// Relative: 0.2 is 20 % slower.
    pub change: f64,
    pub change_low: f64,
    pub change_high: f64,
    pub p_value: f64,
}

impl Change {
    pub fn new(state: &State, series: &Series, found: &ChangePoint) -> Self {
        Self {
            index: found.index,
            execution_id: series.execution_id(state, found.index),
            timestamp: series.wall(state, found.index),
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
    }
}

/// A run that does not belong.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outlier<'a> {
    /// Counted from 0 in the runs examined.
    pub index: usize,
    /// The id of its execution; `None` for a run put in manually.
    pub execution_id: Option<&'a str>,
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
    /// Duration in ms whose crossing is asked for; the stage's own limit without it.
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
    let limit = state.stage(stage).and_then(|known| known.threshold);
    let threshold = threshold.or(limit.map(|limit| limit.max_duration_ms));
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
            .filter(|limit| limit.is_finite())
            .and_then(reached),
    }
}
