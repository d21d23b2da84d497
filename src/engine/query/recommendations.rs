//! What would make the pipeline faster, with the evidence and the gain.
//!
//! Three causes are looked for: a stage that takes the largest part of the time, one that takes
//! lastingly longer than before, since each change that has not been undone, and circumstances
//! under which one is slow. Each gain is what the critical path allows, computed from the
//! executions themselves; gains that may be zero, or below the clock's resolution, are not
//! recommended, nor is what no longer holds.
//!
//! Changes and circumstances are searched in steps of some runs (see [`Series::in_steps`]), so that
//! few of many queries pay for the search.

use super::causes::{attributes, Attribute};
use super::exported_history::ExportedStage;
use super::gains::{fractions, Gain, Recent};
use super::paths::Executions;
use super::scaling::{curve, is_super_linear, laws};
use super::trends::{change, moves, written_change};
use super::{LAST_EXECUTIONS, LOOK_BACK};
use crate::engine::analysis::bottleneck::{is_large, Bottleneck, BottleneckKind};
use crate::engine::analysis::change_point::{ChangePoint, SIZE_RUNS};
use crate::engine::analysis::findings::{Block, Known, SeriesFindings};
use crate::engine::analysis::stage_runs::StageRuns;
use crate::engine::analysis::work::for_same_work;
use crate::engine::history::{ExecutionRef, StageId};
use crate::engine::json::{object, Json, Written};
use crate::engine::recorder::State;
use crate::engine::series::{list_of, Series};
use crate::engine::stats::order::sort_by;
use crate::engine::stats::robust::midmean_with_error;

/// Runs of a stage searched for changes and causes: anything older is normal by now.
const RECENT_RUNS: usize = 1_024;

/// The gain of halving a stage's time is reported for the stage with the largest share.
const HALF: f64 = 0.5;

/// All of a stage's time, in each of the executions that gains come from.
const EACH: [f64; LAST_EXECUTIONS] = [1.0; LAST_EXECUTIONS];

/// A stage is not named for its share of the time if a reason that is also named gains this share
/// of it: what slowed it down, or when it is slow, shows where to look.
const MOST_OF_IT: f64 = 0.5;

/// Slowdowns and gains below this share are not reported.
const WORTH_A_WORD: f64 = 0.05;

/// Gains below this, in ms, are within the clock's resolution.
const LEAST_GAIN_MS: f64 = 0.001;

/// Gains of slowdowns and circumstances below this, in per cent of an execution, are not reported.
const LEAST_PERCENT: f64 = 1.0;

/// A level of fewer runs than this belongs to the start of a process, and is no level to return to.
const FIRST_RUNS: usize = 30;

/// Runs since a slowdown among which the first execution since is sought: those that were put in
/// manually have none.
const MOST_TRIED: usize = 32;

/// Share of the variance below which a cause, however sure, explains too little.
const LEAST_EFFECT: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Recommendation {
    kind: &'static str,
    critical: bool,
    stage: StageId,
    /// Impact of the bottleneck, as in a summary: per cent of the stage time, or what is missing to
    /// an efficiency of 1.
    impact: f64,
    /// In per cent, if no time is claimed.
    given_percent: Option<f64>,
    gain: Option<Gain>,
    executions: usize,
    change: Option<Written>,
    cause: Option<Attribute>,
    scaling: Option<Written>,
}

impl Json for Recommendation {
    fn write(&self, to: &mut Written) {
        to.object(&[
            ("kind", &self.kind),
            ("critical", &self.critical),
            ("stage", &self.stage),
            ("impact", &self.impact),
            ("givenPercent", &self.given_percent),
            ("gain", &self.gain),
            ("executions", &self.executions),
            ("change", &self.change),
            ("cause", &self.cause),
            ("scaling", &self.scaling),
        ]);
    }
}

impl Recommendation {
    /// -1 if no time is claimed.
    fn gain_ms(&self) -> f64 {
        self.gain.map_or(-1.0, |gain| gain.time)
    }
}

/// Ordered by gain, the largest first; those that claim no time come last.
///
/// `blocks` has earlier findings. They are reused for stages with the same runs, and dropped when
/// no longer needed.
pub(super) fn recommendations(state: &State, blocks: &mut Known<Block>) -> Vec<Recommendation> {
    let executions = Executions::last(state, LAST_EXECUTIONS);
    let mut recent = Recent::of(executions);
    let (rows, bottlenecks, _) = state.recent_bottlenecks();
    blocks.retain(|(stage, _)| list_of(state, stage).is_some());
    let mut all = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let series = Series::in_steps(state, row.stage, RECENT_RUNS);
        let found = examined(state, &series, blocks.entry((row.stage, RECENT_RUNS)));
        let has_inner = recent.executions.has_inner(row.stage);
        let mut context = Context {
            state,
            recent: &mut recent,
            stage: row.stage,
            stages: rows.len(),
            percentage: row.percentage,
            has_inner,
            explained: attributes(state, &series, found),
            series: &series,
            found,
        };
        let of_row = bottlenecks.iter().filter(|found| found.row == place);
        let bottlenecks: Vec<Recommendation> = of_row
            .filter_map(|found| context.bottleneck(found))
            .collect();
        let mut reasons = context.regressions();
        reasons.extend(context.fixable());
        let explained = reasons
            .iter()
            .map(Recommendation::gain_ms)
            .fold(0.0, f64::max);
        let is_open = |found: &Recommendation| explained < MOST_OF_IT * found.gain_ms();
        all.extend(
            bottlenecks
                .into_iter()
                .filter(|found| found.gain.is_none() || is_open(found)),
        );
        all.extend(reasons);
    }
    sort_by(&mut all, |a, b| b.gain_ms().total_cmp(&a.gain_ms()));
    all
}

/// Findings about the runs of a stage, cached or computed now.
fn examined<'a>(state: &State, series: &Series, block: &'a mut Block) -> &'a SeriesFindings {
    let runs = (&series.runs.refs[..], series.step);
    let version = state.history.version();
    let is_unsettled = || {
        let running: Vec<ExecutionRef> = state.running_executions().collect();
        let runs = 0..series.len();
        !running.is_empty()
            && runs.rev().any(|run| {
                let execution = series.execution_ref(state, run);
                execution.is_some_and(|execution| running.contains(&execution))
            })
    };
    let found = block.findings_in(runs, series.from_start, version, is_unsettled);
    found.judge_by_work(|| series.adjusted_for_work(state));
    found
}

/// Changes and causes of one stage, or changes of whole pipelines, in the same runs that
/// recommendations are sought in; and their trend, in the runs that it is looked for in.
///
/// `wall_at` has the present wall clock at a moment of the monotonic one.
pub(super) fn findings(
    state: &mut State,
    stage: StageId,
    wall_at: &dyn Fn(f64) -> f64,
    blocks: &mut Known<Block>,
) -> Written {
    let trend = trend_in_steps(state, stage);
    let series = Series::in_steps(state, stage, RECENT_RUNS);
    let found = examined(state, &series, blocks.entry((stage, RECENT_RUNS)));
    let changes = changes_in(&series.runs.durations, found, &|found| {
        let at = series.ended(state, found.index).map(wall_at);
        change(state, &series, found).and(&object(&[("at", &at)]))
    });
    let causes = if stage == state.pipeline_total() {
        Vec::new()
    } else {
        attributes(state, &series, found)
    };
    let causes: Vec<Attribute> = causes.into_iter().filter(Attribute::is_sure).collect();
    object(&[
        ("changes", &changes),
        ("causes", &causes),
        ("trend", &trend),
    ])
}

/// What the newest runs of a stage tend to, sought once in up to 256 of them.
fn trend_in_steps(state: &mut State, stage: StageId) -> Option<Written> {
    let stretch = Series::stretch(state, stage, LOOK_BACK)?;
    let known = state.findings.trends.get(stage).copied();
    let (_, change, runs) = known.filter(|(of, ..)| *of == stretch).unwrap_or_else(|| {
        let series = Series::in_steps(state, stage, LOOK_BACK);
        let found = SeriesFindings::new(series.from_start);
        found.judge_by_work(|| series.adjusted_for_work(state));
        let change = found.sure_change(&series.runs.durations);
        let first = found
            .warm_up(&series.runs.durations)
            .map_or(0, |of| of.runs);
        let sought = (stretch, change, series.len() - first);
        state.findings.trends.put(stage, sought);
        sought
    });
    Some(moves(change?, runs))
}

/// Changes and trend in the runs of an exported history, which has no circumstances to explain them
/// by. As in a comparison, the first run counts as the first of its process.
pub fn findings_of(of: &ExportedStage) -> Written {
    let durations = &of.durations;
    let found = SeriesFindings::new(true);
    found.judge_by_work(|| for_same_work(durations, &[&of.input_size, &of.items_processed]));
    let changes = changes_in(durations, &found, &|found| {
        written_change(found, None, None)
    });
    let warm_up = found.warm_up(durations).map_or(0, |of| of.runs);
    let trend = found.sure_change(durations);
    let runs = durations.len() - warm_up;
    object(&[
        ("changes", &changes),
        ("causes", &[0.0; 0]),
        ("trend", &trend.map(|change| moves(change, runs))),
    ])
}

/// Each with how many of the runs examined it is ago, and whether it lasts.
fn changes_in(
    durations: &[f64],
    found: &SeriesFindings,
    describe: &dyn Fn(&ChangePoint) -> Written,
) -> Vec<Written> {
    let changes = found.changes(durations);
    let found = changes.iter().enumerate().map(|(place, change)| {
        describe(change).and(&object(&[
            ("runsAgo", &(durations.len() - change.index)),
            ("isLasting", &is_lasting_slowdown(changes, place)),
        ]))
    });
    found.collect()
}

/// Whether a change made the stage slower and none after it has undone that.
fn is_lasting_slowdown(changes: &[ChangePoint], place: usize) -> bool {
    let Some(change) = changes.get(place) else {
        return false;
    };
    let halfway = (change.before_ms * change.after_ms).sqrt();
    let later = changes.get(place + 1..).unwrap_or_default();
    change.change_low > 0.0
        && change.change >= WORTH_A_WORD
        && change.runs_before >= FIRST_RUNS
        && later.iter().all(|later| later.after_ms > halfway)
}

/// Whether the gain is above the clock's resolution, and large enough to matter.
fn is_measurable(gain: &Gain) -> bool {
    gain.time >= LEAST_GAIN_MS && gain.percent >= LEAST_PERCENT
}

/// One stage and its findings.
struct Context<'a> {
    state: &'a State,
    recent: &'a mut Recent,
    stage: StageId,
    /// Number of stages.
    stages: usize,
    percentage: f64,
    /// Whether it has children, which may be what made it slower.
    has_inner: bool,
    explained: Vec<Attribute>,
    series: &'a Series,
    found: &'a SeriesFindings,
}

impl Context<'_> {
    fn recommendation(&self, kind: &'static str, gain: Option<Gain>) -> Recommendation {
        Recommendation {
            kind,
            critical: false,
            stage: self.stage,
            impact: self.percentage,
            given_percent: None,
            gain,
            executions: self.recent.executions.len(),
            change: None,
            cause: self.cause().cloned(),
            scaling: self.super_linear(),
        }
    }

    fn super_linear(&self) -> Option<Written> {
        let laws = laws(self.state, self.series, self.found);
        let steep = laws.into_iter().flatten().find(is_super_linear);
        steep.map(|law| curve(&law))
    }

    /// The most significant cause of the stage being slow.
    fn cause(&self) -> Option<&Attribute> {
        let mut causes = self.explained.iter();
        causes.find(|found| found.is_sure() && found.found.effect >= LEAST_EFFECT)
    }

    /// `None` for a stage that gains nothing by being faster: it is off the critical path.
    fn bottleneck(&mut self, found: &Bottleneck) -> Option<Recommendation> {
        if found.kind == BottleneckKind::Efficiency {
            return Some(Recommendation {
                impact: found.impact,
                given_percent: Some(found.gain_percent),
                ..self.recommendation("efficiency_bottleneck", None)
            });
        }
        let gain = self.recent.gain(self.stage, [HALF; 3], 0.0, &EACH)?;
        if gain.time < LEAST_GAIN_MS || !self.is_often_large() {
            return None;
        }
        Some(Recommendation {
            critical: found.critical,
            impact: found.impact,
            given_percent: Some(found.gain_percent),
            ..self.recommendation("time_bottleneck", Some(gain))
        })
    }

    /// Whether the stage would still take the largest part if its anomalous runs, which are reported as
    /// such, had taken what is typical. True for a stage with children, where that is not known.
    fn is_often_large(&self) -> bool {
        let anomalies = self.found.anomalies(&self.series.runs.durations).iter();
        let recent = anomalies.filter(|found| {
            let execution = self.series.execution_ref(self.state, found.index);
            execution.is_some_and(|execution| self.recent.executions.since(execution).is_some())
        });
        let beyond: f64 = recent
            .map(|found| found.duration_ms - found.typical_ms)
            .sum();
        let own_ms = self.recent.whole.own_ms(self.stage);
        let all_ms = own_ms / self.percentage * 100.0;
        let share = (own_ms - beyond) / (all_ms - beyond) * 100.0;
        self.has_inner || is_large(share, self.stages)
    }

    /// Slowdowns: changes of level since which the stage takes longer, and that nothing has undone.
    fn regressions(&mut self) -> Vec<Recommendation> {
        let changes = self.found.changes(&self.series.runs.durations);
        let lasting = changes
            .iter()
            .enumerate()
            .filter(|&(place, _)| is_lasting_slowdown(changes, place));
        let lasting: Vec<ChangePoint> = lasting.map(|(_, change)| *change).collect();
        lasting
            .iter()
            .filter_map(|change| self.regression(change))
            .collect()
    }

    /// What the stage itself would take less, without what ran inside of it, if it took as long
    /// as in other runs. `None` where either are too few.
    fn own_fractions(
        &self,
        others: impl IntoIterator<Item = usize>,
        slow: impl IntoIterator<Item = usize>,
    ) -> Option<[f64; 3]> {
        let own_ms = |run| {
            let execution = self.series.execution_ref(self.state, run)?;
            let runs = StageRuns::of(self.state.history.spans_of(execution));
            let own = runs.iter().filter(|run| run.stage == self.stage);
            Some(own.map(|run| run.self_ms).sum())
        };
        let level = |runs: Vec<f64>| midmean_with_error(&runs);
        let (others_ms, others_error, _) = level(others.into_iter().filter_map(own_ms).collect())?;
        let (slow_ms, slow_error, _) = level(slow.into_iter().filter_map(own_ms).collect())?;
        let error = others_error / others_ms.powi(2) + slow_error / slow_ms.powi(2);
        Some(fractions(others_ms, slow_ms, error.sqrt()))
    }

    fn regression(&mut self, found: &ChangePoint) -> Option<Recommendation> {
        let gained = |change: f64| 1.0 - 1.0 / (1.0 + change.max(0.0));
        let most = if self.has_inner {
            LAST_EXECUTIONS
        } else {
            SIZE_RUNS
        };
        let before = found.index.saturating_sub(most)..found.index;
        let after = found.index..(found.index + most).min(self.series.len());
        // Executions before the change had the duration that is to be restored.
        let executions = &self.recent.executions;
        let since = (found.index..after.end)
            .take(MOST_TRIED)
            .find_map(|run| executions.since(self.series.execution_ref(self.state, run)?))
            .unwrap_or(executions.len());
        // Where those since then are long by chance, so is the level that the fraction is of.
        let runs_since = executions.runs(self.stage, since);
        let [of_before, of_after, of_since] =
            [before.len(), after.len(), runs_since].map(|runs| runs as f64);
        let both = (of_since / of_after).min(1.0);
        let correlation = (both * of_before / (of_before + of_after)).sqrt();
        let fractions = if self.has_inner {
            self.own_fractions(before, after)?
        } else {
            [found.change_low, found.change, found.change_high].map(gained)
        };
        let gain = self
            .recent
            .gain(self.stage, fractions, correlation, &EACH[..since])?;
        (gain.low > 0.0 && is_measurable(&gain)).then(|| Recommendation {
            critical: gain.percent >= 10.0,
            executions: since,
            change: Some(change(self.state, self.series, found)),
            ..self.recommendation("regression", Some(gain))
        })
    }

    /// Circumstances under which the stage is slow, and what it would gain without them.
    fn fixable(&mut self) -> Option<Recommendation> {
        let mut causes = self.explained.iter();
        let cause = causes
            .find(|found| found.is_fixable() && found.found.effect >= LEAST_EFFECT)?
            .clone();
        let slow = &cause.found.slow;
        let fractions = if self.has_inner {
            let is_slow = |run: &usize| cause.is_of(self.state, self.series, *run);
            let (slow, others) = (0..self.series.len()).partition::<Vec<_>, _>(is_slow);
            self.own_fractions(others, slow)?
        } else {
            fractions(slow.others_ms, slow.median_ms, slow.error)
        };
        // With few slow runs, their frequency is uncertain, but not that they are slow.
        if fractions[0] <= 0.0 {
            return None;
        }
        let parts = cause.parts(self.state, self.stage, &self.recent.executions);
        let gain = self.recent.gain(self.stage, fractions, 0.0, &parts)?;
        let spent_ms = self.recent.whole.own_ms(self.stage) / parts.len() as f64;
        (is_measurable(&gain) && gain.time >= WORTH_A_WORD * spent_ms).then(|| Recommendation {
            cause: Some(cause),
            ..self.recommendation("cause", Some(gain))
        })
    }
}
