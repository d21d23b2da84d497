//! Work against cost: what of a change is the stage's, and what that of its inputs.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, ChangePoint};
use pipeline_performance_metrics::engine::analysis::work::for_same_work;

const TRIALS: u64 = 300;
const RUNS: usize = 1_000;

/// Where something changes.
const FROM: usize = 600;

type Cost = fn(f64) -> f64;

const COSTS: [(&str, Cost); 4] = [
    ("n / 10", |n| n / 10.0),
    ("5 ms and n / 10", |n| 5.0 + n / 10.0),
    ("n²", |n| n * n / 1000.0),
    ("n log n", |n| n * n.ln() / 50.0),
];

/// Sizes about 100, and `factor` times that from some run on, scattered by `spread`.
fn sizes(random: &mut Generator, factor: f64, spread: f64) -> Vec<f64> {
    (0..RUNS)
        .map(|run| {
            let level = if run < FROM { 100.0 } else { 100.0 * factor };
            (level * random.log_normal(spread)).ceil()
        })
        .collect()
}

/// The changes of durations for the same work.
fn changes(random: &mut Generator, sizes: &[f64], cost: Cost, slower: f64) -> Vec<ChangePoint> {
    let durations: Vec<f64> = sizes
        .iter()
        .enumerate()
        .map(|(run, &size)| {
            let level = if run < FROM { 1.0 } else { slower };
            level * cost(size) * random.log_normal(0.1)
        })
        .collect();
    let unknown = vec![0.0; RUNS];
    let adjusted = for_same_work(&durations, &[&unknown, sizes]);
    change_points(&adjusted.map_or(durations, |of| of.durations_ms))
}

#[test]
fn a_shift_of_the_work_is_not_blamed_on_the_stage() {
    for (name, cost) in COSTS {
        for (factor, spread) in [(3.0, 0.3), (3.0, 0.0), (0.5, 0.3), (1.3, 0.1)] {
            let blamed = (0..TRIALS)
                .filter(|&seed| {
                    let mut random = Generator::new(seed);
                    let sizes = sizes(&mut random, factor, spread);
                    let found = changes(&mut random, &sizes, cost, 1.0);
                    found.iter().any(|change| change.change > 0.0)
                })
                .count();
            println!("{name}, inputs {factor} × as large, scattered by {spread}: blamed in {blamed} of {TRIALS}");
            assert!(blamed <= 6, "{name} {factor} {spread}: {blamed}");
        }
    }
}

#[test]
fn a_slowdown_behind_smaller_inputs_is_found() {
    for (name, cost) in COSTS {
        for spread in [0.2, 0.3, 0.5] {
            let found = (0..TRIALS)
                .filter(|&seed| {
                    let mut random = Generator::new(seed);
                    let sizes = sizes(&mut random, 1.0 / 1.4, spread);
                    let found = changes(&mut random, &sizes, cost, 1.4);
                    found
                        .iter()
                        .any(|change| change.change > 0.2 && change.index.abs_diff(FROM) <= 30)
                })
                .count();
            println!("{name}, 40 % slower and inputs 1.4 × smaller, scattered by {spread}: found in {found} of {TRIALS}");
            assert!(found >= 285, "{name} {spread}: {found}");
        }
    }
}

#[test]
fn sizes_that_do_not_matter_adjust_nothing() {
    let adjusted = (0..TRIALS).filter(|&seed| {
        let mut random = Generator::new(seed);
        let sizes = sizes(&mut random, 3.0, 0.3);
        let durations: Vec<f64> = (0..RUNS).map(|_| 10.0 * random.log_normal(0.2)).collect();
        for_same_work(&durations, &[&sizes]).is_some()
    });
    assert_eq!(adjusted.count(), 0);
}
