//! How often what comes lies where the forecast said.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::forecast::{forecast, Model, CONFIDENCE};

const TRIALS: u64 = 500;

/// `runs` durations of one of the three kinds, around 100 ms.
fn series(kind: Model, runs: usize, seed: u64) -> Vec<f64> {
    let mut random = Generator::new(seed);
    let mut walked = 100.0;
    (0..runs)
        .map(|run| {
            walked += 0.2 + random.normal();
            match kind {
                Model::Stationary => 100.0 + 5.0 * random.normal(),
                Model::LinearTrend => 100.0 + 0.1 * run as f64 + 5.0 * random.normal(),
                Model::RandomWalk => 100.0 + walked,
            }
        })
        .collect()
}

#[test]
fn an_80_percent_interval_holds_74_to_88_percent_of_what_comes() {
    for kind in [Model::Stationary, Model::LinearTrend, Model::RandomWalk] {
        for runs in [50, 100, 300] {
            for ahead in [1, runs / 10, runs / 4] {
                let mut known = 0;
                let held = (0..TRIALS).filter(|seed| {
                    let series = series(kind, runs + ahead, *seed);
                    let forecast = forecast(&series[..runs], CONFIDENCE).unwrap();
                    let said = forecast.predict(ahead);
                    known += u32::from(forecast.model() == kind);
                    (said.low_ms..=said.high_ms).contains(&series[runs + ahead - 1])
                });
                let held = held.count() as f64 / TRIALS as f64;
                println!(
                    "{kind:?} of {runs}, {ahead} ahead: {:.1} % held, model known in {known}",
                    100.0 * held
                );
                assert!((0.74..=0.88).contains(&held));
            }
        }
    }
}

#[test]
fn a_95_percent_interval_of_few_runs_holds_9_in_10_of_what_comes() {
    for runs in [20, 24, 30] {
        let held = (0..4 * TRIALS).filter(|seed| {
            let series = series(Model::Stationary, runs + 1, *seed);
            let said = forecast(&series[..runs], 0.95).unwrap().predict(1);
            (said.low_ms..=said.high_ms).contains(&series[runs])
        });
        let held = held.count() as f64 / (4 * TRIALS) as f64;
        println!("stationary of {runs}, 95 %: {:.1} % held", 100.0 * held);
        assert!((0.91..=0.97).contains(&held));
    }
}

#[test]
fn a_trend_crosses_its_threshold_within_the_interval_8_times_in_10() {
    let held = (0..TRIALS).filter(|seed| {
        let crossing = forecast(&series(Model::LinearTrend, 200, *seed), CONFIDENCE)
            .unwrap()
            .crossing(130.0, 10_000);
        // 100 + 0.1 run reaches 130 at run 300, 101 after the last one known.
        crossing.earliest.is_some_and(|ahead| ahead <= 101)
            && crossing.latest.is_none_or(|ahead| ahead >= 101)
    });
    let held = held.count() as f64 / TRIALS as f64;
    println!(
        "threshold crossed within the interval: {:.1} %",
        100.0 * held
    );
    assert!((0.75..=0.85).contains(&held));
}
