//! How long a stage takes, and how often longer.

use crate::engine::history::StageId;
use crate::engine::json::{object, Written};
use crate::engine::recorder::State;
use crate::engine::series::{Series, Window};
use crate::engine::stats::quantile::Quantile;
use crate::engine::stats::sketch::Sketch;

pub(super) fn quantiles(state: &mut State, stage: StageId, since: Option<f64>) -> Written {
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

/// Durations of all completions so far.
pub(super) fn all_time(state: &mut State, stage: StageId) -> Sketch {
    let merged = state.durations_since(stage, f64::NEG_INFINITY);
    merged.map_or_else(Sketch::new, |merged| merged.sketch)
}

/// Quantiles in ms, `null` without any run: none is further than `relativeError` from the exact
/// one, as a share of it. `from` is when the oldest window counted began, wall clock in ms; `null`
/// for all completions.
pub(super) fn describe(
    state: &State,
    series: &Series,
    sketch: &Sketch,
    from: Option<f64>,
) -> Written {
    object(&[
        ("count", &sketch.count()),
        ("min", &sketch.min()),
        ("p50", &sketch.quantile(Quantile::P50)),
        ("p90", &sketch.quantile(Quantile::P90)),
        ("p95", &sketch.quantile(Quantile::P95)),
        ("p99", &sketch.quantile(Quantile::P99)),
        ("p999", &sketch.quantile(Quantile::P999)),
        ("max", &sketch.max()),
        ("relativeError", &sketch.alpha()),
        ("from", &from),
        ("exemplars", &exemplars(state, series, sketch)),
    ])
}

/// The newest stored run of each high quantile: within the quantile's error, it is in the same
/// bucket as the run of that rank. The maximum has no error.
fn exemplars(state: &State, series: &Series, sketch: &Sketch) -> Vec<Written> {
    let named = [
        ("p90", sketch.quantile(Quantile::P90)),
        ("p95", sketch.quantile(Quantile::P95)),
        ("p99", sketch.quantile(Quantile::P99)),
        ("p999", sketch.quantile(Quantile::P999)),
        ("max", sketch.max()),
    ];
    let found = named.into_iter().filter_map(|(quantile, at)| {
        let at = at?;
        let alpha = if quantile == "max" {
            0.0
        } else {
            sketch.alpha()
        };
        let near = |duration: f64| (duration - at).abs() <= alpha * duration;
        let runs = series.runs.durations.iter().enumerate().rev();
        runs.filter(|(_, &duration)| near(duration))
            .find_map(|(run, &duration)| {
                Some(object(&[
                    ("quantile", &quantile),
                    ("executionId", &series.id(state, run)?),
                    ("duration", &duration),
                    ("timestamp", &series.wall(state, run)?),
                ]))
            })
    });
    found.collect()
}
