//! Queries of the store, answered by the analysis of its records.
//!
//! Every answer is a plain value with its evidence: number of runs, intervals, p-values and places
//! in the history. Too few runs are an answer, never an error. Answers are JSON text, since people
//! and reports ask for them, not pipelines.
//!
//! Times are in ms, sizes in bytes, shares from 0 to 1; `timestamp`, `from` and `to` are wall
//! clock in ms since 1970 UTC. A figure that is not finite is written as `null`.

mod causes;
mod comparison;
mod custom_labels;
mod exported_executions;
mod exported_history;
mod gains;
mod paths;
mod quantiles;
mod recommendations;
mod scaling;
mod texts;
mod trends;
mod work;

pub use comparison::{compare_exported, criteria, Side};
pub use exported_executions::{newest_executions, ExportedExecution, ExportedExecutions};
pub use exported_history::{ExportedHistory, ExportedStage};
pub use recommendations::findings_of;
pub use texts::Texts;
pub use trends::Outlier;

use crate::engine::analysis::comparison::Criteria;
use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::forecast::CONFIDENCE;
use crate::engine::history::StageId;
use crate::engine::json::{list, object, text_of, Written};
use crate::engine::recorder::State;
use crate::engine::series::{place_of, Series, Window};
use crate::engine::stats::quantile::median;
use serde::Deserialize;
use trends::Outlook;

/// Executions looked back on by default.
const LAST_EXECUTIONS: usize = 100;

/// A query: an object of one field, the name of the query with its parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// How long a stage takes, and how often longer.
    Quantiles(About),
    /// Whether a stage gets slower.
    Trend(About),
    /// Since when a stage takes a different time.
    ChangePoints(About),
    /// How long the next runs of a stage will take.
    Forecast(About),
    /// Which stages bound the end of the executions.
    CriticalPaths(About),
    /// What the whole gains if a stage took `fraction` less.
    WhatIf(About),
    /// What sets slow runs of a stage, or slow executions, apart.
    Explain(About),
    /// How a stage's duration grows with its input and its items.
    Scaling(About),
    /// The overview of one stage for a report, with only the last change and anomaly.
    Overview(About),
    /// What became slower or faster from one side to the other.
    Compare(Compare),
    /// Durations to be compared against later, and executions to be drawn.
    Export {},
    /// What would make the pipeline faster.
    Recommendations {},
}

/// The parameters of a query; each takes what it needs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    /// The number of the stage.
    stage: StageId,
    /// Start in ms on the monotonic scale; without it all that is stored.
    since: Option<f64>,
    /// Executions looked back on.
    last: Option<usize>,
    /// By how much a stage is faster, from 0 to 1.
    fraction: f64,
    /// Runs to look ahead.
    horizon: usize,
    /// Duration in ms to be crossed; the stage's own threshold without it.
    threshold: Option<f64>,
    /// Of the intervals, in (0, 1).
    confidence: Option<f64>,
}

impl About {
    /// Everything stored of a stage.
    pub fn stage(stage: StageId) -> Self {
        Self {
            stage,
            ..Self::default()
        }
    }
}

/// Two sides, and what counts as a difference of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compare {
    /// What the change is measured from.
    before: Side,
    /// What it is measured to.
    after: Side,
    /// Chance of any false verdict, in (0, 1).
    significance: Option<f64>,
    /// Relative change below which a difference is none.
    least_change: Option<f64>,
    /// Relative change that two processes of the same code may show.
    threshold: Option<f64>,
}

/// Recommendations, computed again only after the history has changed, because summaries are read
/// often.
fn advice_of(state: &mut State) -> String {
    if let Some(text) = &state.findings.of_version(&state.history).advice {
        return text.clone();
    }
    let mut blocks = std::mem::take(&mut state.findings.blocks);
    let text = text_of(&recommendations::recommendations(state, &mut blocks));
    state.findings.blocks = blocks;
    state.findings.advice = Some(text.clone());
    text
}

/// Changes and causes of a stage, those that recommendations rest on, and its trend, that of a report;
/// of whole pipelines changes and trend. Changes have the place on the axis, by `wall_at`, the present
/// wall clock at a moment of the monotonic one: what it showed then may have been another time.
///
/// Cost: some milliseconds where there are new runs to examine, which is once in up to 32 of them, and
/// for the trend of thousands once in 256.
pub fn stage_findings(state: &mut State, stage: StageId, wall_at: &dyn Fn(f64) -> f64) -> Written {
    let mut blocks = std::mem::take(&mut state.findings.blocks);
    let found = recommendations::findings(state, stage, wall_at, &mut blocks);
    state.findings.blocks = blocks;
    found
}

/// A comparison, cached until the history or the query changes. Exported histories are compared
/// each time: they are as large as the store.
fn comparison_of(state: &mut State, sides: [&Side; 2], criteria: Criteria) -> String {
    let [Side::Stored(before), Side::Stored(after)] = sides else {
        return text_of(&comparison::compare(state, sides, criteria));
    };
    let Criteria {
        significance,
        least_change,
        threshold,
    } = criteria;
    let asked = list(&[before, after, &significance, &least_change, &threshold]);
    let asked = text_of(&asked);
    if let Some((before, text)) = &state.findings.of_version(&state.history).comparison {
        if *before == asked {
            return text.clone();
        }
    }
    let text = text_of(&comparison::compare(state, sides, criteria));
    state.findings.comparison = Some((asked, text.clone()));
    text
}

/// Answers as JSON text. Changes nothing that another query could observe.
pub fn answer(state: &mut State, question: &Question) -> String {
    let answer = match question {
        Question::Quantiles(of) => quantiles::quantiles(state, of.stage, of.since),
        Question::Trend(of) => about(state, of.stage, newest(of.since), trends::trend),
        Question::ChangePoints(of) => about(state, of.stage, newest(of.since), trends::changes),
        Question::Forecast(of) => {
            let outlook = Outlook {
                threshold: of.threshold,
                confidence: of.confidence.unwrap_or(CONFIDENCE),
                ..Outlook::to(of.horizon)
            };
            let prospect = |state: &_, series: &_, found: &_| {
                trends::prospect(state, of.stage, series, found, outlook)
            };
            about(state, of.stage, newest(None), prospect)
        }
        Question::Overview(of) => return overview_of(state, of.stage, of.horizon),
        Question::CriticalPaths(of) => paths::critical_paths(state, of.last),
        Question::WhatIf(of) => paths::what_if(state, of.stage, of.fraction, of.last),
        Question::Explain(of) => about(state, of.stage, Window::since(of.since), causes::explain),
        Question::Scaling(of) => about(state, of.stage, Window::since(of.since), scaling::scaling),
        Question::Compare(of) => {
            let criteria = criteria(of.significance, of.least_change, of.threshold);
            return comparison_of(state, [&of.before, &of.after], criteria);
        }
        Question::Export {} => return text_of(&exported_history::export(state)),
        Question::Recommendations {} => return advice_of(state),
    };
    text_of(&answer)
}

/// The runs behind an answer.
#[derive(Clone, Copy, Debug)]
pub struct Examined {
    /// Runs examined.
    pub runs: usize,
    /// When the oldest completed, wall clock in ms.
    pub from: Option<f64>,
    /// When the newest completed, wall clock in ms.
    pub to: Option<f64>,
}

/// Reports the anomalous runs of a stage, oldest first, to a function instead of in a text, because
/// restless stages have thousands.
pub fn anomalies(
    state: &mut State,
    stage: StageId,
    since: Option<f64>,
    report: impl FnMut(Outlier<'_>),
) -> Examined {
    about(state, stage, newest(since), |state, series, found| {
        let outliers = found.anomalies(&series.runs.durations).iter();
        outliers
            .map(|run| Outlier::new(state, series, run))
            .for_each(report);
        let (from, to) = series.period(state);
        Examined {
            runs: series.len(),
            from,
            to,
        }
    })
}

/// Newest runs looked back on, which bounds the cost of an answer.
const LOOK_BACK: usize = 10_000;

fn newest(since: Option<f64>) -> Window {
    Window::since(since).newest(LOOK_BACK)
}

/// Analyses the runs of a stage. Findings about all of them are cached until the next record; those
/// about a period are not.
fn about<T>(
    state: &mut State,
    stage: StageId,
    window: Window,
    report: impl FnOnce(&State, &Series, &SeriesFindings) -> T,
) -> T {
    let series = Series::asked(state, stage, window);
    let found = known_of(state, stage, window, &series);
    let reported = report(state, &series, &found);
    if window.is_open() {
        let place = place_of(state, stage, series.len());
        state.findings.series.put(place, found.into());
    }
    series.keep(state, stage, window);
    reported
}

fn known_of(state: &mut State, stage: StageId, window: Window, series: &Series) -> SeriesFindings {
    let place = window
        .is_open()
        .then(|| place_of(state, stage, series.len()));
    let known = state.findings.of_version(&state.history);
    let found = place.and_then(|place| known.series.take(place));
    let found = found.map_or_else(|| SeriesFindings::new(series.from_start), |known| *known);
    found.judge_by_work(|| series.adjusted_for_work(state));
    found
}

/// The overview as text, cached until the stage has another record: a report asks for that of all stages.
fn overview_of(state: &mut State, stage: StageId, horizon: usize) -> String {
    let threshold = state.stage(stage).and_then(|known| known.threshold);
    let asked = (horizon, threshold.map(|of| of.max_duration_ms.to_bits()));
    let place = place_of(state, stage, 0);
    let known = state.findings.of_version(&state.history);
    if let Some((before, text)) = known.overviews.get(place).map(Box::as_ref) {
        if *before == asked {
            return text.clone();
        }
    }
    let text = text_of(&overview(state, stage, horizon));
    state
        .findings
        .overviews
        .put(place, Box::new((asked, text.clone())));
    text
}

/// `line` has medians of even stretches of the runs, oldest first; `growth` is how the stage's time
/// grows with its work, if that is steep.
fn overview(state: &mut State, stage: StageId, horizon: usize) -> Written {
    let sketch = quantiles::all_time(state, stage);
    about(state, stage, newest(None), |state, series, found| {
        let outlook = Outlook::to(horizon);
        object(&[
            (
                "quantiles",
                &quantiles::describe(state, series, &sketch, None),
            ),
            ("line", &line_of(&series.runs.durations)),
            ("trend", &trends::trend(state, series, found)),
            ("lastChange", &trends::last_change(state, series, found)),
            (
                "workChange",
                &work::work_changes(state, series, found).pop(),
            ),
            ("growth", &scaling::strong(state, series, found)),
            ("anomalies", &trends::latest_outlier(state, series, found)),
            (
                "forecast",
                &trends::prospect(state, stage, series, found, outlook),
            ),
            ("explanation", &causes::explain(state, series, found)),
            ("warmUp", &trends::warm_up(series, found)),
        ])
    })
}

/// Stretches of a line in a report.
const STRETCHES: usize = 20;

/// The median of each of some stretches of runs, as even as can be; one per run of few.
fn line_of(durations: &[f64]) -> Vec<f64> {
    let count = durations.len();
    let stretches = count.min(STRETCHES);
    let bounds = (0..stretches).map(|of| (of * count / stretches, (of + 1) * count / stretches));
    let medians = bounds.filter_map(|(from, to)| median(durations.get(from..to)?));
    medians.collect()
}

#[cfg(test)]
mod tests;
