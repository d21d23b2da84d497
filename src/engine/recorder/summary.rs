//! Figures over the last records of a stage or of the pipeline.

use super::State;
use crate::engine::analysis::aggregate::{average, median, percentile};
use crate::engine::analysis::bottleneck::{bottlenecks, Bottleneck};
use crate::engine::analysis::breakdown::{breakdown, BreakdownRow};
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::history::{SpanRecord, StageId};

/// Records that a summary or an aggregation looks back on.
pub const WINDOW: usize = 100;

/// Share of successes; 0 without runs.
fn share(successes: &[bool]) -> f64 {
    let succeeded = successes.iter().filter(|&&it| it).count();
    succeeded as f64 / successes.len().max(1) as f64
}

/// The last records of a stage, or of whole executions, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Records looked at, at most 100.
    pub count: f64,
    /// Mean duration in ms; 0 without records.
    pub average_duration_ms: f64,
    /// Share that succeeded, 0 to 1; 0 without records.
    pub success_rate: f64,
}

/// The last records of a stage with their spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageAggregate {
    /// Records looked at, at most 100.
    pub count: f64,
    /// Mean duration in ms.
    pub average_duration_ms: f64,
    /// Median duration in ms.
    pub median_duration_ms: f64,
    /// Nearest-rank 95th percentile of the durations in ms.
    pub p95_duration_ms: f64,
    /// Mean of items per second.
    pub average_items_per_second: f64,
    /// Share that succeeded, 0 to 1.
    pub success_rate: f64,
}

impl StageAggregate {
    /// From parallel slices: durations in ms and items per second, NaN where unknown (left
    /// out), and success.
    pub fn of(durations: &[f64], items_per_second: &[f64], success: &[bool]) -> Self {
        Self {
            count: success.len() as f64,
            average_duration_ms: average(durations),
            median_duration_ms: median(durations),
            p95_duration_ms: percentile(durations, 95.0),
            average_items_per_second: average(items_per_second),
            success_rate: share(success),
        }
    }
}

/// Durations and successes in short; `None` without any.
fn in_short(records: impl Iterator<Item = (f64, bool)>) -> Option<Summary> {
    let (durations, successes): (Vec<f64>, Vec<bool>) = records.unzip();
    (!durations.is_empty()).then(|| Summary {
        count: durations.len() as f64,
        average_duration_ms: average(&durations),
        success_rate: share(&successes),
    })
}

impl State {
    /// The last 100 records of a stage in short; `None` without any.
    pub fn summarize_stage(&self, stage: StageId) -> Option<Summary> {
        let recent = self.history.series(stage)?.last(WINDOW);
        in_short(recent.map(|span| {
            let figures = self.history.figures(span);
            (figures.duration_ms, figures.success)
        }))
    }

    /// The last 100 records of a stage with their spread; `None` without any.
    pub fn aggregate_stage(&self, stage: StageId) -> Option<StageAggregate> {
        let recent = self.history.series(stage)?.last(WINDOW);
        let spans: Vec<_> = recent.map(|span| self.history.span(span)).collect();
        if spans.is_empty() {
            return None;
        }
        let durations: Vec<f64> = spans.iter().map(|span| span.duration_ms).collect();
        let rates: Vec<f64> = spans.iter().map(SpanRecord::items_per_second).collect();
        let success: Vec<bool> = spans.iter().map(|span| span.success).collect();
        Some(StageAggregate::of(&durations, &rates, &success))
    }

    /// The last 100 executions in short; `None` without any.
    pub fn summarize_pipeline(&self) -> Option<Summary> {
        let recent = self.history.pipeline()?.last(WINDOW);
        in_short(recent.map(|execution| {
            let record = self.history.executions.record(execution);
            (record.duration_ms, record.success)
        }))
    }

    /// The stages' shares over the last 100 executions as one breakdown, its bottlenecks, and
    /// the number of executions behind them.
    pub fn recent_bottlenecks(&self) -> (Vec<BreakdownRow>, Vec<Bottleneck>, usize) {
        let list = self.history.pipeline();
        let recent: Vec<_> = list.into_iter().flat_map(|l| l.last(WINDOW)).collect();
        let mut rows = Vec::new();
        let mut all: Vec<StageRun> = Vec::new();
        let mut runs = StageRuns::default();
        for &execution in &recent {
            runs.load_records(self.history.spans_of(execution));
            all.extend_from_slice(&runs);
        }
        breakdown(all.into_iter(), &mut rows);
        let mut found = Vec::new();
        bottlenecks(
            rows.iter().map(|r| (r.percentage, r.efficiency.overall)),
            &mut found,
        );
        (rows, found, recent.len())
    }
}
