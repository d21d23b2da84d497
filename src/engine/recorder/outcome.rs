//! What a completion tells: values only, reused from one completion to the next.

use crate::engine::analysis::bottleneck::{bottlenecks, is_long, is_memory_heavy, Bottleneck};
use crate::engine::analysis::breakdown::{add_overflow, breakdown, BreakdownRow, StageRun};
use crate::engine::analysis::critical_path::critical_path;
use crate::engine::analysis::recent_trend::RecentTrend;
use crate::engine::analysis::schedule::{Execution, Span};
use crate::engine::figures::{finite, rating, PipelineThroughput};
use crate::engine::history::{ExecutionRecord, ExecutionRef, Overflow, StageId};
use crate::engine::time::end_of;

/// One stage on the chain that bounds a run's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathStep {
    /// Which stage.
    pub stage: StageId,
    /// When it started, on the scale of `performance.now()`.
    pub start_ms: f64,
    /// How long it took.
    pub duration_ms: f64,
    /// Its share of the run's duration; 0 where the run took no time.
    pub impact: f64,
}

/// A completed pipeline and what its analysis found.
#[derive(Debug, Default)]
pub struct PipelineOutcome {
    /// The kept record.
    pub execution: ExecutionRef,
    /// Items a second and runs an hour.
    pub throughput: PipelineThroughput,
    /// One row a stage name, longest first.
    pub breakdown: Vec<BreakdownRow>,
    /// The chain of stages that bounds the end.
    pub path: Vec<PathStep>,
    /// What holds the run back.
    pub bottlenecks: Vec<Bottleneck>,
    /// Whether stages side by side are worth looking at.
    pub is_long: bool,
    /// Whether streaming is worth looking at.
    pub is_memory_heavy: bool,
    /// 0 to 100.
    pub rating: f64,
    /// Against the last five; `None` with fewer.
    pub trend: Option<RecentTrend>,
    /// Whether something kept is older than it may be.
    pub cleanup_due: bool,
}

impl PipelineOutcome {
    /// Fills in everything that follows from one execution alone.
    ///
    /// Cost: spans × names; no allocation once the vectors have grown.
    pub fn derive(
        &mut self,
        record: &ExecutionRecord,
        spans: impl Iterator<Item = StageRun> + Clone,
    ) {
        self.throughput = PipelineThroughput::of(record.items, record.duration_ms);
        breakdown(spans.clone(), &mut self.breakdown);
        find_path(spans, record.duration_ms, &mut self.path);
        self.bottlenecks.clear();
        let rows = self
            .breakdown
            .iter()
            .map(|row| (row.percentage, row.efficiency.overall));
        bottlenecks(rows, &mut self.bottlenecks);
        self.is_long = is_long(record.duration_ms);
        self.is_memory_heavy = is_memory_heavy(record.memory_delta);
        self.rating = rating(
            record.duration_ms,
            record.memory_delta,
            record.errors,
            self.throughput.items_per_second,
        );
    }
}

impl PipelineOutcome {
    /// Adds a row of the stages past the most spans of the execution, behind the others.
    pub fn add_overflow(&mut self, stage: StageId, overflow: &Overflow) {
        if overflow.count == 0 {
            return;
        }
        add_overflow(&mut self.breakdown, stage, overflow);
        self.bottlenecks.clear();
        let rows = self
            .breakdown
            .iter()
            .map(|row| (row.percentage, row.efficiency.overall));
        bottlenecks(rows, &mut self.bottlenecks);
    }
}

impl PathStep {
    /// The chain of `spans` that bounds the end of a run of `run_ms`.
    pub fn chain(spans: impl Iterator<Item = StageRun>, run_ms: f64) -> Vec<Self> {
        let mut path = Vec::new();
        find_path(spans, run_ms, &mut path);
        path
    }
}

fn find_path(spans: impl Iterator<Item = StageRun>, run_ms: f64, path: &mut Vec<PathStep>) {
    path.clear();
    path.extend(spans.map(|span| PathStep {
        stage: span.stage,
        start_ms: span.start_ms,
        duration_ms: span.duration_ms,
        impact: if run_ms > 0.0 {
            finite(span.duration_ms / run_ms)
        } else {
            0.0
        },
    }));
    path.sort_by(|a, b| a.start_ms.total_cmp(&b.start_ms));
    retain_bounding_chain(path);
}

/// Keeps of steps sorted by start only the chain that bounds the end time. Where no two
/// overlap, that is every step, and nothing is allocated.
fn retain_bounding_chain(path: &mut Vec<PathStep>) {
    let end = |step: &PathStep| end_of(step.start_ms, step.duration_ms);
    if path
        .windows(2)
        .all(|pair| end(&pair[0]) <= pair[1].start_ms)
    {
        return;
    }
    let spans: Vec<Span> = path
        .iter()
        .map(|step| Span {
            stage: step.stage,
            start_ms: step.start_ms,
            end_ms: end(step),
        })
        .collect();
    let chain = critical_path(Execution {
        start_ms: spans
            .iter()
            .map(|s| s.start_ms)
            .fold(f64::INFINITY, f64::min),
        end_ms: spans
            .iter()
            .map(|s| s.end_ms)
            .fold(f64::NEG_INFINITY, f64::max),
        spans: &spans,
    });
    let mut kept = chain.chain().peekable();
    let mut place = 0;
    path.retain(|_| {
        let keep = kept.next_if_eq(&place).is_some();
        place += 1;
        keep
    });
}
