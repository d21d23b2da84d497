//! What became slower or faster: between windows, stages, configurations, or histories that
//! other processes saved.

use super::series::{Series, Window};
use crate::engine::analysis::comparison::{compare as tested, Comparison, Criteria, Verdict};
use crate::engine::history::{LabelId, StageId};
use crate::engine::recorder::State;
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SavedStage {
    /// Its name.
    pub stage: Box<str>,
    /// In ms, oldest first.
    pub durations: Vec<f64>,
}

/// What a saved history says of itself.
const FORMAT: &str = "pipeline-performance-metrics/history";
const VERSION: u32 = 1;

pub(super) fn export(state: &State) -> Saved {
    Saved {
        format: FORMAT.into(),
        version: VERSION,
        stages: kept(state, None, None, Window::ALL, |series| series.durations),
    }
}

/// Runs of one stage, or of every stage with the whole pipeline first.
fn kept(
    state: &State,
    stage: Option<StageId>,
    name: Option<&str>,
    window: Window,
    durations: impl Fn(Series) -> Vec<f64>,
) -> Vec<SavedStage> {
    let total = state.pipeline_total();
    let others = state
        .history
        .stages()
        .iter()
        .copied()
        .filter(|&stage| stage != total);
    let stages: Vec<StageId> = match stage {
        Some(stage) => vec![stage],
        None => std::iter::once(total).chain(others).collect(),
    };
    let rows = stages.into_iter().map(|stage| SavedStage {
        stage: state.stage(stage).map_or_else(
            || name.unwrap_or_default().into(),
            |known| known.name.clone(),
        ),
        durations: durations(Series::of(state, stage, window)),
    });
    rows.filter(|row| stage.is_some() || !row.durations.is_empty())
        .collect()
}

fn rows_of(state: &State, side: &Side) -> Vec<SavedStage> {
    match side {
        Side::Saved { history } => history.stages.clone(),
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
            kept(
                state,
                *stage,
                name.as_deref(),
                window,
                |series| match configuration {
                    None => series.durations,
                    Some(label) => with_configuration(state, &series, *label),
                },
            )
        }
    }
}

/// Durations of the runs that were given this configuration.
fn with_configuration(state: &State, series: &Series, label: LabelId) -> Vec<f64> {
    let given = |run: &usize| {
        let figures = series.figures(state, *run);
        figures.is_some_and(|figures| figures.configuration == label)
    };
    let runs = (0..series.len()).filter(given);
    runs.map(|run| series.durations[run]).collect()
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
}

pub(super) fn criteria(significance: Option<f64>, least_change: Option<f64>) -> Criteria {
    let default = Criteria::default();
    Criteria {
        significance: significance.unwrap_or(default.significance),
        least_change: least_change.unwrap_or(default.least_change),
    }
}

pub(super) fn compare(state: &State, sides: [&Side; 2], criteria: Criteria) -> Compared {
    let [mut before, mut after] = sides.map(|side| rows_of(state, side));
    match sides.map(names_one) {
        [true, true] => {
            return compare_rows(before.iter().zip(after.iter()).collect(), criteria);
        }
        [true, false] => after.retain(|row| row.stage == before[0].stage),
        [false, true] => before.retain(|row| row.stage == after[0].stage),
        [false, false] => {}
    }
    compare_stages(&before, &after, criteria)
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
    let find = |rows: &[SavedStage], name: &str| {
        let row = rows.iter().find(|row| &*row.stage == name).cloned();
        row.unwrap_or_else(|| SavedStage {
            stage: name.into(),
            durations: Vec::new(),
        })
    };
    let added = after
        .iter()
        .filter(|row| !before.iter().any(|other| other.stage == row.stage));
    let names = before.iter().chain(added).map(|row| &*row.stage);
    let pairs: Vec<(SavedStage, SavedStage)> = names
        .map(|name| (find(before, name), find(after, name)))
        .collect();
    compare_rows(
        pairs
            .iter()
            .map(|(before, after)| (before, after))
            .collect(),
        criteria,
    )
}

fn compare_rows(pairs: Vec<(&SavedStage, &SavedStage)>, criteria: Criteria) -> Compared {
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
    let rows = pairs.into_iter().zip(&found);
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
        }
    }
}
