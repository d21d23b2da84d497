//! Comparisons between windows, stages, configurations, or histories that other processes exported.

use super::exported_history::{stored_runs, stored_runs_of_all, ExportedHistory, ExportedStage};
use super::texts::Texts;
use super::work::{for_same_work, SidesOfSameWork};
use crate::engine::analysis::comparison::{
    compare as tested, Change, Comparison, Criteria, Level, Origin, Sides, Verdict,
};
use crate::engine::history::{LabelId, StageId};
use crate::engine::json::{list, object, text_of, Json, Written};
use crate::engine::recorder::State;
use crate::engine::series::Window;
use serde::Deserialize;
use std::borrow::Cow;

/// One side of a comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Side {
    /// Exported histories, each by its own process.
    Exported {
        /// The histories.
        histories: Vec<ExportedHistory>,
    },
    /// Runs stored here.
    Stored(Stored),
}

/// A selection of runs stored here, of one stage or all.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// The stage; every stage and the whole pipeline without it.
    stage: Option<StageId>,
    /// The caller's name of that stage, for one that never ran.
    name: Option<Box<str>>,
    /// Completed at this or later, on the monotonic scale.
    since: Option<f64>,
    /// Completed at this or later, wall clock in ms.
    from: Option<f64>,
    /// Completed before this, wall clock in ms.
    until: Option<f64>,
    /// Stages that ran with this configuration.
    configuration: Option<LabelId>,
}

/// The parts that distinguish two queries.
impl Json for Stored {
    fn write(&self, to: &mut Written) {
        let name = self.name.as_deref();
        let times = [self.since, self.from, self.until];
        list(&[&self.stage, &name, &times, &self.configuration]).write(to);
    }
}

/// The runs of each process of a side, by stage.
fn processes_of<'a>(state: &mut State, side: &'a Side) -> Vec<Cow<'a, [ExportedStage]>> {
    match side {
        Side::Exported { histories } => stages_of(histories),
        Side::Stored(of) => {
            let window = Window {
                from: of.from.unwrap_or(f64::NEG_INFINITY),
                until: of.until.unwrap_or(f64::INFINITY),
                ..Window::since(of.since)
            };
            vec![Cow::Owned(match of.stage {
                None => stored_runs_of_all(state, window, of.configuration),
                Some(stage) => {
                    let known = state.stage(stage).map(|known| known.name.clone());
                    let name = known.or_else(|| of.name.clone()).unwrap_or_default();
                    vec![stored_runs(state, stage, name, window, of.configuration)]
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
    matches!(side, Side::Stored(of) if of.stage.is_some())
}

/// The runs of one stage on one side, per process that has any.
#[derive(Clone, Debug, Default)]
struct Rows<'a> {
    name: &'a str,
    /// Number of times the history has listed that name, including this one.
    times: usize,
    processes: Vec<&'a ExportedStage>,
}

impl<'a> Rows<'a> {
    /// The stages of a side, in order of appearance. A name that one history lists several times is
    /// a different stage each time: invalid names are all written alike.
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

    /// Identifies the stage: equal for the same stage of both sides.
    fn key(&self) -> String {
        format!("{} {}", self.times, self.name)
    }

    fn durations(&self) -> Vec<&'a [f64]> {
        let rows = self.processes.iter();
        rows.map(|row| &row.durations[..]).collect()
    }
}

/// The criteria of a difference, with defaults where not given.
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

pub(super) fn compare(state: &mut State, sides: [&Side; 2], criteria: Criteria) -> Written {
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

/// The origin of the runs of two sides.
fn origin_of(sides: [&Side; 2]) -> Origin {
    match sides {
        [Side::Stored(_), Side::Stored(_)] => Origin::SameProcess,
        _ => Origin::Processes,
    }
}

/// Whether the runs of one stage of one process alternate between the sides: at least half as often as
/// where the side of each run is random.
fn take_turns(before: &Rows<'_>, after: &Rows<'_>) -> bool {
    let ([before_only], [after_only]) = (&before.processes[..], &after.processes[..]) else {
        return false;
    };
    let (places, others) = (&before_only.places, &after_only.places);
    let is_parted = |pair: &&[usize]| {
        let next = others.partition_point(|place| *place <= pair[0]);
        others.get(next).is_some_and(|place| *place < pair[1])
    };
    let turns = places.windows(2).filter(is_parted).count();
    let all = places.len() + others.len();
    before.name == after.name && 2 * turns * all >= places.len() * others.len()
}

/// Only the rows of that stage; none if it has no runs.
fn of_stage<'a>(mut rows: Vec<Rows<'a>>, name: Option<&str>) -> Vec<Rows<'a>> {
    rows.retain(|row| Some(row.name) == name);
    rows.truncate(1);
    rows
}

/// Compares exported histories, each of its own process, without a store, as JSON text.
pub fn compare_exported(
    before: &[ExportedHistory],
    after: &[ExportedHistory],
    criteria: Criteria,
) -> String {
    let (before, after) = (stages_of(before), stages_of(after));
    let pairs = paired(Rows::of(&before), Rows::of(&after));
    let counts = [before.len(), after.len()];
    text_of(&compare_rows(&pairs, counts, Origin::Processes, criteria))
}

/// By name, in the order of the side before, then those only on the side after.
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
) -> Written {
    let same_work: Vec<Option<SidesOfSameWork>> = pairs
        .iter()
        .map(|(before, after)| {
            // Two different stages have no common scaling with their work.
            let is_one = before.name == after.name;
            let processes = [&before.processes[..], &after.processes[..]];
            is_one.then(|| for_same_work(processes)).flatten()
        })
        .collect();
    let rows = pairs.iter().zip(&same_work);
    let samples: Vec<Sides<'_>> = rows
        .map(|((before, after), same)| {
            let runs = match same {
                Some(same) => same
                    .durations
                    .each_ref()
                    .map(|side| side.iter().map(Vec::as_slice).collect()),
                None => [before.durations(), after.durations()],
            };
            let origin = match origin {
                Origin::SameProcess if take_turns(before, after) => Origin::InTurns,
                _ => origin,
            };
            Sides { origin, runs }
        })
        .collect();
    let found = tested(&samples, criteria);
    let has = |verdict| found.iter().any(|stage| stage.verdict == verdict);
    let worst = [Verdict::Slower, Verdict::Faster, Verdict::NoDifferenceFound]
        .into_iter()
        .find(|&verdict| has(verdict))
        .unwrap_or(Verdict::TooFewRuns);
    let rows = pairs.iter().zip(&found).zip(&same_work);
    let rows = rows.map(|(((before, after), stage), same)| {
        row_of(before, after, stage, same.as_ref().map(|same| &same.work))
    });
    object(&[
        ("significance", &criteria.significance),
        ("leastChange", &criteria.least_change),
        ("threshold", &criteria.threshold),
        ("processesBefore", &processes_before),
        ("processesAfter", &processes_after),
        ("verdict", &word(worst)),
        ("stages", &rows.collect::<Vec<_>>()),
    ])
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::NoDifferenceFound => "no_difference_found",
        Verdict::TooFewRuns => "too_few_runs",
    }
}

/// The verdict on a stage. Levels are in ms, and `null` if a side has no runs, like all that
/// follows; `work` is the measure that times were adjusted for.
fn row_of(
    before: &Rows<'_>,
    after: &Rows<'_>,
    found: &Comparison,
    work: Option<&Written>,
) -> Written {
    let [runs_before, runs_after] = found.sides;
    let of = |figure: fn(Change) -> f64| found.shift.map(figure);
    let relative = found.shift.and_then(|shift| shift.relative);
    let level = match found.level {
        Level::Median => "median",
        Level::Fast => "fastest_tenth",
    };
    object(&[
        ("stageBefore", &before.name),
        ("stageAfter", &after.name),
        ("verdict", &word(found.verdict)),
        ("runsBefore", &runs_before.runs),
        ("runsAfter", &runs_after.runs),
        ("processesBefore", &runs_before.processes),
        ("processesAfter", &runs_after.processes),
        ("warmUpBefore", &runs_before.warm_up),
        ("warmUpAfter", &runs_after.warm_up),
        ("pValue", &found.p_value),
        ("level", &level),
        ("explainable", &found.explainable),
        ("work", &work),
        ("before", &of(|shift| shift.before_ms)),
        ("after", &of(|shift| shift.after_ms)),
        ("shift", &of(|shift| shift.shift_ms)),
        ("shiftLow", &of(|shift| shift.low_ms)),
        ("shiftHigh", &of(|shift| shift.high_ms)),
        ("change", &relative.map(|relative| relative.change)),
        ("changeLow", &relative.map(|relative| relative.low)),
        ("changeHigh", &relative.map(|relative| relative.high)),
        ("chanceSlower", &of(|shift| shift.chance_slower)),
    ])
}
