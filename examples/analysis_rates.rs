//! How often the analyses are right, and how often they invent something, in simulated series.
//!
//! `cargo run --release --no-default-features --example analysis_rates`
//!
//! The series are those of `tests/analysis/series_shapes.rs`, the seeds fixed: the table is the
//! same every time.
#![expect(clippy::print_stdout, reason = "the table is what it is run for")]

#[path = "../tests/analysis/alert_rates.rs"]
mod alert_rates;
#[path = "../tests/analysis/generator.rs"]
#[allow(dead_code, reason = "the tests take more of it")]
mod generator;
#[path = "../tests/analysis/series_shapes.rs"]
mod series_shapes;

use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, levels};
use pipeline_performance_metrics::engine::analysis::pattern::pattern;
use pipeline_performance_metrics::engine::analysis::recent_trend::Direction;
use series_shapes::{Shape, STATIONARY, WARM_UPS};

/// Series a rate is measured on.
const SERIES: u64 = 200;

/// Runs of each.
const RUNS: usize = 1_000;

/// One part of the table.
type Part = fn();

/// Parts in the order of the table. A new rate is a row of one of them, or a part of its own.
const PARTS: [Part; 2] = [stationary, alerts];

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

/// Alerts that are false, and how soon a slowdown is alerted.
fn alerts() {
    for shape in STATIONARY.iter().chain(&WARM_UPS) {
        let [runs, levels] = alert_rates::false_alerts(shape);
        let name = shape.name;
        println!("| false `baseline_exceeded`, `level_shift` in 10,000 runs | {name} | {runs:.2}, {levels:.2} |");
    }
    for (cv, within) in alert_rates::LASTING {
        let [soon, level_once] = alert_rates::alerted(cv, 3.0, within);
        let series = format!("log-normal cv {cv}");
        row(
            &format!("lasting × 3 alerted within {within} runs"),
            &series,
            soon,
        );
        row("its level alerted once", &series, level_once);
    }
}
