//! Questions put to the store, and what the analysis makes of its records.
//!
//! Every answer is a plain value with its evidence: how many runs it rests on, intervals,
//! p-values and where in the history. Too few runs are an answer, never an error. Answers are
//! written as JSON text: they are asked for by people and by reports, not by pipelines.
//!
//! Times are in ms, sizes in bytes, shares from 0 to 1; `timestamp`, `from` and `to` are wall
//! clock in ms since 1970 UTC. A figure that is not finite is written as `null`.

#![expect(
    clippy::struct_field_names,
    reason = "fields are the names that answers carry"
)]

mod advice;
mod comparing;
mod explaining;
mod growth;
mod own_labels;
mod paths;
mod quantiles;
mod series;
mod trends;

pub use comparing::{compare_saved, Saved, SavedStage, Side};

use crate::engine::analysis::change_point::change_points;
use crate::engine::history::StageId;
use crate::engine::recorder::State;
use serde::{Deserialize, Serialize};
use series::Series;

/// Executions looked back on unless asked for another number.
const LAST_EXECUTIONS: usize = 100;

/// Stands for a stage that never ran: every answer about it is empty.
pub const NO_STAGE: StageId = StageId::MAX;

/// What can be asked. `since` is wall clock in ms since 1970 UTC; all that is kept without it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Question {
    /// How long a stage takes, and how often longer.
    Quantiles {
        /// Which stage.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// Whether a stage gets slower.
    Trend {
        /// Which stage.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// Since when a stage takes a different time.
    ChangePoints {
        /// Which stage.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// Which runs of a stage do not belong.
    Anomalies {
        /// Which stage.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// What the next runs of a stage will take.
    Forecast {
        /// Which stage.
        stage: StageId,
        /// Runs to look ahead.
        horizon: usize,
        /// Duration in ms whose crossing is asked for; the stage's own limit without it.
        threshold: Option<f64>,
        /// Of the intervals, in (0, 1).
        confidence: Option<f64>,
    },
    /// Which stages bound the end of the executions.
    CriticalPaths {
        /// Executions looked back on.
        last: Option<usize>,
    },
    /// What the whole gains if a stage took `fraction` less.
    WhatIf {
        /// Which stage.
        stage: StageId,
        /// From 0 to 1.
        fraction: f64,
        /// Executions looked back on.
        last: Option<usize>,
    },
    /// What sets slow runs apart.
    Explain {
        /// Which stage; the one for whole pipelines asks about executions.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// How a stage's duration grows with its input and its items.
    Scaling {
        /// Which stage.
        stage: StageId,
        /// From when.
        since: Option<f64>,
    },
    /// What became slower or faster from one side to the other.
    Compare {
        /// The one.
        before: Side,
        /// The other.
        after: Side,
        /// Chance of any false verdict, in (0, 1).
        significance: Option<f64>,
        /// Relative change below which a difference is none.
        least_change: Option<f64>,
    },
    /// Everything above about one stage at once, without its scaling: what a report says of it.
    Overview {
        /// Which stage.
        stage: StageId,
        /// Runs to look ahead.
        horizon: usize,
    },
    /// Durations to be compared against later.
    Export,
    /// What would make the pipeline faster.
    Recommendations,
}

/// Recommendations, made again only where the history has changed since the last time: a
/// summary asks for them as often as somebody looks.
fn advice_of(state: &mut State) -> serde_json::Result<String> {
    let version = state.history.version();
    if let Some((made_from, text)) = &state.advice {
        if *made_from == version {
            return Ok(text.clone());
        }
    }
    let text = write(&advice::recommendations(state))?;
    state.advice = Some((version, text.clone()));
    Ok(text)
}

/// Answers as JSON text. Changes nothing that another question could see.
///
/// # Errors
///
/// If the answer cannot be written.
pub fn answer(state: &mut State, question: &Question) -> serde_json::Result<String> {
    match question {
        &Question::Quantiles { stage, since } => write(&quantiles::quantiles(state, stage, since)),
        &Question::Trend { stage, since } => write(&trends::trend(&newest(state, stage, since))),
        &Question::ChangePoints { stage, since } => {
            write(&trends::changes(state, &newest(state, stage, since)))
        }
        &Question::Anomalies { stage, since } => {
            let series = newest(state, stage, since);
            let changes = change_points(&series.durations);
            write(&trends::outliers(state, &series, &changes))
        }
        &Question::Forecast {
            stage,
            horizon,
            threshold,
            confidence,
        } => {
            let series = newest(state, stage, None);
            write(&trends::prospect(
                state, stage, &series, horizon, threshold, confidence,
            ))
        }
        &Question::Overview { stage, horizon } => write(&overview(state, stage, horizon)),
        &Question::CriticalPaths { last } => write(&paths::critical_paths(state, last)),
        &Question::WhatIf {
            stage,
            fraction,
            last,
        } => write(&paths::what_if(state, stage, fraction, last)),
        &Question::Explain { stage, since } => write(&explaining::explain(state, stage, since)),
        &Question::Scaling { stage, since } => write(&growth::scaling(state, stage, since)),
        Question::Compare {
            before,
            after,
            significance,
            least_change,
        } => write(&comparing::compare(
            state,
            [before, after],
            comparing::criteria(*significance, *least_change),
        )),
        Question::Export => write(&comparing::export(state)),
        Question::Recommendations => advice_of(state),
    }
}

/// Runs looked back on, the newest: what bounds the cost of an answer.
const LOOK_BACK: usize = 10_000;

fn newest(state: &State, stage: StageId, since: Option<f64>) -> Series {
    Series::of(state, stage, since).last(LOOK_BACK)
}

#[derive(Debug, Serialize)]
struct Overview {
    quantiles: quantiles::Quantiles,
    trend: trends::Trend,
    changes: Vec<trends::Change>,
    anomalies: trends::Outliers,
    forecast: trends::Prospect,
    explanation: explaining::Explained,
}

/// Reads the records once, and seeks changes once.
fn overview(state: &mut State, stage: StageId, horizon: usize) -> Overview {
    let series = newest(state, stage, None);
    let changes = change_points(&series.durations);
    Overview {
        quantiles: quantiles::all_time(state, stage, &series),
        trend: trends::trend(&series),
        changes: trends::told(state, &series, &changes),
        anomalies: trends::outliers(state, &series, &changes),
        forecast: trends::prospect(state, stage, &series, horizon, None, None),
        explanation: explaining::explain_series(state, &series),
    }
}

fn write(answer: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(answer)
}

#[cfg(test)]
mod tests;
