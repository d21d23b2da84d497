//! Finds which stages bound the end of the executions, and what making one faster gains.

use super::LAST_EXECUTIONS;
use crate::engine::analysis::execution::{Execution, Span};
use crate::engine::analysis::path_share::path_shares;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::analysis::what_if::{own_time, what_if as what_if_of, Gain, Whole};
use crate::engine::history::{ExecutionRef, SpanFigures, StageId};
use crate::engine::json::{object, Written};
use crate::engine::recorder::State;
use crate::engine::time::end_of;

/// Some executions with the intervals of their completed stages.
#[derive(Debug, Default)]
pub(super) struct Executions {
    refs: Vec<ExecutionRef>,
    intervals: Vec<(f64, f64)>,
    spans: Vec<Vec<Span>>,
}

impl Executions {
    /// Of the last `count` ended ones, those with a wall time: others have no path.
    pub fn last(state: &State, count: usize) -> Self {
        let mut executions = Self::default();
        let list = state.history.pipeline();
        let mut runs = StageRuns::default();
        for execution in list.into_iter().flat_map(|list| list.last(count)) {
            let record = state.history.executions.record(execution);
            let end_ms = end_of(record.start_ms, record.duration_ms);
            let whole = Execution {
                start_ms: record.start_ms,
                end_ms,
                spans: &[],
            };
            if whole.wall_ms() == 0.0 {
                continue;
            }
            runs.load_records(state.history.spans_of(execution));
            executions.refs.push(execution);
            executions.intervals.push((record.start_ms, end_ms));
            executions
                .spans
                .push(runs.iter().map(StageRun::span).collect());
        }
        executions
    }

    /// As the analysis takes them.
    pub fn schedules(&self) -> impl Iterator<Item = Execution<'_>> {
        let pairs = self.intervals.iter().zip(&self.spans);
        pairs.map(|(&(start_ms, end_ms), spans)| Execution {
            start_ms,
            end_ms,
            spans,
        })
    }

    /// The gain of a stage in the newest `most` executions; `None` if it did not run, or if that is one
    /// of several. A single execution has no interval: then it is from 0 to the stage's whole time.
    pub fn gain(
        &self,
        whole: &mut Whole,
        stage: StageId,
        fraction_of: impl Fn(usize) -> f64,
        most: usize,
    ) -> Option<Gain> {
        if self.len() == 1 {
            return gain_of_one(self.schedules().next()?, stage, fraction_of(0));
        }
        whole.gain(stage, fraction_of, most)
    }

    /// Prepared for computing gains.
    pub fn whole(&self) -> Whole {
        Whole::of(&self.schedules().collect::<Vec<_>>())
    }

    /// Mean wall time in ms of the newest `most`.
    pub fn mean_wall_ms(&self, most: usize) -> f64 {
        let passed = self.len().saturating_sub(most);
        let newest = self.schedules().skip(passed);
        let walls: Vec<f64> = newest.map(|of| of.wall_ms()).collect();
        crate::engine::analysis::aggregate::average(&walls)
    }

    pub fn len(&self) -> usize {
        self.refs.len()
    }

    /// For each execution, newest first, the share of a stage's time in which it ran like this.
    pub fn parts(
        &self,
        state: &State,
        stage: StageId,
        is_so: impl Fn(ExecutionRef, SpanFigures) -> bool,
    ) -> Vec<f64> {
        let part = |&execution: &ExecutionRef| {
            let spans = state.history.spans_of(execution);
            let runs = spans.zip(state.history.figures_of(execution));
            let (mut all_ms, mut so_ms) = (0.0, 0.0);
            for (span, figures) in runs.filter(|(span, _)| span.stage == stage && span.completed) {
                all_ms += span.duration_ms;
                so_ms += f64::from(is_so(execution, figures)) * span.duration_ms;
            }
            if all_ms > 0.0 {
                so_ms / all_ms
            } else {
                0.0
            }
        };
        self.refs.iter().rev().map(part).collect()
    }

    /// The number of executions from this one on, itself included; `None` if it is not among them.
    pub fn since(&self, execution: ExecutionRef) -> Option<usize> {
        let place = self.refs.iter().position(|&of| of == execution)?;
        Some(self.len() - place)
    }

    /// Runs of a stage in the newest `most`.
    pub fn runs(&self, stage: StageId, most: usize) -> usize {
        let newest = self.spans.iter().rev().take(most);
        let spans = newest.flatten();
        spans.filter(|span| span.stage == stage).count()
    }

    /// Whether a stage has children.
    pub fn has_inner(&self, stage: StageId) -> bool {
        self.spans.iter().any(|spans| {
            let mut parents = spans.iter().filter_map(|span| span.parent);
            parents.any(|parent| spans[parent].stage == stage)
        })
    }
}

fn gain_of_one(execution: Execution<'_>, stage: StageId, fraction: f64) -> Option<Gain> {
    let bound_ms = fraction * own_time(execution, stage)?;
    let mean_ms = what_if_of(execution, stage, fraction).min(bound_ms);
    (execution.wall_ms() > 0.0).then(|| Gain {
        stage,
        executions: 1,
        mean_ms,
        low_ms: 0.0,
        high_ms: bound_ms,
        share: mean_ms / execution.wall_ms(),
        bound_ms,
    })
}

/// The gaps and every `pathTime` sum to the wall time of all executions. `slack` is the median
/// over a stage's spans of how much longer each could have taken without delaying the end, and
/// `executionId` the newest execution whose end it bounded.
pub(super) fn critical_paths(state: &State, last: Option<usize>) -> Written {
    let executions = Executions::last(state, last.unwrap_or(LAST_EXECUTIONS));
    let shares = path_shares(executions.schedules());
    let stages = shares.stages.iter().map(|share| {
        let newest = share
            .last_on_path
            .and_then(|place| executions.refs.get(place));
        let newest = newest.map(|&newest| state.history.executions.id(newest));
        object(&[
            ("stage", &share.stage),
            ("executions", &share.executions),
            ("onPath", &share.on_path),
            ("shareOfExecutions", &share.share_of_executions()),
            ("duration", &share.duration_ms),
            ("pathTime", &share.path_ms),
            ("shareOfTime", &share.share_of_time),
            ("slack", &share.slack_ms),
            ("executionId", &newest),
        ])
    });
    let gap_share = if shares.wall_ms > 0.0 {
        shares.gap_ms / shares.wall_ms
    } else {
        0.0
    };
    object(&[
        ("executions", &shares.executions),
        ("wallTime", &shares.wall_ms),
        ("gapTime", &shares.gap_ms),
        ("gapShare", &gap_share),
        ("stages", &stages.collect::<Vec<_>>()),
    ])
}

/// The mean gain of an execution in ms, and in per cent of the mean wall time; `null` where the
/// stage did not run. `bound` is the stage's mean time times the fraction.
pub(super) fn what_if(
    state: &State,
    stage: StageId,
    fraction: f64,
    last: Option<usize>,
) -> Written {
    let executions = Executions::last(state, last.unwrap_or(LAST_EXECUTIONS));
    let gain = executions.gain(&mut executions.whole(), stage, |_| fraction, usize::MAX);
    object(&[
        ("fraction", &fraction),
        ("executions", &executions.len()),
        ("gain", &gain.map(|gain| gain.mean_ms)),
        ("low", &gain.map(|gain| gain.low_ms)),
        ("high", &gain.map(|gain| gain.high_ms)),
        ("percent", &gain.map(|gain| gain.share * 100.0)),
        ("bound", &gain.map(|gain| gain.bound_ms)),
    ])
}
