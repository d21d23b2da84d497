//! Since when a stage is given another amount of work.

use super::series::Series;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::recorder::State;
use serde::Serialize;

/// What a run's work is measured by, in the order in which [`Series::work`] has it.
const MEASURES: [&str; 2] = ["inputSize", "itemsProcessed"];

/// A shift of the work below this share is not worth a word.
const WORTH_A_WORD: f64 = 0.1;

/// A lasting change of the work, of which durations are judged without.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkChange {
    measure: &'static str,
    /// First run of the new level, counted from 0 in the runs examined.
    index: usize,
    execution_id: Option<Box<str>>,
    timestamp: Option<f64>,
    runs_before: usize,
    runs_after: usize,
    /// Level before.
    before: f64,
    /// Level after.
    after: f64,
    /// 3 is three times as much.
    factor: f64,
}

/// Lasting changes of what the durations of a stage go along with, oldest first; none where they
/// do not go along with their work.
pub(super) fn work_changes(
    state: &State,
    series: &Series,
    found: &SeriesFindings,
) -> Vec<WorkChange> {
    let measure = found.same_work().map(|same| same.measure);
    let Some(name) = measure.and_then(|place| MEASURES.get(place)) else {
        return Vec::new();
    };
    let described = |change: &ChangePoint| WorkChange {
        measure: name,
        index: change.index,
        execution_id: series.execution_id(state, change.index),
        timestamp: series.wall(state, change.index),
        runs_before: change.runs_before,
        runs_after: change.runs_after,
        before: change.before_ms,
        after: change.after_ms,
        factor: change.after_ms / change.before_ms,
    };
    let changes = found.work_changes().iter();
    changes
        .filter(|change| (change.after_ms / change.before_ms).ln().abs() > WORTH_A_WORD)
        .map(described)
        .collect()
}

/// The last of them.
pub(super) fn last_work_change(
    state: &State,
    series: &Series,
    found: &SeriesFindings,
) -> Option<WorkChange> {
    work_changes(state, series, found).pop()
}
