//! Calculations over a caller's own figures: pure functions of numbers.

use super::encode::{push_bottlenecks, push_pattern, push_rows, push_steps};
use super::layout::aggregate;
use crate::engine::analysis::aggregate::{average, median, percentile};
use crate::engine::analysis::bottleneck::{bottlenecks, is_long, is_memory_heavy};
use crate::engine::analysis::breakdown::breakdown;
use crate::engine::analysis::pattern::pattern;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::figures::{
    rating, Efficiency, PipelineThroughput, ResourceUtilization, Throughput,
};
use crate::engine::recorder::{PathStep, StageAggregate};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

pub(super) fn aggregate_into(of: &StageAggregate, to: &mut [f64; aggregate::LEN]) {
    to[aggregate::COUNT] = of.count;
    to[aggregate::AVERAGE_DURATION] = of.average_duration_ms;
    to[aggregate::MEDIAN_DURATION] = of.median_duration_ms;
    to[aggregate::P95_DURATION] = of.p95_duration_ms;
    to[aggregate::AVERAGE_THROUGHPUT] = of.average_items_per_second;
    to[aggregate::SUCCESS_RATE] = of.success_rate;
}

/// Figures of numbers, NaN where one is missing:
///
/// - `throughput` of items, bytes and ms: items and bytes per second;
/// - `efficiency` of items per second and memory delta: overall, for throughput, for memory;
/// - `utilization` of memory delta, ms, input and output size: memory, time, output for input;
/// - `pipelineThroughput` of items and ms: items per second, runs per hour;
/// - `rating` of ms, memory delta, errors and items per second: a score in [0, 100];
/// - `traits` of ms and memory delta: 1 where a run is long, 1 where it grew the heap much;
/// - `average` and `median` (mean of the middle two) of any: 0 without values;
/// - `breakdown` of spans (name, start, duration, items, input size, memory delta, place of the
///   span that it ran inside of): rows of a breakdown;
/// - `bottlenecks` of rows (percentage, efficiency): bottlenecks;
/// - `pattern` of durations in ms: trend, anomalies and the next value.
///
/// Anything else gives no numbers.
#[napi(
    catch_unwind,
    ts_args_type = "what: 'throughput' | 'efficiency' | 'utilization' | 'pipelineThroughput' | 'rating' | 'traits' | 'average' | 'median' | 'breakdown' | 'bottlenecks' | 'pattern', numbers: Float64Array"
)]
pub fn calculate(what: String, numbers: Float64Array) -> Float64Array {
    let mut to = Vec::new();
    match (&*what, &*numbers) {
        ("throughput", &[items, bytes, duration_ms]) => {
            let of = Throughput::of(items, bytes, duration_ms);
            to.extend([of.items_per_second, of.bytes_per_second]);
        }
        ("efficiency", &[items_per_second, memory_delta]) => {
            let of = Efficiency::of(items_per_second, memory_delta);
            to.extend([of.overall, of.throughput_score, of.memory_efficiency]);
        }
        ("utilization", &[memory_delta, duration_ms, input_size, output_size]) => {
            let of = ResourceUtilization::of(memory_delta, duration_ms, input_size, output_size);
            to.extend([of.memory, of.time_ms, of.io_efficiency]);
        }
        ("pipelineThroughput", &[items, duration_ms]) => {
            let of = PipelineThroughput::of(items, duration_ms);
            to.extend([of.items_per_second, of.executions_per_hour]);
        }
        ("rating", &[duration_ms, memory_delta, errors, items_per_second]) => {
            to.push(rating(duration_ms, memory_delta, errors, items_per_second));
        }
        ("traits", &[duration_ms, memory_delta]) => {
            let traits = [is_long(duration_ms), is_memory_heavy(memory_delta)];
            to.extend(traits.map(|has| f64::from(u8::from(has))));
        }
        ("average", values) => to.push(average(values)),
        ("median", values) => to.push(median(values)),
        ("breakdown", spans) => {
            let mut rows = Vec::new();
            breakdown(given_runs(spans).iter().copied(), &mut rows);
            push_rows(&rows, true, &mut to);
        }
        ("bottlenecks", rows) => {
            let rows = rows.as_chunks::<2>().0.iter();
            let mut found = Vec::new();
            bottlenecks(
                rows.map(|&[percentage, efficiency]| (percentage, efficiency)),
                &mut found,
            );
            push_bottlenecks(&found, &mut to);
        }
        ("pattern", durations) => push_pattern(durations.len(), &pattern(durations), &mut to),
        _ => {}
    }
    to.into()
}

/// Steps of the critical path of an execution that took `run_ms`, from spans as for
/// a breakdown.
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

/// Figures over parallel arrays, NaN where a value is missing; success is 0 or 1.
#[napi(catch_unwind)]
pub fn aggregate_of(
    durations: Float64Array,
    rates: Float64Array,
    success: Float64Array,
) -> Float64Array {
    let success: Vec<bool> = success.iter().map(|&flag| flag != 0.0).collect();
    let mut to = [0.0; aggregate::LEN];
    aggregate_into(&StageAggregate::of(&durations, &rates, &success), &mut to);
    to.to_vec().into()
}

/// Nearest rank; leaves out NaN; 0 without values.
#[napi(catch_unwind)]
pub fn percentile_of(values: Float64Array, percent: f64) -> f64 {
    percentile(&values, percent)
}
