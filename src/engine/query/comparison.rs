//! What became slower or faster: between windows, stages, configurations, or histories that
//! other processes saved.

use super::scaling::sizes;
use super::series::{Series, Window};
use super::stored_labels::{self, ComparedLabel, SavedLabels};
use crate::engine::analysis::comparison::{compare as tested, Comparison, Criteria, Verdict};
use crate::engine::history::{LabelId, StageId};
use crate::engine::recorder::State;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One side of a comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Side {
    /// A history written earlier.
    Saved {
        /// What was written.
        history: Saved,
    },
    /// Runs kept here.
    Kept {
        /// One stage; every stage and the whole pipeline without it.
        stage: Option<StageId>,
        /// How whoever asks calls that stage: one that never ran has no other name.
        name: Option<Box<str>>,
        /// Completed at this or later, wall clock in ms.
        since: Option<f64>,
        /// Completed before this, wall clock in ms.
        until: Option<f64>,
        /// Stages that ran with this configuration.
        configuration: Option<LabelId>,
    },
}

/// A history as text: durations by stage.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Says what the text is.
    pub format: Box<str>,
    /// Of the format.
    pub version: u32,
    /// Every stage that has runs.
    pub stages: Vec<SavedStage>,
}

/// The runs of one stage.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedStage {
    /// Its name.
    pub stage: Box<str>,
    /// In ms, oldest first.
    pub durations: Vec<f64>,
    /// Bytes that went into each run, 0 where unknown; not written where none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_size: Vec<f64>,
    /// Items that each run processed, 0 where unknown; not written where none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items_processed: Vec<f64>,
    /// What callers gave these runs of their own; not written where that is nothing.
    #[serde(default, skip_serializing_if = "SavedLabels::is_empty")]
    pub labels: SavedLabels,
}

/// What a saved history says of itself.
const FORMAT: &str = "pipeline-performance-metrics/history";
const VERSION: u32 = 2;

pub(super) fn export(state: &State) -> Saved {
    Saved {
        format: FORMAT.into(),
        version: VERSION,
        stages: kept_of_all(state, Window::ALL, None),
    }
}

/// Runs of every stage that has any, with the whole pipeline first.
fn kept_of_all(state: &State, window: Window, configuration: Option<LabelId>) -> Vec<SavedStage> {
    let total = state.pipeline_total();
    let stages = state.history.stages().iter().copied();
    let others = stages.filter(|&stage| stage != total);
    let rows = std::iter::once(total).chain(others).map(|stage| {
        let name = state.stage(stage).map(|known| &*known.name);
        kept(
            state,
            stage,
            name.unwrap_or_default(),
            window,
            configuration,
        )
    });
    rows.filter(|row| !row.durations.is_empty()).collect()
}

/// Runs of one stage.
fn kept(
    state: &State,
    stage: StageId,
    name: &str,
    window: Window,
    configuration: Option<LabelId>,
) -> SavedStage {
    let series = Series::of(state, stage, window);
    let is_meant = |run: &usize| {
        configuration.is_none_or(|configuration| {
            let figures = series.figures(state, *run);
            figures.is_some_and(|figures| figures.configuration == configuration)
        })
    };
    let runs: Vec<usize> = (0..series.len()).filter(is_meant).collect();
    let (input_size, items_processed) = work(state, &series, &runs);
    SavedStage {
        stage: name.into(),
        durations: runs.iter().map(|&run| series.durations[run]).collect(),
        input_size,
        items_processed,
        labels: stored_labels::saved(state, &series, &runs),
    }
}

/// Input size and items of each run; empty where no run has any.
fn work(state: &State, series: &Series, runs: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let of_run = |&run: &usize| sizes(state, series, run);
    let (sizes, items): (Vec<f64>, Vec<f64>) = runs.iter().map(of_run).unzip();
    let known = |column: Vec<f64>| {
        let any = column.iter().any(|&figure| figure > 0.0);
        any.then_some(column).unwrap_or_default()
    };
    (known(sizes), known(items))
}

fn rows_of<'a>(state: &State, side: &'a Side) -> Cow<'a, [SavedStage]> {
    match side {
        Side::Saved { history } => Cow::Borrowed(&history.stages),
        Side::Kept {
            stage,
            name,
            since,
            until,
            configuration,
        } => {
            let window = Window {
                until: until.unwrap_or(f64::INFINITY),
                ..Window::since(*since)
            };
            Cow::Owned(match stage {
                None => kept_of_all(state, window, *configuration),
                Some(stage) => {
                    let known = state.stage(*stage).map(|known| &*known.name);
                    let name = known.or(name.as_deref()).unwrap_or_default();
                    vec![kept(state, *stage, name, window, *configuration)]
                }
            })
        }
    }
}

fn names_one(side: &Side) -> bool {
    matches!(side, Side::Kept { stage: Some(_), .. })
}

/// What became of each stage.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    significance: f64,
    least_change: f64,
    /// The worst that became of any stage.
    verdict: &'static str,
    stages: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    stage_before: Box<str>,
    stage_after: Box<str>,
    verdict: &'static str,
    runs_before: usize,
    runs_after: usize,
    p_value: f64,
    /// Medians in ms; `null` where a side has no runs, like all that follows.
    before: Option<f64>,
    after: Option<f64>,
    shift: Option<f64>,
    shift_low: Option<f64>,
    shift_high: Option<f64>,
    change: Option<f64>,
    change_low: Option<f64>,
    change_high: Option<f64>,
    chance_slower: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<ComparedLabel>,
}

pub(super) fn criteria(significance: Option<f64>, least_change: Option<f64>) -> Criteria {
    let default = Criteria::default();
    Criteria {
        significance: significance.unwrap_or(default.significance),
        least_change: least_change.unwrap_or(default.least_change),
    }
}

pub(super) fn compare(state: &State, sides: [&Side; 2], criteria: Criteria) -> Compared {
    let [before, after] = sides.map(|side| rows_of(state, side));
    let [before, after] = [&before[..], &after[..]];
    match sides.map(names_one) {
        [true, true] => compare_rows(&[(&before[0], &after[0])], criteria),
        [true, false] => compare_stages(before, of_stage(after, &before[0].stage), criteria),
        [false, true] => compare_stages(of_stage(before, &after[0].stage), after, criteria),
        [false, false] => compare_stages(before, after, criteria),
    }
}

/// The one row of that stage; none where it has no runs.
fn of_stage<'a>(rows: &'a [SavedStage], name: &str) -> &'a [SavedStage] {
    let place = rows.iter().position(|row| &*row.stage == name);
    place.map_or(&[], |place| &rows[place..=place])
}

/// Two saved histories, without a store, as JSON text.
///
/// # Errors
///
/// If the answer cannot be written.
pub fn compare_saved(
    before: &Saved,
    after: &Saved,
    significance: Option<f64>,
    least_change: Option<f64>,
) -> serde_json::Result<String> {
    let criteria = criteria(significance, least_change);
    super::write(&compare_stages(&before.stages, &after.stages, criteria))
}

/// By name, in the order of the side before; what only the side after has follows.
fn compare_stages(before: &[SavedStage], after: &[SavedStage], criteria: Criteria) -> Compared {
    let missing = |row: &SavedStage| SavedStage {
        stage: row.stage.clone(),
        ..SavedStage::default()
    };
    let gone: Vec<SavedStage> = before.iter().map(missing).collect();
    let new: Vec<SavedStage> = after.iter().map(missing).collect();
    let kept = before.iter().zip(&gone).map(|(row, gone)| {
        let other = after.iter().find(|other| other.stage == row.stage);
        (row, other.unwrap_or(gone))
    });
    let added = after.iter().zip(&new).filter_map(|(row, new)| {
        let is_new = !before.iter().any(|other| other.stage == row.stage);
        is_new.then_some((new, row))
    });
    let pairs: Vec<(&SavedStage, &SavedStage)> = kept.chain(added).collect();
    compare_rows(&pairs, criteria)
}

fn compare_rows(pairs: &[(&SavedStage, &SavedStage)], criteria: Criteria) -> Compared {
    let samples: Vec<(&[f64], &[f64])> = pairs
        .iter()
        .map(|(before, after)| (&before.durations[..], &after.durations[..]))
        .collect();
    let found = tested(&samples, criteria);
    let has = |verdict| found.iter().any(|stage| stage.verdict == verdict);
    let worst = [Verdict::Slower, Verdict::Faster, Verdict::NoDifferenceFound]
        .into_iter()
        .find(|&verdict| has(verdict))
        .unwrap_or(Verdict::TooFewRuns);
    let rows = pairs.iter().zip(&found);
    Compared {
        significance: criteria.significance,
        least_change: criteria.least_change,
        verdict: word(worst),
        stages: rows
            .map(|((before, after), stage)| Row::new(before, after, stage))
            .collect(),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::NoDifferenceFound => "no_difference_found",
        Verdict::TooFewRuns => "too_few_runs",
    }
}

impl Row {
    fn new(before: &SavedStage, after: &SavedStage, found: &Comparison) -> Self {
        let shift = found.shift;
        Self {
            stage_before: before.stage.clone(),
            stage_after: after.stage.clone(),
            verdict: word(found.verdict),
            runs_before: found.runs_before,
            runs_after: found.runs_after,
            p_value: found.p_value,
            before: shift.map(|shift| shift.before_ms),
            after: shift.map(|shift| shift.after_ms),
            shift: shift.map(|shift| shift.shift_ms),
            shift_low: shift.map(|shift| shift.low_ms),
            shift_high: shift.map(|shift| shift.high_ms),
            change: shift.map(|shift| shift.change),
            change_low: shift.map(|shift| shift.change_low),
            change_high: shift.map(|shift| shift.change_high),
            chance_slower: shift.map(|shift| shift.chance_slower),
            labels: stored_labels::compared(&before.labels, &after.labels),
        }
    }
}
