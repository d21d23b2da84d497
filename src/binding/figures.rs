//! Calculations over what a caller hands in: pure functions of numbers.

use super::encode::{push_bottlenecks, push_pattern, push_rows, push_steps};
use super::layout::aggregate;
use crate::engine::analysis::aggregate::{average, median, percentile};
use crate::engine::analysis::bottleneck::bottlenecks;
use crate::engine::analysis::breakdown::breakdown;
use crate::engine::analysis::pattern::pattern;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::figures::{Efficiency, PipelineThroughput, ResourceUtilization, Throughput};
use crate::engine::recorder::{PathStep, StageAggregate};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

pub(super) fn aggregate_into(of: &StageAggregate, to: &mut [f64]) {
    to[aggregate::COUNT] = of.count;
    to[aggregate::AVERAGE_DURATION] = of.average_duration_ms;
    to[aggregate::MEDIAN_DURATION] = of.median_duration_ms;
    to[aggregate::P95_DURATION] = of.p95_duration_ms;
    to[aggregate::AVERAGE_THROUGHPUT] = of.average_items_per_second;
    to[aggregate::SUCCESS_RATE] = of.success_rate;
}

/// Items and bytes a second.
#[napi(catch_unwind)]
pub fn throughput(items: f64, bytes: f64, duration_ms: f64) -> Vec<f64> {
    let of = Throughput::of(items, bytes, duration_ms);
    vec![of.items_per_second, of.bytes_per_second]
}

/// Overall, for throughput, for memory.
#[napi(catch_unwind)]
pub fn efficiency(items_per_second: f64, memory_delta: f64) -> Vec<f64> {
    let of = Efficiency::of(items_per_second, memory_delta);
    vec![of.overall, of.throughput_score, of.memory_efficiency]
}

/// Memory, time, output for input.
#[napi(catch_unwind)]
pub fn resource_utilization(
    memory_delta: f64,
    duration_ms: f64,
    input_size: f64,
    output_size: f64,
) -> Vec<f64> {
    let of = ResourceUtilization::of(memory_delta, duration_ms, input_size, output_size);
    vec![of.memory, of.time_ms, of.io_efficiency]
}

/// Items a second and runs an hour.
#[napi(catch_unwind)]
pub fn pipeline_throughput(items: f64, duration_ms: f64) -> Vec<f64> {
    let of = PipelineThroughput::of(items, duration_ms);
    vec![of.items_per_second, of.executions_per_hour]
}

/// Score in [0, 100].
#[napi(catch_unwind)]
pub fn rating(duration_ms: f64, memory_delta: f64, errors: f64, items_per_second: f64) -> f64 {
    crate::engine::figures::rating(duration_ms, memory_delta, errors, items_per_second)
}

/// Rows of a breakdown from spans of seven numbers: name, start, duration, items, input size,
/// memory delta, place of the span that it ran inside of, NaN for none.
#[napi(catch_unwind)]
pub fn breakdown_of(spans: Float64Array) -> Float64Array {
    let mut rows = Vec::new();
    breakdown(given_runs(&spans).iter().copied(), &mut rows);
    let mut numbers = Vec::new();
    push_rows(&rows, true, &mut numbers);
    numbers.into()
}

/// Steps of the critical path of an execution that took `run_ms`, from spans as for
/// [`breakdown_of`].
#[napi(catch_unwind)]
pub fn path_of(spans: Float64Array, run_ms: f64) -> Float64Array {
    let path = PathStep::chain(&given_runs(&spans), run_ms);
    let mut numbers = Vec::new();
    push_steps(&path, &mut numbers);
    numbers.into()
}

fn given_runs(spans: &[f64]) -> StageRuns {
    let (rows, _) = spans.as_chunks::<7>();
    let mut runs = StageRuns::default();
    runs.load(rows.iter().map(
        |&[stage, start_ms, duration_ms, items, input_size, memory_delta, parent]| {
            let run = StageRun {
                stage: stage as u32,
                start_ms,
                duration_ms,
                self_ms: duration_ms,
                items,
                input_size,
                memory_delta,
                parent: None,
            };
            ((parent >= 0.0).then_some(parent as u32), Some(run))
        },
    ));
    runs
}

/// Bottlenecks from rows of two numbers: percentage and efficiency (NaN where unknown).
#[napi(catch_unwind)]
pub fn bottlenecks_of(rows: Float64Array) -> Float64Array {
    let (rows, _) = rows.as_chunks::<2>();
    let mut found = Vec::new();
    bottlenecks(
        rows.iter()
            .map(|&[percentage, efficiency]| (percentage, efficiency)),
        &mut found,
    );
    let mut numbers = Vec::new();
    push_bottlenecks(&found, &mut numbers);
    numbers.into()
}

/// Whether a run is long, and whether it grew the heap much.
#[napi(catch_unwind)]
pub fn run_traits(duration_ms: f64, memory_delta: f64) -> Vec<bool> {
    use crate::engine::analysis::bottleneck::{is_long, is_memory_heavy};
    vec![is_long(duration_ms), is_memory_heavy(memory_delta)]
}

/// Trend, anomalies and the next value of a series of durations in ms, NaN left out.
#[napi(catch_unwind)]
pub fn pattern_of(durations: Float64Array) -> Float64Array {
    let found = pattern(&durations);
    let mut numbers = Vec::new();
    push_pattern(durations.len(), &found, &mut numbers);
    numbers.into()
}

/// Figures over parallel arrays, NaN where a value is missing; success is 0 or 1.
#[napi(catch_unwind)]
pub fn aggregate_of(
    durations: Float64Array,
    rates: Float64Array,
    success: Float64Array,
) -> Float64Array {
    let success: Vec<bool> = success.iter().map(|&flag| flag != 0.0).collect();
    let mut to = vec![0.0; aggregate::LEN];
    aggregate_into(&StageAggregate::of(&durations, &rates, &success), &mut to);
    to.into()
}

/// Arithmetic mean; NaN left out, 0 without values.
#[napi(catch_unwind)]
pub fn average_of(values: Float64Array) -> f64 {
    average(&values)
}

/// Mean of the middle two; NaN left out, 0 without values.
#[napi(catch_unwind)]
pub fn median_of(values: Float64Array) -> f64 {
    median(&values)
}

/// Nearest rank; NaN left out, 0 without values.
#[napi(catch_unwind)]
pub fn percentile_of(values: Float64Array, percent: f64) -> f64 {
    percentile(&values, percent)
}
