//! Whatever the numbers, no analysis panics, and none answers with NaN or infinity.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::alerting::baseline::{Baseline, Run};
use pipeline_performance_metrics::engine::alerting::level_shift::Place;
use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, levels};
use pipeline_performance_metrics::engine::analysis::comparison::{
    compare, Criteria, Origin, Sides,
};
use pipeline_performance_metrics::engine::analysis::critical_path::critical_path;
use pipeline_performance_metrics::engine::analysis::execution::{Execution, Span};
use pipeline_performance_metrics::engine::analysis::explanation::{explain, Values};
use pipeline_performance_metrics::engine::analysis::forecast::forecast;
use pipeline_performance_metrics::engine::analysis::path_share::path_shares;
use pipeline_performance_metrics::engine::analysis::scaling::scaling;
use pipeline_performance_metrics::engine::analysis::what_if::{what_if, Whole};

const SERIES: u64 = 2000;

/// Numbers that break arithmetic. A series takes them from the first few or from all.
const NUMBERS: [f64; 16] = [
    1.0,
    1.0 + f64::EPSILON,
    2.0,
    0.0,
    -0.0,
    -1.0,
    5e-324,
    1e-310,
    1e-9,
    1e9,
    1e154,
    1e300,
    f64::MAX,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

fn series(random: &mut Generator) -> Vec<f64> {
    let kinds = 1 + random.below(NUMBERS.len());
    let runs = [0, 1, 2, 7, 20, 40, 300][random.below(7)];
    let half = runs / 2;
    let level = NUMBERS[random.below(13)];
    (0..runs)
        .map(|run| match random.below(3) {
            0 => NUMBERS[random.below(kinds)],
            _ if run > half => level,
            _ => 10.0 + random.uniform(),
        })
        .collect()
}

fn for_each_series(check: impl Fn(&[f64], &mut Generator) -> String) {
    for seed in 0..SERIES {
        let mut random = Generator::new(seed);
        let series = series(&mut random);
        let answer = check(&series, &mut random);
        assert!(
            !answer.contains("NaN") && !answer.contains("inf"),
            "seed {seed}: {answer}"
        );
    }
}

#[test]
fn change_points_and_anomalies_are_finite() {
    for_each_series(|series, _| {
        let changes = change_points(series);
        format!(
            "{changes:?} {:?}",
            anomalies(series, &levels(series).starts)
        )
    });
}

#[test]
fn forecasts_are_finite() {
    for_each_series(|series, random| {
        let forecast = forecast(series, random.uniform());
        let ahead = [0, 1, 10, usize::MAX][random.below(4)];
        let threshold = NUMBERS[random.below(NUMBERS.len())];
        forecast.map_or_else(String::new, |forecast| {
            let said = (forecast.predict(ahead), forecast.crossing(threshold, 100));
            format!("{} {said:?}", forecast.slope_ms())
        })
    });
}

#[test]
fn explanations_scaling_laws_and_comparisons_are_finite() {
    for_each_series(|durations, random| {
        let other = series(random);
        let categories: Vec<u32> = durations.iter().map(|_| random.below(4) as u32).collect();
        let attributes = [Values::Numbers(&other), Values::Categories(&categories)];
        let found = explain(durations, &attributes, &[]);
        let sides = [
            [vec![durations], vec![&other[..]]],
            [vec![&other, durations], vec![durations, &other]],
            [vec![&other; 5], vec![durations; 5]],
        ];
        let compared = [Origin::SameProcess, Origin::Processes].map(|origin| {
            let sides = sides.clone().map(|runs| Sides { origin, runs });
            compare(&sides, Criteria::default())
        });
        format!("{found:?} {:?} {compared:?}", scaling(&other, durations))
    });
}

#[test]
fn critical_paths_and_gains_are_finite() {
    for_each_series(|times, random| {
        let spans: Vec<Span> = times
            .chunks_exact(2)
            .map(|pair| Span {
                stage: random.below(3) as u32,
                start_ms: pair[0],
                end_ms: pair[1],
                parent: (random.below(2) > 0).then(|| random.below(times.len())),
            })
            .collect();
        let mut bound = || NUMBERS[random.below(NUMBERS.len())];
        let executions = [(); 3].map(|()| Execution {
            start_ms: bound(),
            end_ms: bound(),
            spans: &spans,
        });
        let paths: Vec<_> = executions
            .iter()
            .map(|execution| {
                let path = critical_path(*execution);
                let known: Vec<f64> = path
                    .segments
                    .iter()
                    .map(|segment| segment.end_ms - segment.start_ms)
                    .collect();
                (known, path.slack_ms, what_if(*execution, 1, bound()))
            })
            .collect();
        let fraction = bound();
        format!(
            "{paths:?} {:?} {:?}",
            path_shares(executions),
            Whole::of(&executions).gain(1, |_| fraction, usize::MAX)
        )
    });
}

#[test]
fn baselines_are_finite() {
    for_each_series(|series, _| {
        let mut baseline = Baseline::new();
        let answers: Vec<_> = series
            .iter()
            .map(|&duration| {
                let exceeds = baseline.exceeds(duration, 2.0);
                baseline.record(
                    Run {
                        duration_ms: duration,
                        place: Place {
                            number: 0,
                            wall_ms: duration,
                        },
                    },
                    2.0,
                );
                (exceeds, baseline.typical(), baseline.spread())
            })
            .collect();
        format!("{answers:?}")
    });
}
