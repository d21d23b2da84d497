//! The figures of whole pipelines and of each stage.

use super::parts::{brief, Clocks};
use crate::engine::analysis::breakdown::BreakdownRow;
use crate::engine::chart::runs::Runs;
use crate::engine::history::StageId;
use crate::engine::json::{object, Json, Written};
use crate::engine::query::stage_findings;
use crate::engine::recorder::State;
use crate::engine::stats::quantile::{median_in_place, nearest_rank, select_each, Quantile};
use std::cmp::Ordering;
use std::ops::Range;

/// The median of the runs on the axis, and with it further quantiles by nearest rank, in ms.
///
/// Cost: a copy, and a selection for each.
fn quantiles(durations: &[f64]) -> (Option<f64>, Written) {
    let all = [Quantile::P50, Quantile::P95, Quantile::P99];
    let ranks = all.map(|quantile| quantile.rank(durations.len()));
    let [p50, p95, p99] = match select_each(&mut durations.to_vec(), ranks) {
        Some(found) => found.map(Some),
        None => [None; 3],
    };
    let written = object(&[
        ("runs", &durations.len()),
        ("p50", &p50),
        ("p95", &p95),
        ("p99", &p99),
        ("max", &durations.iter().copied().reduce(f64::max)),
    ]);
    (p50, written)
}

fn median_line(runs: &Runs) -> Vec<Option<f64>> {
    let of = |range: Range<usize>| {
        let mut durations = runs.durations.get(range)?.to_vec();
        median_in_place(&mut durations).map(brief)
    };
    runs.line(of)
}

fn p95_line(runs: &Runs) -> Vec<Option<f64>> {
    runs.line(|range| nearest_rank(runs.durations.get(range)?, Quantile::P95).map(brief))
}

/// Runs by place, each with the reason to show it.
pub type Picked = Vec<(usize, &'static str)>;

/// Whole pipelines on the axis, and those of them that are worth a look.
pub fn whole(state: &State, runs: &Runs) -> (Written, Picked) {
    let has_failed = |&run: &u32| !state.history.executions.success(run);
    let failed: Vec<bool> = runs.refs.iter().map(has_failed).collect();
    let (threshold, typical) = bounds(state, state.pipeline_total());
    let (p50, quantiles) = quantiles(&runs.durations);
    let whole = quantiles.and(&object(&[
        ("p50Line", &median_line(runs)),
        ("threshold", &threshold),
        ("typical", &typical),
    ]));
    let whole = whole.and(&of_whole(runs, &failed));
    (whole, picked(&runs.durations, &failed, p50))
}

/// What only whole pipelines have: the course of their p95, and the failures if they are known of
/// each run.
pub fn of_whole(runs: &Runs, failed: &[bool]) -> Written {
    let slow = object(&[("p95Line", &p95_line(runs))]);
    if failed.len() != runs.durations.len() {
        return slow;
    }
    let count = |of: &[bool]| of.iter().filter(|&&failed| failed).count();
    let line = runs.line(|range| {
        let of = failed.get(range)?;
        Some(brief(count(of) as f64 / of.len() as f64))
    });
    slow.and(&object(&[
        ("failed", &count(failed)),
        ("failedLine", &line),
    ]))
}

/// Executions to show, by place, each with the reason, including the last failed one.
pub fn picked(durations: &[f64], failed: &[bool], p50: Option<f64>) -> Picked {
    let places = || durations.iter().enumerate();
    let slowest = places().max_by(|a, b| a.1.total_cmp(b.1));
    let typical = p50.and_then(|p50| {
        let off = |duration: &f64| (duration - p50).abs();
        places().rev().min_by(|a, b| off(a.1).total_cmp(&off(b.1)))
    });
    let found = [
        (slowest.map(|(place, _)| place), "slowest"),
        (failed.iter().rposition(|&failed| failed), "failed"),
        (typical.map(|(place, _)| place), "typical"),
        (durations.len().checked_sub(1), "newest"),
    ];
    let found = found.into_iter();
    found
        .filter_map(|(place, why)| Some((place?, why)))
        .collect()
}

/// The configured threshold of a stage, and what it usually takes, in ms.
fn bounds(state: &State, stage: StageId) -> (Option<f64>, Option<f64>) {
    let Some(known) = state.stage(stage) else {
        return (None, None);
    };
    let threshold = known.threshold.map(|threshold| threshold.max_duration_ms);
    let typical = known.typical_ms();
    (
        threshold.filter(|ms| ms.is_finite()),
        (typical.is_finite() && typical > 0.0).then(|| brief(typical)),
    )
}

/// Shares of the stage time of the last executions: own, and with children.
#[derive(Debug)]
pub struct Shares {
    rows: Vec<BreakdownRow>,
    own_ms: f64,
}

impl Shares {
    /// Of the last hundred executions.
    pub fn of(state: &State) -> Self {
        Self::from(state.recent_bottlenecks().0)
    }

    /// Of the executions that a breakdown sums.
    pub fn from(rows: Vec<BreakdownRow>) -> Self {
        let own_ms = rows.iter().map(|row| row.self_ms).sum();
        Self { rows, own_ms }
    }

    /// Shares of one stage, from 0 to 1.
    pub fn of_stage(&self, stage: StageId) -> (f64, f64) {
        let row = self.rows.iter().find(|row| row.stage == stage);
        match row {
            Some(row) if self.own_ms > 0.0 => (
                brief(row.self_ms / self.own_ms),
                brief(row.duration_ms / self.own_ms),
            ),
            _ => (0.0, 0.0),
        }
    }
}

/// One stage.
#[derive(Debug)]
pub struct Row {
    /// Its own time as a share of that of all stages.
    share: f64,
    p50: Option<f64>,
    text: Written,
}

impl Json for Row {
    fn write(&self, to: &mut Written) {
        self.text.write(to);
    }
}

impl Row {
    /// Of the runs of a stage on the axis.
    pub fn of(
        state: &mut State,
        stage: StageId,
        runs: &Runs,
        share: (f64, f64),
        clocks: Clocks,
    ) -> Self {
        let findings = stage_findings(state, stage, &|at| clocks.wall_at(at));
        Self::new(stage, runs, share, bounds(state, stage), &findings)
    }

    /// From its parts.
    pub fn new(
        stage: StageId,
        runs: &Runs,
        (share, share_with_inner): (f64, f64),
        (threshold, typical): (Option<f64>, Option<f64>),
        findings: &Written,
    ) -> Self {
        let (p50, quantiles) = quantiles(&runs.durations);
        let rest = object(&[
            ("share", &share),
            ("shareWithInner", &share_with_inner),
            ("line", &median_line(runs)),
            ("threshold", &threshold),
            ("typical", &typical),
        ]);
        let row = object(&[("stage", &stage)]).and(&quantiles);
        let text = row.and(&rest).and(findings);
        Self { share, p50, text }
    }

    /// With further figures.
    #[must_use]
    pub fn and(self, figures: &Written) -> Self {
        let text = self.text.and(figures);
        Self { text, ..self }
    }

    /// The largest share first, then the slowest.
    pub fn by_weight(a: &Self, b: &Self) -> Ordering {
        let weight = |row: &Self| (row.share, row.p50.unwrap_or(0.0));
        let (a, b) = (weight(a), weight(b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    }
}
