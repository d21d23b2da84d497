//! The figures of a scrape.

use super::otlp::Key;
use crate::engine::alerting::alert::{Alert, AlertKind, Severity};
use crate::engine::history::StageId;
use crate::engine::query::Texts;
use crate::engine::recorder::State;
use crate::engine::series::{list_of, Records};
use crate::engine::stats::sketch::Sketch;
use std::collections::VecDeque;
use std::fmt::Write;

/// Upper bounds of the buckets in seconds, ascending; one without a bound follows.
pub const BOUNDS_S: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// Buckets of a histogram.
pub const BUCKETS: usize = BOUNDS_S.len() + 1;

/// A run that fell into a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Its execution.
    pub execution_id: Box<str>,
    /// How long it took.
    pub duration_s: f64,
    /// When it completed, seconds since 1970 UTC.
    pub at_s: f64,
    /// The source of trace ids; `None` if the execution is not stored.
    pub key: Option<Key>,
}

/// The figures of a stage, or of whole executions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageFigures {
    /// A unique name of the stage.
    pub name: Box<str>,
    /// Completions by bucket, each counted in one.
    pub buckets: [u64; BUCKETS],
    /// The same in finer buckets: their middles in ms, ascending, and their counts.
    pub durations: Vec<(f64, u64)>,
    /// The least and the greatest in ms.
    pub range: Option<(f64, f64)>,
    /// An exemplar for each bucket, if known.
    pub exemplars: [Option<Exemplar>; BUCKETS],
    /// Sum of their durations.
    pub sum_s: f64,
    /// Those that did not succeed.
    pub failures: u64,
    /// Errors reported.
    pub errors: f64,
    /// Items processed.
    pub items: f64,
}

impl StageFigures {
    /// Completions.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// All that is exposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposed {
    /// Whole executions.
    pub executions: StageFigures,
    /// Every stage that completed.
    pub stages: Vec<StageFigures>,
    /// Alerts raised by type and severity.
    pub alerts: Vec<(&'static str, &'static str, u64)>,
    /// Running executions.
    pub active: usize,
    /// Counters of problems, by name.
    pub diagnostics: Vec<(Box<str>, f64)>,
    /// Cost of measuring over the time observed.
    pub overhead_ratio: f64,
}

const MS_A_SECOND: f64 = 1e3;
/// Newest runs of a stage that are searched for exemplars.
const LOOKED_AT: usize = 128;

/// A counter of the caller, by name.
pub type Diagnostic = (Box<str>, f64);

/// Kinds of alerts by their names.
pub(super) const KINDS: [(AlertKind, &str); AlertKind::COUNT] = [
    (AlertKind::DurationExceeded, "duration_exceeded"),
    (AlertKind::MemoryExceeded, "memory_exceeded"),
    (AlertKind::HighErrorRate, "high_error_rate"),
    (AlertKind::BaselineExceeded, "baseline_exceeded"),
    (AlertKind::LevelShift, "level_shift"),
];
/// Severities by their names.
pub(super) const SEVERITIES: [(Severity, &str); 2] =
    [(Severity::Warning, "warning"), (Severity::Error, "error")];

/// The names of an alert's kind and severity.
pub(super) fn names_of(alert: &Alert) -> [&'static str; 2] {
    let kind = KINDS.iter().find(|(kind, _)| *kind == alert.kind);
    let severity = SEVERITIES.iter().find(|(one, _)| *one == alert.severity);
    [kind.map_or("", |of| of.1), severity.map_or("", |of| of.1)]
}

/// All that is exposed now.
pub fn exposed(state: &mut State, diagnostics: Vec<Diagnostic>) -> Exposed {
    let stages: Vec<StageId> = stages_of(state).collect();
    let stages = completed(state, stages, &mut Names::default());
    Exposed {
        stages,
        ..without_stages(state, diagnostics)
    }
}

fn stages_of(state: &State) -> impl Iterator<Item = StageId> {
    let total = state.pipeline_total();
    (0..state.stage_count()).filter(move |&stage| stage != total)
}

/// Figures of stages that completed, under unique names.
fn completed(
    state: &mut State,
    stages: impl IntoIterator<Item = StageId>,
    names: &mut Names,
) -> Vec<StageFigures> {
    let figures = stages.into_iter().map(|stage| figures_of(state, stage));
    let mut completed: Vec<StageFigures> = figures.filter(|of| of.count() > 0).collect();
    names.distinguish(&mut completed);
    completed
}

fn without_stages(state: &mut State, diagnostics: Vec<Diagnostic>) -> Exposed {
    let total = state.pipeline_total();
    let of_alerts = state.alerts.totals();
    let alerts = KINDS.iter().flat_map(|&(kind, name)| {
        SEVERITIES.map(|(severity, named)| (name, named, of_alerts.of(kind, severity)))
    });
    let alerts = alerts.collect();
    Exposed {
        executions: figures_of(state, total),
        stages: Vec::new(),
        alerts,
        active: state.running().count(),
        diagnostics,
        overhead_ratio: state.overhead.figures().ratio,
    }
}

/// A part of what is exposed.
#[derive(Debug)]
pub enum Part {
    /// All but the stages.
    Whole(Box<Exposed>),
    /// Some stages, at most [`STAGES_A_PART`].
    Stages(Vec<StageFigures>),
}

/// Stages of one part: writing and reading them holds an event loop for under a millisecond.
pub const STAGES_A_PART: usize = 20;

/// All exposed figures in parts. Between parts the collector may record, so the figures of a stage
/// are those at the time of its part.
#[derive(Debug)]
pub struct Parts {
    diagnostics: Option<Vec<Diagnostic>>,
    stages: VecDeque<StageId>,
    names: Names,
}

impl Parts {
    /// Of all stages that there are now.
    pub fn begin(state: &State, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics: Some(diagnostics),
            stages: stages_of(state).collect(),
            names: Names::default(),
        }
    }

    /// The next part, the whole first; `None` after the last.
    pub fn next(&mut self, state: &mut State) -> Option<Part> {
        if let Some(diagnostics) = self.diagnostics.take() {
            let whole = without_stages(state, diagnostics);
            return Some(Part::Whole(Box::new(whole)));
        }
        if self.stages.is_empty() {
            return None;
        }
        let count = self.stages.len().min(STAGES_A_PART);
        let stages: Vec<StageId> = self.stages.drain(..count).collect();
        Some(Part::Stages(completed(state, stages, &mut self.names)))
    }
}

/// Names that stages have, each once.
#[derive(Debug, Default)]
struct Names {
    seen: Texts,
    count: usize,
}

impl Names {
    /// Gives each stage a name that none before it has.
    fn distinguish(&mut self, stages: &mut [StageFigures]) {
        for stage in stages {
            let mut name = stage.name.to_string();
            while self.seen.find(&name).is_some() {
                let _ = write!(name, " ({})", self.count);
            }
            self.seen.place(&name);
            stage.name = name.into();
            self.count += 1;
        }
    }
}

fn figures_of(state: &mut State, stage: StageId) -> StageFigures {
    let merged = state.durations_since(stage, f64::NEG_INFINITY);
    let sketch = merged.map_or_else(Sketch::new, |merged| merged.sketch);
    let finer = sketch.buckets().map(|of| {
        // A duration of 0 falls into no bucket.
        let middle = if of.low > 0.0 {
            f64::midpoint(of.low, of.high)
        } else {
            0.0
        };
        (middle, of.count)
    });
    let known = state.stage(stage);
    let totals = known.map(|known| known.totals).unwrap_or_default();
    let mut figures = StageFigures {
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        sum_s: totals.duration_ms / MS_A_SECOND,
        failures: totals.failures,
        errors: totals.errors,
        items: totals.items,
        durations: finer.collect(),
        range: sketch.min().zip(sketch.max()),
        ..StageFigures::default()
    };
    for (middle_ms, of_bucket) in &figures.durations {
        if let Some(count) = figures.buckets.get_mut(place_of(middle_ms / MS_A_SECOND)) {
            *count += of_bucket;
        }
    }
    if sketch.count() > 0 {
        find_exemplars(state, stage, &mut figures);
    }
    figures
}

/// The bucket of a duration.
fn place_of(duration_s: f64) -> usize {
    BOUNDS_S.partition_point(|&bound| bound < duration_s)
}

/// The newest run of each bucket.
fn find_exemplars(state: &State, stage: StageId, figures: &mut StageFigures) {
    let records = Records::of(state, stage);
    let list = list_of(state, stage).into_iter();
    let newest = list.flat_map(|list| list.last(LOOKED_AT).rev());
    let mut missing = figures.buckets.iter().filter(|&&count| count > 0).count();
    for run in newest {
        if missing == 0 {
            return;
        }
        let duration_ms = records.duration_ms(run);
        let duration_s = duration_ms / MS_A_SECOND;
        let place = place_of(duration_s);
        let exemplar = figures.exemplars.get_mut(place);
        // Most fall into a bucket that has one already.
        let (Some(exemplar @ None), true) = (exemplar, duration_ms >= 0.0) else {
            continue;
        };
        let Some(id) = records.execution_id(run) else {
            continue;
        };
        let execution = records.execution(run);
        *exemplar = Some(Exemplar {
            execution_id: id.into(),
            duration_s,
            at_s: records.wall_ms(run) / MS_A_SECOND,
            key: execution.map(|execution| Key::of(&state.history, execution)),
        });
        if figures.buckets.get(place).is_some_and(|&count| count > 0) {
            missing -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn stage(name: &str) -> StageFigures {
        StageFigures {
            name: name.into(),
            ..StageFigures::default()
        }
    }

    #[test]
    fn no_two_stages_share_a_name() {
        let mut stages = ["�", "�", "a", "a"].map(stage);
        let (first, others) = stages.split_at_mut(1);
        let mut names = Names::default();
        names.distinguish(first);
        names.distinguish(others);
        let different: HashSet<_> = stages.iter().map(|stage| &stage.name).collect();
        assert_eq!(different.len(), 4);
    }
}
