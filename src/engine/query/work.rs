//! Since when a stage is given another amount of work, and how much on either side of a comparison.

use super::exported_history::ExportedStage;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::work::for_same_work_on_both_sides;
use crate::engine::recorder::State;
use crate::engine::series::Series;
use crate::engine::stats::quantile::median;
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

/// How much work the runs of both sides had, which they are compared without.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkOfSides {
    measure: &'static str,
    /// Median before.
    before: f64,
    /// Median after.
    after: f64,
    /// 3 is three times as much.
    factor: f64,
}

/// What the runs of both sides would have taken for the same work, by process.
#[derive(Debug)]
pub(super) struct SidesOfSameWork {
    pub durations: [Vec<Vec<f64>>; 2],
    pub work: WorkOfSides,
}

/// Adjusts the runs of a stage by its own scaling, as the runs within each process show it; `None`
/// where they do not, or where a process says nothing of their work.
pub(super) fn for_same_work(sides: [&[&ExportedStage]; 2]) -> Option<SidesOfSameWork> {
    let processes = || sides.into_iter().flatten();
    let durations = processes().flat_map(|of| &of.durations).copied();
    let column = |of: fn(&ExportedStage) -> &[f64]| -> Vec<f64> {
        if processes().any(|process| of(process).len() != process.durations.len()) {
            return Vec::new();
        }
        processes()
            .flat_map(|process| of(process))
            .copied()
            .collect()
    };
    let columns = [
        column(|of| &of.input_size),
        column(|of| &of.items_processed),
    ];
    if columns.iter().all(Vec::is_empty) {
        return None;
    }
    let [sizes, items] = &columns;
    let durations: Vec<f64> = durations.collect();
    let same = for_same_work_on_both_sides(&durations, &[sizes, items])?;
    let mut left = &same.durations_ms[..];
    let durations = sides.map(|side| {
        let taken = side.iter().map(|process| {
            let (own, rest) = left.split_at(process.durations.len());
            left = rest;
            own.to_vec()
        });
        taken.collect::<Vec<_>>()
    });
    let of_before = durations[0].iter().map(Vec::len).sum();
    let (before, after) = same.sizes.split_at(of_before);
    let (before, after) = (median(before)?, median(after)?);
    Some(SidesOfSameWork {
        durations,
        work: WorkOfSides {
            measure: MEASURES[same.measure],
            before,
            after,
            factor: after / before,
        },
    })
}
