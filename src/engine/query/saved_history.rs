//! Histories as text, for a comparison with what another process records.

use super::series::{Series, Window};
use super::stored_labels::{self, SavedLabels};
use crate::engine::history::{LabelId, StageId};
use crate::engine::recorder::State;
use serde::{Deserialize, Serialize};

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
    /// The name of the stage.
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

/// The format of a saved history.
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
pub(super) fn kept_of_all(
    state: &State,
    window: Window,
    configuration: Option<LabelId>,
) -> Vec<SavedStage> {
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
pub(super) fn kept(
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
    let of_run = |&run: &usize| series.sizes(state, run);
    let (sizes, items): (Vec<f64>, Vec<f64>) = runs.iter().map(of_run).unzip();
    let known = |column: Vec<f64>| {
        let any = column.iter().any(|&figure| figure > 0.0);
        if any {
            column
        } else {
            Vec::new()
        }
    };
    (known(sizes), known(items))
}
