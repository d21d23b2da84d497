//! Histories as text, for a comparison with what another process records.

use super::exported_executions::{self, ExportedExecutions};
use crate::engine::history::{LabelId, StageId};
use crate::engine::json::{IfFull, Json, Written};
use crate::engine::recorder::State;
use crate::engine::series::{Series, Window};
use serde::Deserialize;

/// A history as text: durations by stage, and executions with their stages.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedHistory {
    /// Identifies the text.
    pub format: Box<str>,
    /// Version of the format.
    pub version: u32,
    /// Every stage that has runs.
    pub stages: Vec<ExportedStage>,
    /// The newest executions.
    #[serde(default)]
    pub executions: ExportedExecutions,
}

/// The runs of one stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedStage {
    /// The name of the stage.
    pub stage: Box<str>,
    /// In ms, oldest first.
    pub durations: Vec<f64>,
    /// Input size of each run in bytes, 0 if unknown; omitted if none is known.
    #[serde(default)]
    pub input_size: Vec<f64>,
    /// Items that each run processed, 0 where unknown; not written where none is known.
    #[serde(default)]
    pub items_processed: Vec<f64>,
    /// Places of the runs among all of the stage; only for stored ones, never written.
    #[serde(skip)]
    pub places: Vec<usize>,
}

impl Json for ExportedHistory {
    fn write(&self, to: &mut Written) {
        to.object(&[
            ("format", &self.format),
            ("version", &self.version),
            ("stages", &self.stages),
            ("executions", &self.executions),
        ]);
    }
}

impl Json for ExportedStage {
    fn write(&self, to: &mut Written) {
        to.object(&[
            ("stage", &self.stage),
            ("durations", &self.durations),
            ("inputSize", &IfFull(&self.input_size)),
            ("itemsProcessed", &IfFull(&self.items_processed)),
        ]);
    }
}

/// The format of an exported history.
const FORMAT: &str = "pipeline-performance-metrics/history";
const VERSION: u32 = 1;

pub(super) fn export(state: &mut State) -> ExportedHistory {
    ExportedHistory {
        format: FORMAT.into(),
        version: VERSION,
        stages: stored_runs_of_all(state, Window::ALL, None),
        executions: exported_executions::export(state),
    }
}

/// Runs of every stage that has any, with the whole pipeline first.
pub(super) fn stored_runs_of_all(
    state: &mut State,
    window: Window,
    configuration: Option<LabelId>,
) -> Vec<ExportedStage> {
    let total = state.pipeline_total();
    let stages = state.history.stages().iter().copied();
    let others = stages.filter(|&stage| stage != total);
    let all: Vec<StageId> = std::iter::once(total).chain(others).collect();
    let rows = all.into_iter().map(|stage| {
        let name = state.stage(stage).map(|known| known.name.clone());
        let name = name.unwrap_or_default();
        stored_runs(state, stage, name, window, configuration)
    });
    rows.filter(|row| !row.durations.is_empty()).collect()
}

/// Runs of one stage. Without a monotonic bound, they are read from the history once for any number
/// of windows.
pub(super) fn stored_runs(
    state: &mut State,
    stage: StageId,
    name: Box<str>,
    window: Window,
    configuration: Option<LabelId>,
) -> ExportedStage {
    let undated = window.undated();
    let series = Series::asked(state, stage, undated);
    let is_meant = |run: &usize| {
        configuration.is_none_or(|configuration| {
            let figures = series.figures(state, *run);
            figures.is_some_and(|figures| figures.configuration == configuration)
        })
    };
    let all = 0..series.len();
    let runs: Vec<usize> = if window.is_dated() {
        let walls = series.walls(state);
        let dated = all.filter(|&run| window.has(walls[run]));
        dated.filter(is_meant).collect()
    } else {
        all.filter(is_meant).collect()
    };
    let [input_size, items_processed] = work(state, &series, &runs);
    let stored = ExportedStage {
        stage: name,
        durations: runs.iter().map(|&run| series.runs.durations[run]).collect(),
        input_size,
        items_processed,
        places: runs,
    };
    series.keep(state, stage, undated);
    stored
}

/// Input size and items of each run; empty where no run has any.
fn work(state: &State, series: &Series, runs: &[usize]) -> [Vec<f64>; 2] {
    series.work(state).each_ref().map(|column| {
        let any = runs.iter().any(|&run| column[run] > 0.0);
        let of_runs = || runs.iter().map(|&run| column[run]).collect();
        if any {
            of_runs()
        } else {
            Vec::new()
        }
    })
}
