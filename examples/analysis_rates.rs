//! How often the analyses are right, and how often they invent something, in simulated series.
//!
//! `cargo run --release --no-default-features --example analysis_rates`
//!
//! The series are those of `tests/analysis/series_shapes.rs`, the seeds fixed: the table is the
//! same every time.
#![expect(clippy::print_stdout, reason = "the table is what it is run for")]

#[path = "../tests/analysis/generator.rs"]
#[allow(dead_code, reason = "the tests take more of it")]
mod generator;
#[path = "../tests/analysis/series_shapes.rs"]
mod series_shapes;

use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, levels};
use pipeline_performance_metrics::engine::analysis::pattern::pattern;
use pipeline_performance_metrics::engine::analysis::recent_trend::Direction;
use series_shapes::{shape, step, Shape, STATIONARY};

/// Series a rate is measured on.
const SERIES: u64 = 200;

/// Runs of each.
const RUNS: usize = 1_000;

/// One part of the table.
type Part = fn();

/// Parts in the order of the table. A new rate is a row of one of them, or a part of its own.
const PARTS: [Part; 2] = [stationary, steps];

fn main() {
    println!("| measure | series | rate |");
    println!("|---|---|--:|");
    for part in PARTS {
        part();
    }
}

fn row(measure: &str, series: &str, rate: f64) {
    println!("| {measure} | {series} | {:.1} % |", 100.0 * rate);
}

/// Share of the seeds of which something holds.
fn share(seeds: u64, holds: impl Fn(u64) -> bool) -> f64 {
    (0..seeds).filter(|&seed| holds(seed)).count() as f64 / seeds as f64
}

/// What is found where there is nothing to find.
fn stationary() {
    let findings: [(&str, fn(&[f64]) -> bool); 3] = [
        ("a change where there is none", |series| {
            !change_points(series).is_empty()
        }),
        ("a trend where there is none", |series| {
            let found = pattern(series).direction;
            matches!(found, Some(Direction::Degrading | Direction::Improving))
        }),
        ("any anomaly in 1,000 runs", |series| {
            !anomalies(series, &levels(series).starts).is_empty()
        }),
    ];
    for (measure, found) in findings {
        for Shape { name, make } in STATIONARY {
            let rate = share(SERIES, |seed| {
                found(&make(&mut generator::Generator::new(seed), RUNS))
            });
            row(measure, name, rate);
        }
    }
}

/// A step of 20 %, and the changes found beside it.
fn steps() {
    let cases = [
        ("log-normal cv .1", 30),
        ("AR(1) .3", 60),
        ("AR(1) .5", 60),
        ("AR(1) .7", 150),
    ];
    for before in [100, 500, 970] {
        for (name, after) in cases {
            let found = |seed| {
                let noise = shape(name).series(seed, before + after);
                change_points(&step(noise, before, 1.2))
            };
            let near = |index: usize| index.abs_diff(before) <= 20;
            let is_found = share(SERIES, |seed| found(seed).iter().any(|at| near(at.index)));
            let extra: usize = (0..SERIES)
                .map(|seed| found(seed).iter().filter(|at| !near(at.index)).count())
                .sum();
            let series = format!("+ 20 % after {before}, {name}");
            row(&format!("found within {after} runs"), &series, is_found);
            row(
                "changes beside it, a series",
                &series,
                extra as f64 / SERIES as f64,
            );
        }
    }
}
