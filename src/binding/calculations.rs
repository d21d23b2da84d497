//! Calculations over a caller's own figures: pure functions of numbers.

use super::encode::{push_bottlenecks, push_rows, push_steps};
use crate::engine::analysis::aggregate::{average, median, percentile};
use crate::engine::analysis::bottleneck::{bottlenecks, is_long, is_memory_heavy};
use crate::engine::analysis::breakdown::breakdown;
use crate::engine::analysis::forecast::CONFIDENCE;
use crate::engine::analysis::pattern::pattern;
use crate::engine::analysis::recent_trend::Direction;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::figures::{
    rating, Efficiency, PipelineThroughput, ResourceUtilization, Throughput,
};
use crate::engine::json::{object, text_of, IfAny, Written};
use crate::engine::recorder::{PathStep, StageAggregate};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

pub(super) fn written_aggregate(of: &StageAggregate) -> Written {
    object(&[
        ("count", &of.count),
        ("averageDuration", &of.average_duration_ms),
        ("medianDuration", &of.median_duration_ms),
        ("p95Duration", &of.p95_duration_ms),
        ("averageThroughput", &of.average_items_per_second),
        ("successRate", &of.success_rate),
    ])
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
/// - `bottlenecks` of rows (percentage, efficiency): bottlenecks.
///
/// Anything else gives no numbers.
#[napi(
    catch_unwind,
    ts_args_type = "what: 'throughput' | 'efficiency' | 'utilization' | 'pipelineThroughput' | 'rating' | 'traits' | 'average' | 'median' | 'breakdown' | 'bottlenecks', numbers: Float64Array"
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

/// Trend, anomalies and the next value of durations in ms, NaN where one is missing, as JSON text.
#[napi(catch_unwind)]
pub fn pattern_of(durations: Float64Array) -> String {
    let found = pattern(&durations);
    let trend = match found.direction {
        None | Some(Direction::Stable) => "stable",
        Some(Direction::Degrading) => "degrading",
        Some(Direction::Improving) => "improving",
    };
    let anomalies = found.anomalies.iter().map(|run| {
        object(&[
            ("index", &run.index),
            ("duration", &run.duration_ms),
            ("typicalDuration", &run.typical_ms),
            ("zScore", &run.z),
        ])
    });
    let next = found.next.map(|next| {
        object(&[
            ("nextDuration", &next.expected_ms),
            ("low", &next.low_ms),
            ("high", &next.high_ms),
            ("confidence", &CONFIDENCE),
        ])
    });
    let slope = found.slope.map_or(0.0, |line| line.slope);
    let p_value = found.test.map_or(1.0, |test| test.p_value);
    let evidence = object(&[
        ("runs", &durations.len()),
        ("slopePerRun", &IfAny(found.direction.map(|_| slope))),
        ("pValue", &IfAny(found.direction.map(|_| p_value))),
    ]);
    text_of(&object(&[
        ("trend", &trend),
        ("anomalies", &anomalies.collect::<Vec<_>>()),
        ("predictions", &next.unwrap_or_else(|| object(&[]))),
        ("evidence", &evidence),
    ]))
}

/// Figures over parallel arrays, NaN where a value is missing, as JSON text; success is 0 or 1.
#[napi(catch_unwind)]
pub fn aggregate_of(durations: Float64Array, rates: Float64Array, success: Float64Array) -> String {
    let success: Vec<bool> = success.iter().map(|&flag| flag != 0.0).collect();
    let figures = StageAggregate::of(&durations, &rates, &success);
    text_of(&written_aggregate(&figures))
}

/// Nearest rank; leaves out NaN; 0 without values.
#[napi(catch_unwind)]
pub fn percentile_of(values: Float64Array, percent: f64) -> f64 {
    percentile(&values, percent)
}
