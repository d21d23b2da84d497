//! What became slower or faster: between windows, stages, configurations, or histories that
//! other processes exported.

use super::exported_history::{stored_runs, stored_runs_of_all, ExportedHistory, ExportedStage};
use super::stored_labels::{self, ComparedLabel, ExportedLabels};
use super::texts::Texts;
use super::work::{for_same_work, SidesOfSameWork, WorkOfSides};
use crate::engine::analysis::comparison::{
    compare as tested, Change, Comparison, Criteria, Level, Origin, Sides, Verdict,
};
use crate::engine::history::{LabelId, StageId};
use crate::engine::recorder::State;
use crate::engine::series::Window;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One side of a comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Side {
    /// Histories written earlier, each by a process of its own.
    Exported {
        /// What was written.
        histories: Vec<ExportedHistory>,
    },
    /// Runs kept here.
    Stored {
        /// One stage; every stage and the whole pipeline without it.
        stage: Option<StageId>,
        /// How the caller names that stage: one that never ran has no other name.
        name: Option<Box<str>>,
        /// Completed at this or later, on the monotonic scale.
        since: Option<f64>,
        /// Completed at this or later, wall clock in ms.
        from: Option<f64>,
        /// Completed before this, wall clock in ms.
        until: Option<f64>,
        /// Stages that ran with this configuration.
        configuration: Option<LabelId>,
    },
}

/// The runs of each process of a side, by stage.
fn processes_of<'a>(state: &mut State, side: &'a Side) -> Vec<Cow<'a, [ExportedStage]>> {
    match side {
        Side::Exported { histories } => stages_of(histories),
        Side::Stored {
            stage,
            name,
            since,
            from,
            until,
            configuration,
        } => {
            let window = Window {
                from: from.unwrap_or(f64::NEG_INFINITY),
                until: until.unwrap_or(f64::INFINITY),
                ..Window::since(*since)
            };
            vec![Cow::Owned(match stage {
                None => stored_runs_of_all(state, window, *configuration),
                Some(stage) => {
                    let known = state.stage(*stage).map(|known| known.name.clone());
                    let name = known.or_else(|| name.clone()).unwrap_or_default();
                    vec![stored_runs(state, *stage, name, window, *configuration)]
                }
            })]
        }
    }
}

fn stages_of(histories: &[ExportedHistory]) -> Vec<Cow<'_, [ExportedStage]>> {
    let histories = histories.iter();
    histories
        .map(|history| Cow::Borrowed(&history.stages[..]))
        .collect()
}

fn names_one(side: &Side) -> bool {
    matches!(side, Side::Stored { stage: Some(_), .. })
}

/// The runs of one stage on one side: of each process that has any.
#[derive(Clone, Debug, Default)]
struct Rows<'a> {
    name: &'a str,
    /// How many times a history had listed that name, with this one.
    times: usize,
    processes: Vec<&'a ExportedStage>,
}

impl<'a> Rows<'a> {
    /// The stages of a side, in the order met. A name that one history lists several times is a
    /// stage each time: names that no text can hold are all written alike.
    fn of(histories: &'a [Cow<'_, [ExportedStage]>]) -> Vec<Self> {
        let mut keys = Texts::default();
        let mut stages: Vec<Self> = Vec::new();
        for history in histories {
            let (mut names, mut counts) = (Texts::default(), Vec::new());
            for row in history.iter() {
                let name = names.place(&row.stage);
                counts.resize(names.all.len(), 0);
                counts[name] += 1;
                let mut stage = Self::none(&row.stage);
                stage.times = counts[name];
                let place = keys.place(&stage.key());
                if place == stages.len() {
                    stages.push(stage);
                }
                stages[place].processes.push(row);
            }
        }
        stages
    }

    fn none(name: &'a str) -> Self {
        let (times, processes) = (1, Vec::new());
        Self {
            name,
            times,
            processes,
        }
    }

    /// The same of two sides for the same stage.
    fn key(&self) -> String {
        format!("{} {}", self.times, self.name)
    }

    fn durations(&self) -> Vec<&'a [f64]> {
        let rows = self.processes.iter();
        rows.map(|row| &row.durations[..]).collect()
    }

    fn labels(&self) -> Vec<&'a ExportedLabels> {
        self.processes.iter().map(|row| &row.labels).collect()
    }
}

/// What became of each stage.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    significance: f64,
    least_change: f64,
    threshold: f64,
    processes_before: usize,
    processes_after: usize,
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
    processes_before: usize,
    processes_after: usize,
    warm_up_before: usize,
    warm_up_after: usize,
    p_value: f64,
    /// What the times are: medians, or what the fastest tenth takes at most.
    level: &'static str,
    explainable: Option<f64>,
    /// Where the times are those for the same work.
    work: Option<WorkOfSides>,
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

/// What counts as a difference, where not given as by default.
pub fn criteria(
    significance: Option<f64>,
    least_change: Option<f64>,
    threshold: Option<f64>,
) -> Criteria {
    let default = Criteria::default();
    Criteria {
        significance: significance.unwrap_or(default.significance),
        least_change: least_change.unwrap_or(default.least_change),
        threshold: threshold.unwrap_or(default.threshold),
    }
}

pub(super) fn compare(state: &mut State, sides: [&Side; 2], criteria: Criteria) -> Compared {
    let origin = origin_of(sides);
    let histories = sides.map(|side| processes_of(state, side));
    let counts = histories.each_ref().map(Vec::len);
    let [before, after] = histories.each_ref().map(|side| Rows::of(side));
    let first = |rows: &[Rows<'_>]| rows.first().map(|row| row.name.to_owned());
    let pairs = match sides.map(names_one) {
        [true, true] => before.into_iter().zip(after).collect(),
        [true, false] => {
            let name = first(&before);
            paired(before, of_stage(after, name.as_deref()))
        }
        [false, true] => {
            let name = first(&after);
            paired(of_stage(before, name.as_deref()), after)
        }
        [false, false] => paired(before, after),
    };
    compare_rows(&pairs, counts, origin, criteria)
}

/// Where the runs of two sides come from.
fn origin_of(sides: [&Side; 2]) -> Origin {
    let time = |side: &Side| match side {
        Side::Exported { .. } => None,
        Side::Stored {
            since, from, until, ..
        } => Some((*since, *from, *until)),
    };
    match sides.map(time) {
        [Some(before), Some(after)] if before == after => Origin::SameTime,
        [Some(_), Some(_)] => Origin::SameProcess,
        _ => Origin::Processes,
    }
}

/// Only the rows of that stage; none where it has no runs.
fn of_stage<'a>(mut rows: Vec<Rows<'a>>, name: Option<&str>) -> Vec<Rows<'a>> {
    rows.retain(|row| Some(row.name) == name);
    rows.truncate(1);
    rows
}

/// Exported histories, each of a process of its own, without a store, as JSON text.
///
/// # Errors
///
/// If the answer cannot be written.
pub fn compare_exported(
    before: &[ExportedHistory],
    after: &[ExportedHistory],
    criteria: Criteria,
) -> serde_json::Result<String> {
    let (before, after) = (stages_of(before), stages_of(after));
    let pairs = paired(Rows::of(&before), Rows::of(&after));
    let counts = [before.len(), after.len()];
    super::write(&compare_rows(&pairs, counts, Origin::Processes, criteria))
}

/// By name, in the order of the side before; what only the side after has follows.
fn paired<'a>(before: Vec<Rows<'a>>, after: Vec<Rows<'a>>) -> Vec<(Rows<'a>, Rows<'a>)> {
    let mut keys = Texts::default();
    for row in &after {
        keys.place(&row.key());
    }
    let mut after: Vec<Option<Rows<'a>>> = after.into_iter().map(Some).collect();
    let mut pairs: Vec<(Rows<'a>, Rows<'a>)> = Vec::with_capacity(before.len());
    for row in before {
        let other = keys.find(&row.key()).and_then(|place| after[place].take());
        let name = row.name;
        pairs.push((row, other.unwrap_or_else(|| Rows::none(name))));
    }
    let added = after.into_iter().flatten();
    pairs.extend(added.map(|row| (Rows::none(row.name), row)));
    pairs
}

fn compare_rows(
    pairs: &[(Rows<'_>, Rows<'_>)],
    [processes_before, processes_after]: [usize; 2],
    origin: Origin,
    criteria: Criteria,
) -> Compared {
    let same_work: Vec<Option<SidesOfSameWork>> = pairs
        .iter()
        .map(|(before, after)| {
            // What two stages take for their work has no scaling in common.
            let is_one = before.name == after.name;
            let processes = [&before.processes[..], &after.processes[..]];
            is_one.then(|| for_same_work(processes)).flatten()
        })
        .collect();
    let rows = pairs.iter().zip(&same_work);
    let samples: Vec<Sides<'_>> = rows
        .map(|((before, after), same)| match same {
            Some(same) => same
                .durations
                .each_ref()
                .map(|side| side.iter().map(Vec::as_slice).collect()),
            None => [before.durations(), after.durations()],
        })
        .collect();
    let found = tested(&samples, origin, criteria);
    let has = |verdict| found.iter().any(|stage| stage.verdict == verdict);
    let worst = [Verdict::Slower, Verdict::Faster, Verdict::NoDifferenceFound]
        .into_iter()
        .find(|&verdict| has(verdict))
        .unwrap_or(Verdict::TooFewRuns);
    let rows = pairs.iter().zip(&found).zip(same_work);
    Compared {
        significance: criteria.significance,
        least_change: criteria.least_change,
        threshold: criteria.threshold,
        processes_before,
        processes_after,
        verdict: word(worst),
        stages: rows
            .map(|(((before, after), stage), same)| Row {
                work: same.map(|same| same.work),
                ..Row::new(before, after, stage)
            })
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
    fn new(before: &Rows<'_>, after: &Rows<'_>, found: &Comparison) -> Self {
        let [runs_before, runs_after] = found.sides;
        let of = |figure: fn(Change) -> f64| found.shift.map(figure);
        let relative = found.shift.and_then(|shift| shift.relative);
        Self {
            stage_before: before.name.into(),
            stage_after: after.name.into(),
            verdict: word(found.verdict),
            runs_before: runs_before.runs,
            runs_after: runs_after.runs,
            processes_before: runs_before.processes,
            processes_after: runs_after.processes,
            warm_up_before: runs_before.warm_up,
            warm_up_after: runs_after.warm_up,
            p_value: found.p_value,
            level: match found.level {
                Level::Median => "median",
                Level::Fast => "fastest_tenth",
            },
            explainable: found.explainable,
            work: None,
            before: of(|shift| shift.before_ms),
            after: of(|shift| shift.after_ms),
            shift: of(|shift| shift.shift_ms),
            shift_low: of(|shift| shift.low_ms),
            shift_high: of(|shift| shift.high_ms),
            change: relative.map(|relative| relative.change),
            change_low: relative.map(|relative| relative.low),
            change_high: relative.map(|relative| relative.high),
            chance_slower: of(|shift| shift.chance_slower),
            labels: stored_labels::compared(&before.labels(), &after.labels()),
        }
    }
}
