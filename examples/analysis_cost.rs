//! What each analysis costs over 10,000 executions of six stages.
//!
//! `cargo run --release --example analysis_cost`
#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::time::Instant;

use pipeline_performance_metrics::engine::alerting::baseline::{Baseline, Run};
use pipeline_performance_metrics::engine::alerting::completion::Completion;
use pipeline_performance_metrics::engine::alerting::evaluator::Stage;
use pipeline_performance_metrics::engine::alerting::level_shift::Place;
use pipeline_performance_metrics::engine::alerting::workload_class::ContextKey;
use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::change_points;
use pipeline_performance_metrics::engine::analysis::comparison::{
    compare, Criteria, Origin, Sides,
};
use pipeline_performance_metrics::engine::analysis::execution::{Execution, Span};
use pipeline_performance_metrics::engine::analysis::explanation::{explain, Values};
use pipeline_performance_metrics::engine::analysis::forecast::{forecast, CONFIDENCE};
use pipeline_performance_metrics::engine::analysis::path_share::path_shares;
use pipeline_performance_metrics::engine::analysis::scaling::scaling;
use pipeline_performance_metrics::engine::analysis::what_if::Whole;
use pipeline_performance_metrics::engine::config::Config;
use pipeline_performance_metrics::engine::time::Reading;

const EXECUTIONS: usize = 10_000;
const STAGES: u32 = 6;

/// Times the analyses are repeated; the fastest counts, as what else runs only adds.
const ROUNDS: usize = 11;

fn main() {
    let data = Data::random();
    let mut total = 0.0;
    for (name, run) in ANALYSES {
        let cost = least_ms(|| run(&data));
        total += cost;
        println!("{name:28} {cost:8.2} ms");
    }
    println!("{:28} {total:8.2} ms", "all of them");
    let runs = data.series.len() * EXECUTIONS;
    for (name, contexts) in [("one context", 1), ("12 contexts by turns", 12)] {
        let judging = least_ms(|| judge(&data.series, contexts));
        println!(
            "{:28} {:8.1} ns a run",
            format!("judged, {name}"),
            1e6 * judging / runs as f64
        );
    }
    let learning = least_ms(|| learn(&data.series));
    println!(
        "{:28} {:8.1} ns a run",
        "baseline: exceeds, record",
        1e6 * learning / runs as f64
    );
}

/// Runs an analysis over all stages and returns how many results it had.
type Analysis = fn(&Data) -> usize;

const ANALYSES: [(&str, Analysis); 8] = [
    ("critical paths", |data| {
        path_shares(data.executions()).stages.len()
    }),
    ("what if, each stage", |data| {
        let mut whole = Whole::of(&data.executions().collect::<Vec<_>>());
        let gains = (0..STAGES).filter_map(|stage| whole.gain(stage, |_| 0.5, usize::MAX));
        gains.count()
    }),
    ("change points", |data| {
        data.series
            .iter()
            .map(|series| change_points(series).len())
            .sum()
    }),
    ("anomalies", |data| {
        data.series
            .iter()
            .map(|series| anomalies(series, &[]).len())
            .sum()
    }),
    ("forecasts and crossings", |data| {
        let forecasts = data
            .series
            .iter()
            .filter_map(|series| forecast(series, CONFIDENCE));
        forecasts
            .filter_map(|forecast| forecast.crossing(1e3, EXECUTIONS).expected)
            .count()
    }),
    ("explanations, 8 attributes", |data| {
        let categories = data
            .categories
            .iter()
            .map(|values| Values::Categories(values));
        let numbers = data.numbers.iter().map(|values| Values::Numbers(values));
        let attributes: Vec<Values<'_>> = categories.chain(numbers).collect();
        data.series
            .iter()
            .map(|series| explain(series, &attributes, &[]).len())
            .sum()
    }),
    ("scaling laws", |data| {
        let stages = data.numbers.iter().cycle().zip(&data.series);
        stages
            .filter_map(|(sizes, series)| scaling(sizes, series))
            .count()
    }),
    ("comparison of two halves", |data| {
        let halves = data.series.iter().map(|series| {
            let (before, after) = series.split_at(EXECUTIONS / 2);
            Sides {
                origin: Origin::SameProcess,
                runs: [vec![before], vec![after]],
            }
        });
        let halves: Vec<Sides<'_>> = halves.collect();
        compare(&halves, Criteria::default()).len()
    }),
];

/// Completions of stages that meet so many contexts, one after the other.
fn judge(series: &[Vec<f64>], contexts: usize) -> usize {
    let config = Config::default();
    let mut raised = Vec::new();
    for durations in series {
        let mut stage = Stage::default();
        for (run, &duration_ms) in durations.iter().enumerate() {
            let size = ((run % contexts) as f64).exp2();
            let completion = Completion {
                duration_ms,
                memory_delta: 0.0,
                items: 1.0,
                errors: 0.0,
                context: ContextKey::of(0, size),
            };
            stage.judge(
                &completion,
                Reading::default(),
                f64::NAN,
                &config,
                &mut raised,
            );
        }
    }
    raised.len()
}

/// Feeds the stages in turn, as pipelines do.
fn learn(series: &[Vec<f64>]) -> usize {
    let mut baselines = vec![Baseline::new(); series.len()];
    let mut alarms = 0;
    for run in 0..EXECUTIONS {
        for (baseline, durations) in baselines.iter_mut().zip(series) {
            alarms += usize::from(baseline.exceeds(durations[run], 2.0));
            let place = Place {
                number: run as u32,
                wall_ms: 0.0,
            };
            let duration_ms = durations[run];
            baseline.record(Run { duration_ms, place }, 2.0);
        }
    }
    alarms
}

fn least_ms(mut run: impl FnMut() -> usize) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        std::hint::black_box(run());
        least = least.min(start.elapsed().as_secs_f64() * 1e3);
    }
    least
}

/// Six stages, of which the fourth overlaps the third and the second gets slower midway.
struct Data {
    spans: Vec<Vec<Span>>,
    /// Durations of each stage.
    series: Vec<Vec<f64>>,
    categories: Vec<Vec<u32>>,
    numbers: Vec<Vec<f64>>,
}

impl Data {
    fn random() -> Self {
        let mut state = 7_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f64 / f64::from(1 << 24)
        };
        let mut column =
            |scale: f64| -> Vec<f64> { (0..EXECUTIONS).map(|_| scale * random()).collect() };
        let numbers: Vec<Vec<f64>> = (0..4).map(|_| column(1000.0)).collect();
        let categories: Vec<Vec<u32>> = (0..4)
            .map(|_| {
                column(5.0)
                    .into_iter()
                    .map(|category| category as u32)
                    .collect()
            })
            .collect();
        let series: Vec<Vec<f64>> = (0..STAGES)
            .map(|stage| {
                let noise = column(1.0).into_iter().zip(column(1.0));
                let slower = |run: usize| {
                    if stage == 1 && run > EXECUTIONS / 2 {
                        1.2
                    } else {
                        1.0
                    }
                };
                let runs = noise.enumerate();
                runs.map(|(run, (a, b))| slower(run) * (1.0 + 0.2 * (a + b)))
                    .collect()
            })
            .collect();
        let spans = (0..EXECUTIONS).map(|run| spans(&series, run)).collect();
        Self {
            spans,
            series,
            categories,
            numbers,
        }
    }

    fn executions(&self) -> impl Iterator<Item = Execution<'_>> {
        self.spans.iter().map(|spans| {
            let end_ms = spans.iter().fold(0.0_f64, |end, span| end.max(span.end_ms));
            Execution {
                start_ms: 0.0,
                end_ms,
                spans,
            }
        })
    }
}

fn spans(series: &[Vec<f64>], run: usize) -> Vec<Span> {
    let mut ended = 0.0_f64;
    (0..STAGES)
        .zip(series)
        .map(|(stage, durations)| {
            let start_ms = if stage == 3 { ended - 0.5 } else { ended };
            let end_ms = start_ms + durations[run];
            ended = ended.max(end_ms);
            Span {
                stage,
                start_ms,
                end_ms,
                parent: None,
            }
        })
        .collect()
}
