//! Encodes engine values as rows of numbers, field for field.

use super::layout::{alert, analysis, bottleneck, execution, outlier, row, span, step};
use crate::engine::alerting::alert::Alert;
use crate::engine::alerting::alert_log::RaisedAlert;
use crate::engine::alerting::workload_class::ContextKey;
use crate::engine::analysis::bottleneck::{Bottleneck, BottleneckKind};
use crate::engine::analysis::breakdown::BreakdownRow;
use crate::engine::analysis::recent_trend::{Direction, RecentTrend};
use crate::engine::figures::{Efficiency, ResourceUtilization, Throughput};
use crate::engine::history::{ExecutionRecord, SpanRecord, StageId};
use crate::engine::query::Outlier;
use crate::engine::recorder::{PathStep, PipelineOutcome};
use crate::engine::time::end_of;

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// A memory figure; NaN where the heap was not read.
fn memory(heap_read: bool, figure: f64) -> f64 {
    if heap_read {
        figure
    } else {
        f64::NAN
    }
}

/// A target for rows, written one after the other.
pub trait Rows {
    /// The next row, each of its numbers 0.
    fn row<const LEN: usize>(&mut self) -> &mut [f64; LEN];
}

impl Rows for Vec<f64> {
    fn row<const LEN: usize>(&mut self) -> &mut [f64; LEN] {
        let at = self.len();
        self.resize(at + LEN, 0.0);
        &mut self[at..].as_chunks_mut().0[0]
    }
}

/// Rows in existing memory of sufficient size.
pub struct Within<'a>(pub &'a mut [f64]);

impl Rows for Within<'_> {
    fn row<const LEN: usize>(&mut self) -> &mut [f64; LEN] {
        let (row, rest) = std::mem::take(&mut self.0).split_at_mut(LEN);
        self.0 = rest;
        row.fill(0.0);
        &mut row.as_chunks_mut().0[0]
    }
}

pub fn span_into(record: &SpanRecord, to: &mut [f64; span::LEN]) {
    let throughput = Throughput::of(record.items, record.input_size, record.duration_ms);
    let efficiency = Efficiency::of(throughput.items_per_second, record.memory_delta);
    let used = ResourceUtilization::of(
        record.memory_delta,
        record.duration_ms,
        record.input_size,
        record.output_size,
    );
    to[span::STAGE] = f64::from(record.stage);
    to[span::COMPLETED] = flag(record.completed);
    to[span::SUCCESS] = flag(record.success);
    to[span::START] = record.start_ms;
    to[span::END] = end_of(record.start_ms, record.duration_ms);
    to[span::DURATION] = record.duration_ms;
    to[span::START_MEMORY] = memory(record.heap_read, record.start_memory);
    to[span::END_MEMORY] = memory(record.heap_read, record.start_memory + record.memory_delta);
    to[span::MEMORY_DELTA] = memory(record.heap_read, record.memory_delta);
    to[span::WALL] = record.wall_ms;
    to[span::INPUT_SIZE] = record.input_size;
    to[span::EXPECTED_OUTPUT_SIZE] = record.expected_output_size;
    to[span::OUTPUT_SIZE] = record.output_size;
    to[span::ITEMS] = record.items;
    to[span::ERRORS] = record.errors;
    to[span::WARNINGS] = record.warnings;
    to[span::RETRIES] = record.retries;
    to[span::BYTES] = record.bytes;
    to[span::CPU] = record.cpu_ms;
    to[span::IO] = record.io_operations;
    to[span::COMPLEXITY] = f64::from(record.complexity);
    to[span::CONFIGURATION] = f64::from(record.configuration);
    to[span::ITEMS_PER_SECOND] = throughput.items_per_second;
    to[span::BYTES_PER_SECOND] = throughput.bytes_per_second;
    to[span::EFFICIENCY] = efficiency.overall;
    to[span::THROUGHPUT_SCORE] = efficiency.throughput_score;
    to[span::MEMORY_EFFICIENCY] = memory(record.heap_read, efficiency.memory_efficiency);
    to[span::MEMORY_USED] = memory(record.heap_read, used.memory);
    to[span::IO_EFFICIENCY] = used.io_efficiency;
    let parent = record.parent.map(|parent| f64::from(parent.span));
    to[span::PARENT] = parent.unwrap_or(f64::NAN);
    to[span::LATE] = flag(record.late);
}

pub fn push_span(record: &SpanRecord, out: &mut impl Rows) {
    span_into(record, out.row());
}

pub fn alert_into(value: &Alert, stage: StageId, wall_ms: f64, to: &mut [f64; alert::LEN]) {
    to[alert::KIND] = f64::from(value.kind as u8);
    to[alert::SEVERITY] = f64::from(value.severity as u8);
    to[alert::STAGE] = f64::from(stage);
    to[alert::ACTUAL] = value.actual;
    to[alert::THRESHOLD] = value.threshold;
    to[alert::WALL] = wall_ms;
    to[alert::SUPPRESSED] = f64::from(value.suppressed);
    let context = value.context.as_ref();
    to[alert::COMPLEXITY] = context.map_or(f64::NAN, |of| f64::from(of.complexity()));
    to[alert::SIZE_FROM] = context.map_or(f64::NAN, ContextKey::size_from);
    to[alert::SIZE_BELOW] = context.map_or(f64::NAN, ContextKey::size_below);
    let ended = value.resolution;
    to[alert::RESOLVED_AT] = ended.map_or(f64::NAN, |ended| ended.at_ms);
    to[alert::LASTED] = ended.map_or(f64::NAN, |ended| ended.lasted_ms);
    to[alert::RUNS] = ended.map_or(f64::NAN, |ended| f64::from(ended.runs));
    let shift = value.shift;
    to[alert::FROM] = shift.map_or(f64::NAN, |shift| shift.from_ms);
    to[alert::SINCE] = shift.map_or(f64::NAN, |shift| shift.since_ms);
}

pub fn push_raised(raised: &RaisedAlert, out: &mut impl Rows) {
    alert_into(&raised.alert, raised.stage, raised.at.wall_ms, out.row());
}

pub fn push_outlier(run: &Outlier<'_>, out: &mut impl Rows) {
    let to = out.row::<{ outlier::LEN }>();
    to[outlier::INDEX] = run.found.index as f64;
    to[outlier::WALL] = run.timestamp.unwrap_or(f64::NAN);
    to[outlier::DURATION] = run.found.duration_ms;
    to[outlier::TYPICAL] = run.found.typical_ms;
    to[outlier::Z] = run.found.z;
    to[outlier::EXPECTED] = run.found.expected;
}

fn push_row(value: &BreakdownRow, heap_read: bool, out: &mut impl Rows) {
    let to = out.row::<{ row::LEN }>();
    to[row::STAGE] = f64::from(value.stage);
    to[row::COUNT] = f64::from(value.count);
    to[row::DURATION] = value.duration_ms;
    to[row::SELF_DURATION] = value.self_ms;
    to[row::PERCENTAGE] = value.percentage;
    to[row::ITEMS_PER_SECOND] = value.throughput.items_per_second;
    to[row::BYTES_PER_SECOND] = value.throughput.bytes_per_second;
    to[row::EFFICIENCY] = value.efficiency.overall;
    to[row::THROUGHPUT_SCORE] = value.efficiency.throughput_score;
    to[row::MEMORY_EFFICIENCY] = memory(heap_read, value.efficiency.memory_efficiency);
}

/// The rows of a breakdown of executions whose heap was read, or not.
pub fn push_rows(rows: &[BreakdownRow], heap_read: bool, out: &mut impl Rows) {
    for value in rows {
        push_row(value, heap_read, out);
    }
}

pub fn push_steps(path: &[PathStep], out: &mut impl Rows) {
    for value in path {
        let to = out.row::<{ step::LEN }>();
        to[step::STAGE] = f64::from(value.stage);
        to[step::START] = value.start_ms;
        to[step::DURATION] = value.duration_ms;
        to[step::IMPACT] = value.impact;
    }
}

pub fn push_bottlenecks(found: &[Bottleneck], out: &mut impl Rows) {
    for value in found {
        let to = out.row::<{ bottleneck::LEN }>();
        to[bottleneck::ROW] = value.row as f64;
        to[bottleneck::KIND] = flag(value.kind == BottleneckKind::Efficiency);
        to[bottleneck::CRITICAL] = flag(value.critical);
        to[bottleneck::IMPACT] = value.impact;
        to[bottleneck::GAIN] = value.gain_percent;
    }
}

/// Numbers that [`push_execution`] without spans and [`push_analysis`] write of an outcome.
pub fn outcome_len(outcome: &PipelineOutcome) -> usize {
    execution::LEN
        + outcome.breakdown.len() * row::LEN
        + outcome.path.len() * step::LEN
        + analysis::LEN
        + outcome.bottlenecks.len() * bottleneck::LEN
}

/// An execution with `spans` (none on the hot path, where the facade has them), breakdown
/// and path as `outcome` has them.
pub fn push_execution(
    record: &ExecutionRecord,
    completed: bool,
    spans: &[SpanRecord],
    outcome: &PipelineOutcome,
    out: &mut impl Rows,
) {
    let to = out.row::<{ execution::LEN }>();
    to[execution::COMPLETED] = flag(completed);
    to[execution::SUCCESS] = flag(record.success);
    to[execution::START] = record.start_ms;
    to[execution::END] = end_of(record.start_ms, record.duration_ms);
    to[execution::DURATION] = record.duration_ms;
    to[execution::START_MEMORY] = memory(record.heap_read, record.start_memory);
    to[execution::END_MEMORY] = memory(record.heap_read, record.start_memory + record.memory_delta);
    to[execution::MEMORY_DELTA] = memory(record.heap_read, record.memory_delta);
    to[execution::WALL] = record.wall_ms;
    to[execution::ACTION_COUNT] = record.action_count;
    to[execution::VERBOSITY] = f64::from(record.verbosity);
    to[execution::ENVIRONMENT] = f64::from(record.environment);
    to[execution::ITEMS] = record.items;
    to[execution::OUTPUT_SIZE] = record.output_size;
    to[execution::ERRORS] = record.errors;
    to[execution::ITEMS_PER_SECOND] = outcome.throughput.items_per_second;
    to[execution::PER_HOUR] = outcome.throughput.executions_per_hour;
    to[execution::ROWS] = outcome.breakdown.len() as f64;
    to[execution::STEPS] = outcome.path.len() as f64;
    to[execution::SPANS] = spans.len() as f64;
    for record in spans {
        push_span(record, out);
    }
    push_rows(&outcome.breakdown, record.heap_read, out);
    push_steps(&outcome.path, out);
}

/// 0 is too few runs, 1 stable, 2 degrading, 3 improving.
fn direction_code(direction: Option<Direction>) -> f64 {
    match direction {
        None => 0.0,
        Some(Direction::Stable) => 1.0,
        Some(Direction::Degrading) => 2.0,
        Some(Direction::Improving) => 3.0,
    }
}

pub fn trend_into(trend: Option<&RecentTrend>, to: &mut [f64; analysis::LEN]) {
    let Some(trend) = trend else { return };
    to[analysis::TREND] = direction_code(Some(trend.direction));
    to[analysis::CURRENT] = trend.current_ms;
    to[analysis::AVERAGE] = trend.average_ms;
    to[analysis::COMPARISON] = trend.comparison;
}

pub fn push_analysis(outcome: &PipelineOutcome, out: &mut impl Rows) {
    let to = out.row::<{ analysis::LEN }>();
    to[analysis::RATING] = outcome.rating;
    trend_into(outcome.trend.as_ref(), to);
    to[analysis::IS_LONG] = flag(outcome.is_long);
    to[analysis::IS_MEMORY_HEAVY] = flag(outcome.is_memory_heavy);
    to[analysis::BOTTLENECKS] = outcome.bottlenecks.len() as f64;
    push_bottlenecks(&outcome.bottlenecks, out);
}
