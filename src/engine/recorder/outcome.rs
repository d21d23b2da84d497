//! The result of a completion: values only, reused from one completion to the next.

use crate::engine::analysis::bottleneck::{bottlenecks, is_long, is_memory_heavy, Bottleneck};
use crate::engine::analysis::breakdown::{add_overflow, breakdown, BreakdownRow};
use crate::engine::analysis::critical_path::critical_path;
use crate::engine::analysis::execution::{Execution, Span};
use crate::engine::analysis::recent_trend::RecentTrend;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::figures::{finite, rating, PipelineThroughput};
use crate::engine::history::{ExecutionRecord, ExecutionRef, Overflow, StageId};
use crate::engine::stats::order::sort_by;
use crate::engine::time::{between, end_of};

/// One stage on the chain that bounds a run's end, or one piece of its own work if it has children.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathStep {
    /// The number of the stage.
    pub stage: StageId,
    /// When it started, on the scale of `performance.now()`.
    pub start_ms: f64,
    /// How long it took.
    pub duration_ms: f64,
    /// Its share of the run's duration; 0 if the run took no time.
    pub impact: f64,
}

/// A completed pipeline and what its analysis found.
#[derive(Debug, Default)]
pub struct PipelineOutcome {
    /// The stored record.
    pub execution: ExecutionRef,
    /// Items per second and runs per hour.
    pub throughput: PipelineThroughput,
    /// One row per stage name, largest own time first.
    pub breakdown: Vec<BreakdownRow>,
    /// The chain of stages that bounds the end.
    pub path: Vec<PathStep>,
    /// The bottlenecks.
    pub bottlenecks: Vec<Bottleneck>,
    /// Whether stages side by side are worth looking at.
    pub is_long: bool,
    /// Whether streaming is worth looking at.
    pub is_memory_heavy: bool,
    /// 0 to 100.
    pub rating: f64,
    /// Compared with the last five runs; `None` with fewer.
    pub trend: Option<RecentTrend>,
    /// Whether something stored exceeds its maximum age.
    pub cleanup_due: bool,
}

impl PipelineOutcome {
    /// Fills in everything that follows from one execution alone.
    ///
    /// Cost: spans × names; no allocation once the vectors have grown, unless spans overlap.
    pub fn derive(&mut self, record: &ExecutionRecord, runs: &StageRuns) {
        self.throughput = PipelineThroughput::of(record.items, record.duration_ms);
        breakdown(runs.iter().copied(), &mut self.breakdown);
        find_path(runs, record.duration_ms, &mut self.path);
        self.find_bottlenecks();
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
    /// Adds a row for the execution's overflow stages, after the others.
    pub fn add_overflow(&mut self, stage: StageId, overflow: &Overflow) {
        if overflow.count == 0 {
            return;
        }
        add_overflow(&mut self.breakdown, stage, overflow);
        self.find_bottlenecks();
    }

    fn find_bottlenecks(&mut self) {
        let rows = self.breakdown.iter();
        let rows = rows.map(|row| (row.percentage, row.efficiency.overall));
        self.bottlenecks.clear();
        bottlenecks(rows, &mut self.bottlenecks);
    }
}

impl PathStep {
    fn new(stage: StageId, start_ms: f64, duration_ms: f64, run_ms: f64) -> Self {
        Self {
            stage,
            start_ms,
            duration_ms,
            impact: if run_ms > 0.0 {
                finite(duration_ms / run_ms)
            } else {
                0.0
            },
        }
    }

    /// The chain of `runs` that bounds the end of an execution of `run_ms`.
    pub fn chain(runs: &StageRuns, run_ms: f64) -> Vec<Self> {
        let mut path = Vec::new();
        find_path(runs, run_ms, &mut path);
        path
    }
}

/// If no two overlap, the chain is all of them, and nothing is allocated.
fn find_path(runs: &StageRuns, run_ms: f64, path: &mut Vec<PathStep>) {
    path.clear();
    path.extend(
        runs.iter()
            .map(|run| PathStep::new(run.stage, run.start_ms, run.duration_ms, run_ms)),
    );
    let end = |step: &PathStep| end_of(step.start_ms, step.duration_ms);
    // Of those that start at once, the ones of no length come before the one that goes on.
    sort_by(path, |a, b| {
        let by_start = a.start_ms.total_cmp(&b.start_ms);
        by_start.then(a.duration_ms.total_cmp(&b.duration_ms))
    });
    let is_chain = path
        .windows(2)
        .all(|pair| end(&pair[0]) <= pair[1].start_ms);
    if runs.are_nested() || !is_chain {
        path.clear();
        bounding_chain(runs, run_ms, path);
    }
}

fn bounding_chain(runs: &StageRuns, run_ms: f64, path: &mut Vec<PathStep>) {
    let spans: Vec<Span> = runs.iter().map(StageRun::span).collect();
    let (start_ms, end_ms) = (
        spans
            .iter()
            .map(|s| s.start_ms)
            .fold(f64::INFINITY, f64::min),
        spans
            .iter()
            .map(|s| s.end_ms)
            .fold(f64::NEG_INFINITY, f64::max),
    );
    // A later end, so that stages of no length have a chain too; the gap after them is skipped below.
    let chain = critical_path(Execution {
        start_ms,
        end_ms: end_ms + 1.0,
        spans: &spans,
    });
    for segment in &chain.segments {
        let Some(run) = segment.span.and_then(|place| runs.get(place)) else {
            continue;
        };
        let is_whole = segment.start_ms == run.start_ms && segment.end_ms == run.end_ms();
        let duration_ms = if is_whole {
            run.duration_ms
        } else {
            between(segment.start_ms, segment.end_ms)
        };
        path.push(PathStep::new(
            run.stage,
            segment.start_ms,
            duration_ms,
            run_ms,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::history::SpanRecord;

    /// Each span as (stage, parent, start, duration); the stages and durations of the chain.
    fn chain(spans: &[(StageId, Option<u32>, f64, f64)]) -> Vec<(StageId, f64)> {
        let mut runs = StageRuns::default();
        runs.load(spans.iter().map(|&(stage, parent, start_ms, duration_ms)| {
            let span = SpanRecord {
                duration_ms,
                completed: true,
                ..SpanRecord::started(stage, start_ms, 0.0)
            };
            (parent, StageRun::of(&span))
        }));
        let steps = PathStep::chain(&runs, 10.0);
        steps
            .iter()
            .map(|step| (step.stage, step.duration_ms))
            .collect()
    }

    #[test]
    fn nested_stages_of_no_length_are_on_the_path() {
        let nested = [(1, None, 5.0, 0.0), (2, Some(0), 5.0, 0.0)];
        assert_eq!(chain(&nested), [(1, 0.0), (2, 0.0)]);
    }

    #[test]
    fn a_stage_that_starts_together_with_one_of_no_length_is_on_the_path() {
        let both = [(2, 0.0), (1, 4.0)];
        assert_eq!(chain(&[(1, None, 5.0, 4.0), (2, None, 5.0, 0.0)]), both);
        assert_eq!(chain(&[(2, None, 5.0, 0.0), (1, None, 5.0, 4.0)]), both);
        // Beside another that does not bound the end.
        let spans = [
            (1, None, 5.0, 4.0),
            (2, None, 5.0, 0.0),
            (3, None, 5.0, 1.0),
        ];
        assert_eq!(chain(&spans), both);
    }

    #[test]
    fn the_path_goes_through_what_ran_inside_of_a_stage() {
        let spans = [
            (1, None, 0.0, 8.0),
            (2, Some(0), 1.0, 6.0),
            (3, None, 8.0, 2.0),
        ];
        assert_eq!(chain(&spans), [(1, 1.0), (2, 6.0), (1, 1.0), (3, 2.0)]);
    }
}
