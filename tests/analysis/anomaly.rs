//! How rarely runs that do belong are called anomalies, and how surely others are.

use crate::generator::{Draw, Generator};
use crate::series_shapes::shape;
use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;

#[test]
fn noise_alone_holds_an_anomaly_in_at_most_1_of_20_series() {
    let samplers: [(&str, Draw); 2] = [
        ("normal", |random| 1.0 + 0.1 * random.normal()),
        ("log-normal", |random| random.log_normal(0.25)),
    ];
    for (name, draw) in samplers {
        for (runs, series) in [(20, 1000), (100, 1000), (1000, 500), (10_000, 100)] {
            let with_any = (0..series).filter(|seed| {
                let mut random = Generator::new(*seed);
                let durations: Vec<f64> = (0..runs).map(|_| 10.0 * draw(&mut random)).collect();
                !anomalies(&durations, &[]).is_empty()
            });
            let with_any = with_any.count();
            println!("anomalies in {with_any} of {series} series of {runs}, {name}");
            assert!(20 * with_any <= series as usize);
        }
    }
}

#[test]
fn a_run_of_twice_the_typical_one_in_noise_of_10_percent_is_found() {
    let found = (0..100).filter(|seed| {
        let mut random = Generator::new(*seed);
        let mut durations: Vec<f64> = (0..1000).map(|_| random.log_normal(0.1)).collect();
        let place = random.below(1000);
        durations[place] = 2.0;
        anomalies(&durations, &[])
            .iter()
            .any(|run| run.index == place)
    });
    let found = found.count();
    println!("twice the typical run found in {found} of 100");
    assert!(found >= 95);
}

#[test]
fn pauses_and_heavy_tails_hold_few_anomalies_and_a_run_far_beyond_them_is_found() {
    for (name, times, most) in [("Pareto 2.5", 300.0, 10), ("GC spikes 1 %", 100.0, 30)] {
        let shape = shape(name);
        let (mut with_any, mut found) = (0, 0);
        for seed in 0..200 {
            let mut durations = shape.series(seed, 1_000);
            with_any += usize::from(!anomalies(&durations, &[]).is_empty());
            durations[700] = 10.0 * times;
            found += usize::from(anomalies(&durations, &[]).iter().any(|of| of.index == 700));
        }
        println!("{name}: anomalies in {with_any} of 200, {times} times the typical run found in {found}");
        assert!(
            with_any <= most && found >= 190,
            "{name}: {with_any} {found}"
        );
    }
}
