//! Figures over the last records of a stage or of the pipeline.

use super::State;
use crate::engine::aggregate::{average, median, percentile};
use crate::engine::analysis::bottleneck::{bottlenecks, Bottleneck};
use crate::engine::analysis::breakdown::{breakdown, BreakdownRow, StageRun};
use crate::engine::history::{SpanRecord, StageId};

/// Records that a summary or an aggregation looks back on.
pub const WINDOW: usize = 100;

/// The last executions, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PipelineSummary {
    /// Mean duration in ms; 0 before the first.
    pub average_duration_ms: f64,
    /// Share that succeeded, 0 to 1; 0 before the first.
    pub success_rate: f64,
}

/// The last records of a stage with their spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageAggregate {
    /// Records looked at, at most 100.
    pub count: usize,
    /// Mean duration in ms.
    pub average_duration_ms: f64,
    /// Median duration in ms.
    pub median_duration_ms: f64,
    /// Nearest-rank 95th percentile of the durations in ms.
    pub p95_duration_ms: f64,
    /// Mean of items a second.
    pub average_items_per_second: f64,
    /// Share that succeeded, 0 to 1.
    pub success_rate: f64,
}

impl StageAggregate {
    /// From parallel slices: durations in ms and items a second, NaN where unknown (left
    /// out), and success.
    pub fn of(durations: &[f64], items_per_second: &[f64], success: &[bool]) -> Self {
        let count = success.len();
        let succeeded = success.iter().filter(|&&s| s).count();
        Self {
            count,
            average_duration_ms: average(durations),
            median_duration_ms: median(durations),
            p95_duration_ms: percentile(durations, 95.0),
            average_items_per_second: average(items_per_second),
            success_rate: if count > 0 {
                succeeded as f64 / count as f64
            } else {
                0.0
            },
        }
    }
}

impl State {
    fn last_spans(&self, stage: StageId) -> Vec<SpanRecord> {
        let list = self.history.series(stage);
        list.into_iter()
            .flat_map(|l| l.last(WINDOW))
            .map(|s| self.history.span(s))
            .collect()
    }

    /// The last 100 records of a stage with their spread; `None` without any.
    pub fn aggregate_stage(&self, stage: StageId) -> Option<StageAggregate> {
        let spans = self.last_spans(stage);
        if spans.is_empty() {
            return None;
        }
        let durations: Vec<f64> = spans.iter().map(|span| span.duration_ms).collect();
        let rates: Vec<f64> = spans.iter().map(SpanRecord::items_per_second).collect();
        let success: Vec<bool> = spans.iter().map(|span| span.success).collect();
        Some(StageAggregate::of(&durations, &rates, &success))
    }

    /// The last 100 executions.
    pub fn summarize_pipeline(&self) -> PipelineSummary {
        let list = self.history.pipeline();
        let records: Vec<_> = list
            .into_iter()
            .flat_map(|l| l.last(WINDOW))
            .map(|e| self.history.execution(e))
            .collect();
        if records.is_empty() {
            return PipelineSummary::default();
        }
        let durations: Vec<f64> = records.iter().map(|record| record.duration_ms).collect();
        let succeeded = records.iter().filter(|record| record.success).count();
        PipelineSummary {
            average_duration_ms: average(&durations),
            success_rate: succeeded as f64 / records.len() as f64,
        }
    }

    /// The stages' shares over the last 100 executions as one breakdown, its bottlenecks, and
    /// the number of executions behind them.
    pub fn recent_bottlenecks(&self) -> (Vec<BreakdownRow>, Vec<Bottleneck>, usize) {
        let list = self.history.pipeline();
        let recent: Vec<_> = list.into_iter().flat_map(|l| l.last(WINDOW)).collect();
        let mut rows = Vec::new();
        breakdown(
            recent
                .iter()
                .flat_map(|&e| self.history.spans_of(e))
                .filter_map(|span| StageRun::of(&span)),
            &mut rows,
        );
        let mut found = Vec::new();
        bottlenecks(
            rows.iter().map(|r| (r.percentage, r.efficiency.overall)),
            &mut found,
        );
        (rows, found, recent.len())
    }
}
