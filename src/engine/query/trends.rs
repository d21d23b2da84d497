//! One stage over time: trend, changes of level, anomalies, forecast.

use super::work::work_changes;
use crate::engine::analysis::anomaly::Anomaly;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::forecast::{Forecast, Model, Prediction, CONFIDENCE};
use crate::engine::analysis::recent_trend::Direction;
use crate::engine::analysis::trend::SLOPE_CONFIDENCE;
use crate::engine::history::StageId;
use crate::engine::json::{object, Json, Written};
use crate::engine::recorder::State;
use crate::engine::series::Series;
use std::borrow::Cow;

/// First runs that are left out of an answer, with the level of the first of them and that after
/// them, in ms.
pub(super) fn warm_up(series: &Series, found: &SeriesFindings) -> Option<Written> {
    let found = found.warm_up(&series.runs.durations)?;
    Some(object(&[
        ("runs", &found.runs),
        ("first", &found.first_ms),
        ("steady", &found.steady_ms),
    ]))
}

/// `slope` is in ms from one run to the next, `change` the last quarter of the runs over the
/// first, less 1.
pub(super) fn trend(state: &State, series: &Series, found: &SeriesFindings) -> Written {
    let first = found
        .warm_up(&series.runs.durations)
        .map_or(0, |of| of.runs);
    let trend = found.trend(&series.runs.durations);
    let direction = match trend.map(|trend| trend.direction) {
        None => "insufficient_data",
        Some(Direction::Degrading) => "degrading",
        Some(Direction::Improving) => "improving",
        Some(Direction::Stable) => "stable",
    };
    object(&[
        ("runs", &(series.len() - first)),
        ("from", &series.wall(state, first)),
        ("to", &series.period(state).1),
        ("direction", &direction),
        ("slope", &trend.map(|trend| trend.line.slope)),
        ("slopeLow", &trend.map(|trend| trend.line.low)),
        ("slopeHigh", &trend.map(|trend| trend.line.high)),
        ("confidence", &SLOPE_CONFIDENCE),
        ("pValue", &trend.map(|trend| trend.test.p_value)),
        ("tau", &trend.map(|trend| trend.test.tau)),
        ("change", &trend.and_then(|trend| trend.change)),
        ("warmUp", &warm_up(series, found)),
    ])
}

/// A trend that is sure: how much longer the last quarter of so many runs took than the first, less 1.
pub(super) fn moves(change: f64, runs: usize) -> Written {
    object(&[("change", &change), ("runs", &runs)])
}

/// A lasting change of level, with the run that it began with.
pub(super) fn change(state: &State, series: &Series, found: &ChangePoint) -> Written {
    let id = series.id(state, found.index);
    written_change(found, id.as_deref(), series.wall(state, found.index))
}

/// The same, for a run of which only the duration may be stored.
pub(super) fn written_change(
    found: &ChangePoint,
    id: Option<&str>,
    wall_ms: Option<f64>,
) -> Written {
    object(&[
        ("index", &found.index),
        ("executionId", &id),
        ("timestamp", &wall_ms),
        ("earliest", &found.earliest),
        ("latest", &found.latest),
        ("runsBefore", &found.runs_before),
        ("runsAfter", &found.runs_after),
        ("before", &found.before_ms),
        ("after", &found.after_ms),
        ("change", &found.change),
        ("changeLow", &found.change_low),
        ("changeHigh", &found.change_high),
        ("pValue", &found.p_value),
    ])
}

/// The last change of level.
pub(super) fn last_change(
    state: &State,
    series: &Series,
    found: &SeriesFindings,
) -> Option<Written> {
    let last = found.levels(&series.runs.durations).last.as_ref()?;
    Some(change(state, series, last))
}

/// Changes of level, and separately those of the work, which are not changes of the stage.
pub(super) fn changes(state: &State, series: &Series, found: &SeriesFindings) -> Written {
    let (from, to) = series.period(state);
    let changes = found.changes(&series.runs.durations).iter();
    let changes = changes.map(|found| change(state, series, found));
    object(&[
        ("runs", &series.len()),
        ("from", &from),
        ("to", &to),
        ("changes", &changes.collect::<Vec<_>>()),
        ("work", &work_changes(state, series, found)),
        ("warmUp", &warm_up(series, found)),
    ])
}

/// An anomalous run.
#[derive(Clone, Debug)]
pub struct Outlier<'a> {
    /// The anomaly, measured on its own side of the changes.
    pub found: &'a Anomaly,
    /// The id of its execution; `None` for a run put in manually.
    pub execution_id: Option<Cow<'a, str>>,
    /// When it completed, wall clock in ms.
    pub timestamp: Option<f64>,
}

impl<'a> Outlier<'a> {
    pub(super) fn new(state: &'a State, series: &Series, found: &'a Anomaly) -> Self {
        Self {
            found,
            execution_id: series.id(state, found.index),
            timestamp: series.wall(state, found.index),
        }
    }
}

impl Json for Outlier<'_> {
    fn write(&self, to: &mut Written) {
        let outlier = object(&[
            ("index", &self.found.index),
            ("executionId", &self.execution_id),
            ("timestamp", &self.timestamp),
            ("duration", &self.found.duration_ms),
            ("typicalDuration", &self.found.typical_ms),
            ("zScore", &self.found.z),
            ("expectedByChance", &self.found.expected),
        ]);
        outlier.write(to);
    }
}

/// Anomalies in short.
pub(super) fn latest_outlier(state: &State, series: &Series, found: &SeriesFindings) -> Written {
    let found = found.anomalies(&series.runs.durations);
    let latest = found.last().map(|run| Outlier::new(state, series, run));
    object(&[
        ("runs", &series.len()),
        ("count", &found.len()),
        ("latest", &latest),
    ])
}

/// Parameters of a forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook {
    /// Runs to look ahead.
    pub horizon: usize,
    /// Duration in ms to be crossed; the stage's own threshold without it.
    pub threshold: Option<f64>,
    /// Of the intervals, in (0, 1).
    pub confidence: f64,
}

impl Outlook {
    /// With this horizon and defaults otherwise.
    pub fn to(horizon: usize) -> Self {
        Self {
            horizon,
            threshold: None,
            confidence: CONFIDENCE,
        }
    }
}

/// `from` is where the present level began, `slope` in ms from one run to the next; a crossing
/// is `null` where it is not within the horizon.
pub(super) fn prospect(
    state: &State,
    stage: StageId,
    series: &Series,
    found: &SeriesFindings,
    outlook: Outlook,
) -> Written {
    let Outlook {
        horizon,
        threshold,
        confidence,
    } = outlook;
    let configured = state.stage(stage).and_then(|known| known.threshold);
    let threshold = threshold.or(configured.map(|found| found.max_duration_ms));
    let usual = found.forecast(&series.runs.durations);
    let model = usual.and_then(|model| model.with_confidence(confidence));
    let model = model.as_ref();
    let since = model.map_or(0, Forecast::since);
    let expected = |of: Prediction| {
        object(&[
            ("ahead", &of.ahead),
            ("expected", &of.expected_ms),
            ("low", &of.low_ms),
            ("high", &of.high_ms),
        ])
    };
    let reached = |threshold: f64| {
        let at = model?.crossing(threshold, horizon);
        Some(object(&[
            ("threshold", &threshold),
            ("expected", &at.expected),
            ("earliest", &at.earliest),
            ("latest", &at.latest),
        ]))
    };
    let named = match model.map(Forecast::model) {
        None => "insufficient_data",
        Some(Model::Stationary) => "stationary",
        Some(Model::LinearTrend) => "linear_trend",
        Some(Model::RandomWalk) => "random_walk",
    };
    let finite = threshold.filter(|threshold| threshold.is_finite());
    object(&[
        ("runs", &model.map_or(series.len(), Forecast::runs)),
        ("from", &series.wall(state, since)),
        ("to", &series.period(state).1),
        ("model", &named),
        ("slope", &model.map(Forecast::slope_ms)),
        ("confidence", &confidence),
        ("next", &model.map(|model| expected(model.predict(1)))),
        (
            "atHorizon",
            &model.map(|model| expected(model.predict(horizon))),
        ),
        ("crossing", &finite.and_then(reached)),
    ])
}
