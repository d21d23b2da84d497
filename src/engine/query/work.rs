//! Finds since when a stage has another amount of work, and how much on either side of a comparison.

use super::exported_history::ExportedStage;
use crate::engine::analysis::change_point::ChangePoint;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::work::for_same_work_on_both_sides;
use crate::engine::json::{object, Written};
use crate::engine::recorder::State;
use crate::engine::series::Series;
use crate::engine::stats::quantile::median;

/// What a run's work is measured by, in the order in which [`Series::work`] has it.
const MEASURES: [&str; 2] = ["inputSize", "itemsProcessed"];

/// A shift of the work below this share is not reported.
const WORTH_A_WORD: f64 = 0.1;

/// Lasting changes of the work that a stage's durations depend on, oldest first; none if they do
/// not depend on it. `index` counts from 0 in the runs examined; a factor of 3 is three times as
/// much.
pub(super) fn work_changes(state: &State, series: &Series, found: &SeriesFindings) -> Vec<Written> {
    let measure = found.same_work().map(|same| same.measure);
    let Some(name) = measure.and_then(|place| MEASURES.get(place)) else {
        return Vec::new();
    };
    let factor = |change: &ChangePoint| change.after_ms / change.before_ms;
    let described = |change: &ChangePoint| {
        object(&[
            ("measure", name),
            ("index", &change.index),
            ("executionId", &series.id(state, change.index)),
            ("timestamp", &series.wall(state, change.index)),
            ("runsBefore", &change.runs_before),
            ("runsAfter", &change.runs_after),
            ("before", &change.before_ms),
            ("after", &change.after_ms),
            ("factor", &factor(change)),
        ])
    };
    let changes = found.work_changes().iter();
    changes
        .filter(|change| factor(change).ln().abs() > WORTH_A_WORD)
        .map(described)
        .collect()
}

/// What the runs of both sides would have taken for the same work, by process.
#[derive(Debug)]
pub(super) struct SidesOfSameWork {
    pub durations: [Vec<Vec<f64>>; 2],
    /// How much work they had, which they are compared without: medians.
    pub work: Written,
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
        work: object(&[
            ("measure", &MEASURES[same.measure]),
            ("before", &before),
            ("after", &after),
            ("factor", &(after / before)),
        ]),
    })
}
