//! The runs of one stage, or of the whole pipeline, oldest first.

use crate::engine::analysis::findings::{Place, Runs, Stretch, WindowStep};
use crate::engine::analysis::warm_up::LONGEST;
use crate::engine::analysis::work::{for_same_work, SameWork};
use crate::engine::history::{
    AgedList, ExecutionRecord, ExecutionRef, History, SpanFigures, SpanRecord, StageId,
};
use crate::engine::recorder::State;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Runs with a duration. Other fields of a run are looked up on demand.
#[derive(Debug, Default)]
pub struct Series {
    /// The data read; durations are finite.
    pub runs: Runs,
    of_pipeline: bool,
    /// Whether the process may have been warming up when the first of them ran.
    pub from_start: bool,
    /// The current step of a window in steps.
    pub step: WindowStep,
}

/// Least number of steps in which a window moves over its own length; at most twice as many.
const LEAST_STEPS: usize = 32;

/// Fewer runs are cheap enough to examine whenever one was added.
const WORTH_STEPS: usize = 512;

/// A selection of runs.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Completed at this or later, on the monotonic scale.
    pub since: f64,
    /// Completed at this or later, wall clock in ms.
    pub from: f64,
    /// Completed before this, wall clock in ms.
    pub until: f64,
    /// At most this many of these, the newest.
    pub most: usize,
}

impl Window {
    /// All stored runs.
    pub const ALL: Self = Self {
        since: f64::NEG_INFINITY,
        from: f64::NEG_INFINITY,
        until: f64::INFINITY,
        most: usize::MAX,
    };

    /// Runs completed at `since` or later on the monotonic scale; all without it.
    pub fn since(since: Option<f64>) -> Self {
        Self {
            since: since.unwrap_or(f64::NEG_INFINITY),
            ..Self::ALL
        }
    }

    /// Whether no time bounds it.
    pub fn is_open(self) -> bool {
        self.since == f64::NEG_INFINITY && !self.is_dated()
    }

    /// Whether the wall clock bounds it.
    pub fn is_dated(self) -> bool {
        self.from > f64::NEG_INFINITY || self.until < f64::INFINITY
    }

    /// Whether the wall clock of a run lies within.
    pub fn has(self, wall_ms: f64) -> bool {
        !self.is_dated() || (self.from..self.until).contains(&wall_ms)
    }

    /// The same without the bounds of the wall clock.
    #[must_use]
    pub fn undated(self) -> Self {
        Self {
            from: f64::NEG_INFINITY,
            until: f64::INFINITY,
            ..self
        }
    }

    /// Only the newest `most` of these.
    #[must_use]
    pub fn newest(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl Series {
    /// The stored runs of a stage. Cost: one slot read per run.
    pub fn of(state: &State, stage: StageId, window: Window) -> Self {
        let mut series = Self {
            of_pipeline: stage == state.pipeline_total(),
            ..Self::default()
        };
        if let Some(list) = list_of(state, stage) {
            series.read(state, list, window);
            series.from_start = series.begins_early(list);
        }
        series
    }

    /// Whether only few runs of the process preceded these.
    fn begins_early(&self, list: &AgedList) -> bool {
        list.pushed().saturating_sub(self.runs.refs.len() as u64) < LONGEST as u64
    }

    /// The stored runs of a stage. Without a time bound they are read once per version of the
    /// stage, if the caller returns them through [`Self::keep`] afterwards.
    pub fn asked(state: &mut State, stage: StageId, window: Window) -> Self {
        let place = window_of(state, stage, window);
        let known = state.findings.of_version(&state.history);
        let Some(runs) = place.and_then(|place| known.take_runs(place)) else {
            return Self::of(state, stage, window);
        };
        let mut series = Self {
            runs: *runs,
            of_pipeline: stage == state.pipeline_total(),
            ..Self::default()
        };
        series.from_start = list_of(state, stage).is_some_and(|list| series.begins_early(list));
        series
    }

    /// Caches what [`asked`](Self::asked) returned.
    pub fn keep(self, state: &mut State, stage: StageId, window: Window) {
        if let Some(place) = window_of(state, stage, window) {
            state.findings.put_runs(place, self.runs);
        }
    }

    /// About the newest `most` runs of a stage, in steps: from 512 runs on the window moves on by
    /// a power of two of them at a time, at most a 32nd, so that it holds the same runs from one
    /// step to the next. Where it stands depends on what was recorded, not on when it is asked
    /// for.
    pub fn in_steps(state: &State, stage: StageId, most: usize) -> Self {
        let mut series = Self {
            of_pipeline: stage == state.pipeline_total(),
            ..Self::default()
        };
        let Some(list) = list_of(state, stage) else {
            return series;
        };
        let step = Step::of(list, most);
        series.step = WindowStep {
            emptied: state.history.emptied(),
            newest: list.pushed() - step.ahead as u64,
        };
        series.read_with_work(state, step.read(list), step.runs);
        series.from_start = series.begins_early(list);
        series
    }

    /// A key that is equal as long as [`Self::in_steps`] reads the same runs; `None` without any.
    pub fn stretch(state: &State, stage: StageId, most: usize) -> Option<Stretch> {
        let list = list_of(state, stage)?;
        let step = Step::of(list, most);
        Some(Stretch {
            rewritten: state.history.rewritten(),
            first: step.read(list).next()?,
            end: list.pushed() - step.ahead as u64,
            runs: step.runs,
        })
    }

    /// Adds a run that has a duration.
    fn push(&mut self, state: &State, reference: u32) {
        let duration = self.records(state).duration_ms(reference);
        if duration.is_finite() {
            self.runs.durations.push(duration);
            self.runs.refs.push(reference);
        }
    }

    /// Adds runs; many of a stage with their work, which is stored beside the duration.
    fn read_with_work(&mut self, state: &State, refs: impl Iterator<Item = u32>, count: usize) {
        self.runs.durations.reserve(count);
        self.runs.refs.reserve(count);
        if self.of_pipeline || count < WORTH_STEPS {
            return refs.for_each(|reference| self.push(state, reference));
        }
        let [mut sizes, mut items] = [(); 2].map(|()| Vec::with_capacity(count));
        for reference in refs {
            let figures = state.history.figures(reference);
            if figures.duration_ms.is_finite() {
                self.runs.durations.push(figures.duration_ms);
                self.runs.refs.push(reference);
                sizes.push(figures.input_size);
                items.push(figures.items);
            }
        }
        self.runs.work = OnceCell::from([sizes, items]);
    }

    fn read(&mut self, state: &State, list: &AgedList, window: Window) {
        let records = self.records(state);
        let room = window.most.min(list.len());
        self.runs.durations.reserve(room);
        self.runs.refs.reserve(room);
        let ended = move |reference| records.ended_ms(reference);
        let of_dates =
            |reference: &u32| !window.is_dated() || window.has(records.wall_ms(*reference));
        for reference in list.since(window.since, ended).rev().filter(of_dates) {
            if self.runs.refs.len() == window.most {
                break;
            }
            self.push(state, reference);
        }
        self.runs.durations.reverse();
        self.runs.refs.reverse();
    }

    fn records<'a>(&self, state: &'a State) -> Records<'a> {
        Records {
            history: &state.history,
            of_pipeline: self.of_pipeline,
        }
    }

    /// Input size and items of a run; of an execution the inputs of its stages and its own items.
    pub fn sizes(&self, state: &State, run: usize) -> (f64, f64) {
        if let Some(own) = self.figures(state, run) {
            return (own.input_size, own.items);
        }
        let input = self.parts(state, run).map(|part| part.input_size).sum();
        let execution = self.execution_ref(state, run);
        let items = execution.map_or(0.0, |of| state.history.executions.items(of));
        (input, items)
    }

    /// Input sizes and items of the runs. Read once.
    pub fn work(&self, state: &State) -> &[Vec<f64>; 2] {
        self.runs.work.get_or_init(|| {
            let runs = 0..self.len();
            let (sizes, items) = runs.map(|run| self.sizes(state, run)).unzip();
            [sizes, items]
        })
    }

    /// When the runs completed, wall clock in ms. Read once.
    pub fn walls(&self, state: &State) -> &[f64] {
        self.runs.walls.get_or_init(|| {
            let records = self.records(state);
            self.runs
                .refs
                .iter()
                .map(|&run| records.wall_ms(run))
                .collect()
        })
    }

    /// The durations adjusted to the same work, if they depend on it.
    pub fn adjusted_for_work(&self, state: &State) -> Option<SameWork> {
        let [sizes, items] = self.work(state);
        for_same_work(&self.runs.durations, &[sizes, items])
    }

    /// The number of runs.
    #[expect(
        clippy::len_without_is_empty,
        reason = "no question is whether there is none"
    )]
    pub fn len(&self) -> usize {
        self.runs.durations.len()
    }

    /// When a run completed, wall clock in ms.
    pub fn wall(&self, state: &State, run: usize) -> Option<f64> {
        Some(self.records(state).wall_ms(*self.runs.refs.get(run)?))
    }

    /// When a run ended, on the monotonic scale.
    pub fn ended(&self, state: &State, run: usize) -> Option<f64> {
        Some(self.records(state).ended_ms(*self.runs.refs.get(run)?))
    }

    /// When the oldest and the newest run completed, wall clock in ms.
    pub fn period(&self, state: &State) -> (Option<f64>, Option<f64>) {
        let newest = self.len().saturating_sub(1);
        (self.wall(state, 0), self.wall(state, newest))
    }

    /// The id of the execution of a run; `None` for one put in manually.
    pub fn id<'a>(&self, state: &'a State, run: usize) -> Option<Cow<'a, str>> {
        self.records(state).execution_id(*self.runs.refs.get(run)?)
    }

    /// The figures of a run; `None` where the series is one of whole pipelines.
    pub fn figures(&self, state: &State, run: usize) -> Option<SpanFigures> {
        let reference = *self.runs.refs.get(run)?;
        (!self.of_pipeline).then(|| state.history.figures(reference))
    }

    /// The stage of a run, where the series is one of a stage.
    pub fn span(&self, state: &State, run: usize) -> Option<SpanRecord> {
        let reference = *self.runs.refs.get(run)?;
        (!self.of_pipeline).then(|| state.history.span(reference))
    }

    /// The execution of a run.
    pub fn execution(&self, state: &State, run: usize) -> Option<ExecutionRecord> {
        let execution = self.execution_ref(state, run);
        execution.map(|execution| state.history.executions.record(execution))
    }

    /// Where the execution of a run is stored.
    pub fn execution_ref(&self, state: &State, run: usize) -> Option<ExecutionRef> {
        self.records(state).execution(*self.runs.refs.get(run)?)
    }

    /// The stages of the execution of a run, for a series of executions.
    pub fn parts<'a>(
        &self,
        state: &'a State,
        run: usize,
    ) -> impl Iterator<Item = SpanFigures> + 'a {
        let execution = self
            .runs
            .refs
            .get(run)
            .copied()
            .filter(|_| self.of_pipeline);
        execution
            .into_iter()
            .flat_map(|execution| state.history.figures_of(execution))
    }
}

/// The place of a window without a time bound.
fn window_of(state: &State, stage: StageId, window: Window) -> Option<Place> {
    let stored = || list_of(state, stage).map_or(0, AgedList::len);
    window
        .is_open()
        .then(|| place_of(state, stage, window.most.min(stored())))
}

/// The place of a window that moves in steps.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Runs that came after it.
    ahead: usize,
    /// Runs in it.
    runs: usize,
}

impl Step {
    /// The newest `most` runs, or fewer.
    fn of(list: &AgedList, most: usize) -> Self {
        let runs = list.len().min(most);
        let step = if runs < WORTH_STEPS {
            1
        } else {
            1 << (runs / LEAST_STEPS).ilog2()
        };
        Self {
            ahead: list.pushed() as usize % step,
            // Leaves room for a whole step before it, which a full list evicts until the next.
            runs: (list.len() + 1 - step).min(most) / step * step,
        }
    }

    fn read(self, list: &AgedList) -> impl Iterator<Item = u32> + '_ {
        let end = list.len().saturating_sub(self.ahead);
        list.iter().skip(end - self.runs).take(self.runs)
    }
}

/// The newest `runs` of a stage as it is now.
pub fn place_of(state: &State, stage: StageId, runs: usize) -> Place {
    Place {
        stage,
        version: state.history.series_version(stage),
        runs,
    }
}

/// The records of a stage, or those of whole executions.
pub fn list_of(state: &State, stage: StageId) -> Option<&AgedList> {
    if stage == state.pipeline_total() {
        state.history.pipeline()
    } else {
        state.history.series(stage)
    }
}

/// Lookups about runs of a stage, or of whole executions, by the number of their record.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    history: &'a History,
    of_pipeline: bool,
}

impl<'a> Records<'a> {
    /// Those of a stage.
    pub fn of(state: &'a State, stage: StageId) -> Self {
        Self {
            history: &state.history,
            of_pipeline: stage == state.pipeline_total(),
        }
    }

    /// The duration of a run, in ms.
    #[inline]
    pub fn duration_ms(self, run: u32) -> f64 {
        if self.of_pipeline {
            self.history.executions.duration_ms(run)
        } else {
            self.history.span_duration_ms(run)
        }
    }

    /// When it ended, on the monotonic scale.
    pub fn ended_ms(self, run: u32) -> f64 {
        if self.of_pipeline {
            self.history.executions.ended_ms(run)
        } else {
            self.history.span_ended_ms(run)
        }
    }

    /// When it completed, wall clock in ms.
    pub fn wall_ms(self, run: u32) -> f64 {
        if self.of_pipeline {
            self.history.executions.record(run).wall_ms
        } else {
            self.history.span(run).wall_ms
        }
    }

    /// Where its execution is stored.
    pub fn execution(self, run: u32) -> Option<ExecutionRef> {
        if self.of_pipeline {
            Some(run)
        } else {
            self.history.execution_of(run)
        }
    }

    /// The id of its execution; `None` for one put in manually.
    pub fn execution_id(self, run: u32) -> Option<Cow<'a, str>> {
        if !self.of_pipeline {
            return self.history.execution_id_of(run);
        }
        let is_manual = self.history.executions.given(run).is_some();
        (!is_manual).then(|| self.history.executions.id(run))
    }
}
