//! How long a stage takes, and how often longer.

use crate::engine::history::StageId;
use crate::engine::recorder::State;
use crate::engine::series::{Series, Window};
use crate::engine::stats::quantile::Quantile;
use crate::engine::stats::sketch::Sketch;
use serde::Serialize;

/// Quantiles of a stage's durations, in ms; `null` without any.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Quantiles {
    /// Completions counted.
    count: u64,
    min: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    max: Option<f64>,
    /// No quantile is further than this from the exact one, as a share of it.
    relative_error: f64,
    /// Start of the oldest window counted, wall clock in ms; `null` for all-time.
    from: Option<f64>,
    /// A run that took about as long, for each quantile from p90 up, where one is still kept.
    exemplars: Vec<Exemplar>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exemplar {
    quantile: &'static str,
    execution_id: Box<str>,
    duration: f64,
    timestamp: f64,
}

pub(super) fn quantiles(state: &mut State, stage: StageId, since: Option<f64>) -> Quantiles {
    let since_ms = since.unwrap_or(f64::NEG_INFINITY);
    let merged = state.durations_since(stage, since_ms);
    let start_ms = merged.as_ref().and_then(|merged| merged.start_ms);
    let from = merged.as_ref().and_then(|merged| merged.start_wall_ms);
    let sketch = merged.map_or_else(Sketch::new, |merged| merged.sketch);
    let window = Window::since(start_ms.or(since));
    let series = Series::asked(state, stage, window);
    let answer = describe(state, &series, &sketch, from);
    series.keep(state, stage, window);
    answer
}

/// Durations of all completions there ever were.
pub(super) fn all_time(state: &mut State, stage: StageId) -> Sketch {
    let merged = state.durations_since(stage, f64::NEG_INFINITY);
    merged.map_or_else(Sketch::new, |merged| merged.sketch)
}

pub(super) fn describe(
    state: &State,
    series: &Series,
    sketch: &Sketch,
    from: Option<f64>,
) -> Quantiles {
    Quantiles {
        count: sketch.count(),
        min: sketch.min(),
        p50: sketch.quantile(Quantile::P50),
        p90: sketch.quantile(Quantile::P90),
        p95: sketch.quantile(Quantile::P95),
        p99: sketch.quantile(Quantile::P99),
        p999: sketch.quantile(Quantile::P999),
        max: sketch.max(),
        relative_error: sketch.alpha(),
        from,
        exemplars: exemplars(state, series, sketch),
    }
}

/// The newest kept run of each high quantile: within the error of the quantile it is of the
/// same bucket as the run of that rank.
fn exemplars(state: &State, series: &Series, sketch: &Sketch) -> Vec<Exemplar> {
    let named = [
        ("p90", sketch.quantile(Quantile::P90)),
        ("p95", sketch.quantile(Quantile::P95)),
        ("p99", sketch.quantile(Quantile::P99)),
        ("p999", sketch.quantile(Quantile::P999)),
        ("max", sketch.max()),
    ];
    let alpha = sketch.alpha();
    let found = named.into_iter().filter_map(|(quantile, at)| {
        let at = at?;
        let near = |duration: f64| (duration - at).abs() <= alpha * duration;
        let runs = series.durations.iter().enumerate().rev();
        runs.filter(|(_, &duration)| near(duration))
            .find_map(|(run, &duration)| {
                Some(Exemplar {
                    quantile,
                    execution_id: series.execution_id(state, run)?,
                    duration,
                    timestamp: series.wall(state, run)?,
                })
            })
    });
    found.collect()
}
